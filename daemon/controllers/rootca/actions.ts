/** What the root CA loop sees and does. The key is a namespace's name. */

import type { ConfigMap, Namespace } from '../../kinds/types.generated.ts';

export type RootCaAction =
  | { type: 'createConfigMap'; key: string; configMap: ConfigMap }
  | { type: 'updateConfigMap'; key: string; configMap: ConfigMap };

export interface RootCaSnapshot {
  key: string;
  namespace: Namespace;
  existing: ConfigMap | undefined;
  /** PEM. */
  ca: string;
}
