/**
 * Takes out of a manifest what defaulting would put there anyway, among the parts that a write added. Pure.
 * A part is a default when the kind's defaulting, run on the manifest without it, gives the same object.
 */

import { cloneJson, deepEqual, isObject } from '../../base/json.ts';
import type { JsonObject, KubeObject } from '../../base/object.ts';
import type { Kind } from '../../kinds/kind.ts';
import { DEDUCED, type MergeType } from '../../merge/merge-type.ts';

/** Each try runs defaulting once (some 20 µs): an object with more candidates than this keeps the rest. */
const TRIES_MAX = 2_000;

/** `present`: what the file says already and keeps saying; undefined for a new file. */
export function withoutDefaults(
  kind: Kind,
  type: MergeType,
  wanted: JsonObject,
  present: Readonly<JsonObject> | undefined,
): JsonObject {
  const result = cloneJson(wanted);
  const defaulted = withDefaults(kind, result);
  let tries = 0;
  const isDefault = (): boolean => ++tries <= TRIES_MAX && deepEqual(withDefaults(kind, result), defaulted);
  prune(type, result, present, isDefault, true);
  return result;
}

function withDefaults(kind: Kind, manifest: Readonly<JsonObject>): JsonObject {
  const copy = cloneJson(manifest) as KubeObject;
  kind.setDefaults(copy);
  return copy as JsonObject;
}

/** Never defaults: what names the object. */
const NAMING: ReadonlySet<string> = new Set(['apiVersion', 'kind', 'metadata']);

function prune(type: MergeType, value: unknown, present: unknown, isDefault: () => boolean, root = false): void {
  if (Array.isArray(value)) {
    const mine = Array.isArray(present) ? present : [];
    for (const item of value) {
      const same = mine.find((one) => isObject(one) && isObject(item) && one['name'] === item['name']);
      prune(type.list?.item ?? DEDUCED, item, same, isDefault);
    }
    return;
  }
  // Only declared fields have defaults: the members of a map (labels, data) are the writer's own.
  if (!isObject(value) || !type.map?.struct) return;
  for (const name of Object.keys(value)) {
    if (root && NAMING.has(name)) continue;
    const mine = isObject(present) ? present[name] : undefined;
    const member = value[name];
    if (deepEqual(member, mine)) continue;
    if (mine === undefined) {
      delete value[name];
      if (isDefault()) continue;
      value[name] = member;
    }
    prune(type.map.field(name) ?? DEDUCED, member, mine, isDefault);
  }
}
