/**
 * The replicas between a file and `/scale` (design: a controller's `/scale` takes them until the file's own value changes). Pure.
 */

import { isObject } from '../base/json.ts';
import type { JsonObject, KubeObject } from '../base/object.ts';
import type { Kind } from '../kinds/kind.ts';

type Path = readonly string[];

const USUAL_PATH: Path = ['spec', 'replicas'];

const pathOf = ({ scale }: Kind): Path => scale?.replicasPath ?? USUAL_PATH;

/** Undefined where nothing stands. */
function valueAt(object: unknown, path: Path): unknown {
  let at = object;
  for (const name of path) at = isObject(at) && Object.hasOwn(at, name) ? at[name] : undefined;
  return at;
}

/** What a manifest says of the replicas that `/scale` sets. */
export const replicasOf = (kind: Kind, manifest: Readonly<JsonObject>): unknown => valueAt(manifest, pathOf(kind));

/** Whether `/scale` was the last to set the live object's replicas. */
function isScaledElsewhere(live: Readonly<KubeObject>, path: Path): boolean {
  const field = path.map((name) => `f:${name}`);
  return (live.metadata?.managedFields ?? []).some(
    ({ subresource, fieldsV1 }) => subresource === 'scale' && valueAt(fieldsV1, field) !== undefined,
  );
}

/** What git applies: the manifest, without the replicas when `/scale` has taken them and the file's value did not change since `before`. */
export function withoutScaledReplicas(
  kind: Kind,
  manifest: Readonly<JsonObject>,
  before: Readonly<JsonObject> | undefined,
  live: Readonly<KubeObject> | undefined,
): Readonly<JsonObject> {
  const path = pathOf(kind);
  if (!kind.scale || !live || !before || !isScaledElsewhere(live, path)) return manifest;
  const said = valueAt(manifest, path);
  if (said === undefined || valueAt(before, path) !== said) return manifest;
  return without(manifest, path);
}

function without(object: Readonly<JsonObject>, [name = '', ...rest]: Path): JsonObject {
  if (rest.length > 0) return { ...object, [name]: without(object[name] as JsonObject, rest) };
  const { [name]: _taken, ...kept } = object;
  return kept;
}
