/** What the loop of the tracking ConfigMap sees. Reads informers only. */

import type { Informer } from '../../client/informer.ts';
import type { ConfigMap } from '../../kinds/types.generated.ts';
import type { TrackingSnapshot } from './actions.ts';
import { NAME, NAMESPACE } from './decide.ts';

export function observe(configMaps: Informer<ConfigMap>, createdMs: number | undefined): TrackingSnapshot {
  return { existing: configMaps.get({ namespace: NAMESPACE, name: NAME }), createdMs };
}
