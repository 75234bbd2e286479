/** What the namespace loop sees and does. */

import type { Namespace } from '../../kinds/types.generated.ts';

/** One look at all that a namespace holds and one round of deleting it; then, when nothing is left, the finalizer goes. */
export interface NamespaceAction {
  type: 'deleteContent';
  key: string;
  namespace: Namespace;
}

export interface NamespaceSnapshot {
  key: string;
  namespace: Namespace;
}
