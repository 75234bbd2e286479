/** A terminating namespace that still has the finalizer `kubernetes` is emptied (`namespaced_resources_deleter.go`). Pure. */

import type { Decision } from '../../runtime/loop.ts';
import type { NamespaceAction, NamespaceSnapshot } from './actions.ts';

export const FINALIZER = 'kubernetes';

export function decide({ key, namespace }: NamespaceSnapshot): Decision<NamespaceAction> {
  const isTerminating = namespace.metadata?.deletionTimestamp !== undefined;
  if (!isTerminating || !namespace.spec?.finalizers?.includes(FINALIZER)) return { actions: [] };
  return { actions: [{ type: 'deleteContent', key, namespace }] };
}
