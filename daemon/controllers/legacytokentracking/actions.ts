/** What the loop of the tracking ConfigMap sees and does. There is one key. */

import type { ConfigMap } from '../../kinds/types.generated.ts';

export type TrackingAction =
  | { type: 'createConfigMap'; configMap: ConfigMap }
  | { type: 'updateConfigMap'; configMap: ConfigMap };

export interface TrackingSnapshot {
  existing: ConfigMap | undefined;
  /** When this loop last made it, in milliseconds since the epoch. */
  createdMs: number | undefined;
}
