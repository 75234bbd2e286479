/**
 * Whether a write would change anything that is stored. Pure.
 */

import { deepEqual } from '../base/json.ts';
import type { KubeObject } from '../base/object.ts';
import { equalButTimes } from '../merge/managers.ts';

/** Equal in everything but `metadata.resourceVersion` and the times of managedFields: such a write is answered and not done. */
export function isUnchanged(next: Readonly<KubeObject>, old: Readonly<KubeObject>): boolean {
  const { metadata: { managedFields: nextManagers, ...nextMeta } = {}, ...nextRest } = next;
  const { metadata: { managedFields: oldManagers, ...oldMeta } = {}, ...oldRest } = old;
  const resourceVersion = oldMeta.resourceVersion;
  return (
    deepEqual(nextRest, oldRest) &&
    deepEqual({ ...nextMeta, resourceVersion }, { ...oldMeta, resourceVersion }) &&
    equalButTimes(nextManagers, oldManagers)
  );
}
