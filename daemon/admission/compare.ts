/**
 * Whether a write would change anything that is stored. Pure.
 */

import { deepEqual } from '../base/json.ts';
import type { KubeObject } from '../base/object.ts';

/** Equal in everything but `metadata.resourceVersion`: such a write is answered and not done. */
export function isUnchanged(next: Readonly<KubeObject>, old: Readonly<KubeObject>): boolean {
  const { metadata: nextMeta, ...nextRest } = next;
  const { metadata: oldMeta, ...oldRest } = old;
  const resourceVersion = oldMeta?.resourceVersion;
  return deepEqual({ ...nextMeta, resourceVersion }, { ...oldMeta }) && deepEqual(nextRest, oldRest);
}
