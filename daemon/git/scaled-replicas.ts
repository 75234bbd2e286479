/**
 * `spec.replicas` between a file and `/scale` (design: a controller's `/scale` takes it until the file's own value changes). Pure.
 */

import { isObject } from '../base/json.ts';
import type { JsonObject, KubeObject } from '../base/object.ts';
import type { Kind } from '../kinds/kind.ts';

/** Whether `/scale` was the last to set the live object's replicas. */
function isScaledElsewhere(live: Readonly<KubeObject>): boolean {
  return (live.metadata?.managedFields ?? []).some(({ subresource, fieldsV1 }) => {
    const spec = subresource === 'scale' ? fieldsV1?.['f:spec'] : undefined;
    return isObject(spec) && Object.hasOwn(spec, 'f:replicas');
  });
}

export const replicasOf = (object: Readonly<JsonObject>): unknown =>
  isObject(object['spec']) ? object['spec']['replicas'] : undefined;

/** What git applies: the manifest, without the replicas when `/scale` has taken them and the file's value did not change since `before`. */
export function withoutScaledReplicas(
  kind: Kind,
  manifest: Readonly<JsonObject>,
  before: Readonly<JsonObject> | undefined,
  live: Readonly<KubeObject> | undefined,
): Readonly<JsonObject> {
  if (!kind.scale || !live || !before || !isScaledElsewhere(live)) return manifest;
  if (replicasOf(manifest) === undefined || replicasOf(before) !== replicasOf(manifest)) return manifest;
  const { replicas: _taken, ...spec } = manifest['spec'] as JsonObject;
  return { ...manifest, spec };
}
