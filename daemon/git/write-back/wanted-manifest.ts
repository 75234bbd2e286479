/**
 * What a manifest must say after a person's write: the file's own words, and only what the write changed. Pure.
 *
 * Never in a file: status, what the server sets (uid, times, revision, generation, managedFields), kubectl's copy of the object, why it is held,
 * defaults.
 *
 * Worked example: the file says `replicas: 3`; the live object has that, defaults and status; a patch adds a label. The result is the file's
 * object with the label, not the live object.
 */

import { cloneJson, deepEqual, defineMember, isObject } from '../../base/json.ts';
import type { JsonObject, KubeObject, ManagedFieldsEntry } from '../../base/object.ts';
import { WAITS_FOR } from '../../kinds/common/rollout-order.ts';
import type { Kind } from '../../kinds/kind.ts';
import { indexItems } from '../../merge/compare.ts';
import { difference, EMPTY_SET, type FieldSet, union } from '../../merge/field-set.ts';
import { LAST_APPLIED_ANNOTATION, lastAppliedOf } from '../../merge/last-applied.ts';
import { DEDUCED, type ListType, type MapType, type MergeType } from '../../merge/merge-type.ts';
import { dropNulls, fieldSetOf, removeFields } from '../../merge/typed.ts';
import { isSecret } from '../secrets/plain-text.ts';
import { plainSecret } from './secret-text.ts';
import { withoutDefaults } from './without-defaults.ts';

const SERVER_METADATA: ReadonlySet<string> = new Set([
  'uid',
  'resourceVersion',
  'generation',
  'creationTimestamp',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
  'selfLink',
  'managedFields',
]);

const SERVER_ANNOTATIONS = [LAST_APPLIED_ANNOTATION, WAITS_FOR];

/** The object as a manifest could hold it. */
export function withoutServerFields(object: Readonly<JsonObject>): JsonObject {
  const { status: _status, metadata, ...rest } = object;
  const kept: JsonObject = {};
  for (const [name, value] of Object.entries(isObject(metadata) ? metadata : {})) {
    if (!SERVER_METADATA.has(name)) kept[name] = value;
  }
  if (isObject(kept['annotations']) && SERVER_ANNOTATIONS.some((name) => name in (kept['annotations'] as JsonObject))) {
    const { [LAST_APPLIED_ANNOTATION]: _copy, [WAITS_FOR]: _held, ...annotations } = kept['annotations'];
    if (Object.keys(annotations).length > 0) kept['annotations'] = annotations;
    else delete kept['annotations'];
  }
  return { ...rest, metadata: kept };
}

/** The manifest of an object that a person just created: what they sent, as far as it can be told. */
export function manifestOfNew(kind: Kind, type: MergeType, created: Readonly<KubeObject>): JsonObject {
  const applied = manifestLastApplied(created);
  if (applied) return applied;
  const object = withoutServerFields(created as JsonObject);
  const sent = ownedFields(created.metadata?.managedFields ?? []);
  const kept = dropNulls(removeFields(type, object, difference(fieldSetOf(type, object), sent))) as JsonObject;
  const { name, namespace } = created.metadata ?? {};
  const { apiVersion: _version, kind: _kind, metadata, ...rest } = kept;
  const manifest: JsonObject = {
    apiVersion: created.apiVersion,
    kind: created.kind,
    metadata: { name, ...(namespace ? { namespace } : {}), ...(isObject(metadata) ? metadata : {}) },
    ...rest,
  };
  return withoutDefaults(kind, type, manifest, undefined);
}

const ownedFields = (entries: readonly ManagedFieldsEntry[]): FieldSet =>
  entries.reduce<FieldSet>((all, { fieldsV1 }) => union(all, (fieldsV1 ?? EMPTY_SET) as FieldSet), EMPTY_SET);

/** `kubectl apply` leaves a copy of exactly what it sent; believed when the object really says so. */
function manifestLastApplied(created: Readonly<KubeObject>): JsonObject | undefined {
  const text = lastAppliedOf(created as JsonObject);
  if (text === undefined) return undefined;
  let applied: unknown;
  try {
    applied = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!isObject(applied)) return undefined;
  const manifest = withoutServerFields(applied);
  const metadata = manifest['metadata'] as JsonObject;
  if (isObject(metadata['annotations']) && Object.keys(metadata['annotations']).length === 0)
    delete metadata['annotations'];
  return isWithin(manifest, created) ? manifest : undefined;
}

/** Whether everything that `part` says is said by `whole` too. */
function isWithin(part: unknown, whole: unknown): boolean {
  if (!isObject(part) || !isObject(whole)) {
    if (!Array.isArray(part) || !Array.isArray(whole)) return deepEqual(part, whole);
    return part.length === whole.length && part.every((item, position) => isWithin(item, whole[position]));
  }
  return Object.keys(part).every((name) => part[name] === undefined || isWithin(part[name], whole[name]));
}

/** The manifest `present` after the write that turned `old` into `next`; equal to `present` when the write changed nothing that belongs into a file. */
export function manifestAfterWrite(
  kind: Kind,
  type: MergeType,
  present: Readonly<JsonObject>,
  old: Readonly<KubeObject>,
  next: Readonly<KubeObject>,
): JsonObject {
  const before = withoutServerFields(old as JsonObject);
  const after = withoutServerFields(next as JsonObject);
  const wanted = changed(type, present, before, after) as JsonObject;
  // Before defaults are taken out: a Secret's `stringData` would overrule the new value of `data`, and make it look like one.
  const said = isSecret(kind) ? plainSecret(present, wanted) : wanted;
  return withoutDefaults(kind, type, said, present);
}

const ABSENT = undefined;

function changed(type: MergeType, present: unknown, old: unknown, next: unknown): unknown {
  if (next === ABSENT) return ABSENT;
  if (deepEqual(old, next)) return present;
  if (isObject(next) && isObject(old) && type.map && !type.map.atomic) return changedMap(type.map, present, old, next);
  if (Array.isArray(next) && Array.isArray(old) && type.list?.associative)
    return changedList(type.list, present, old, next);
  return cloneJson(next);
}

function changedMap(map: MapType, present: unknown, old: JsonObject, next: JsonObject): JsonObject {
  const result: JsonObject = isObject(present) ? { ...present } : {};
  for (const name of new Set([...Object.keys(old), ...Object.keys(next)])) {
    if (deepEqual(old[name], next[name])) continue;
    const mine = Object.hasOwn(result, name) ? result[name] : ABSENT;
    const value = changed(map.field(name) ?? map.element ?? DEDUCED, mine, old[name], next[name]);
    if (value === ABSENT) delete result[name];
    else defineMember(result, name, value);
  }
  return result;
}

/** Items keep the file's order; new ones follow in the order of the write. */
function changedList(list: ListType, present: unknown, old: readonly unknown[], next: readonly unknown[]): unknown {
  const items = Array.isArray(present) ? present : [];
  const mine = indexItems(list, items);
  const before = indexItems(list, old);
  const after = indexItems(list, next);
  const named = [mine, before, after].every(
    (index) => index && [...index.values()].every(({ length }) => length === 1),
  );
  if (!named) return cloneJson(next);
  const result: unknown[] = [];
  for (const [element, [item]] of mine!) {
    const inNext = after!.get(element);
    // An item of the file that the cluster does not (yet) have is none of this write's business.
    if (inNext) result.push(changed(list.item, item, before!.get(element)?.[0], inNext[0]));
    else if (!before!.has(element)) result.push(item);
  }
  for (const [element, [item]] of after!) {
    if (mine!.has(element)) continue;
    const wasThere = before!.get(element)?.[0];
    if (wasThere === undefined) result.push(cloneJson(item));
    else if (!deepEqual(wasThere, item)) result.push(namedPart(list, item, changed(list.item, ABSENT, wasThere, item)));
  }
  return result;
}

/** An item that only the cluster has (a default, another manager's), of which the write changed a part: its keys and that part. */
function namedPart(list: ListType, item: unknown, part: unknown): unknown {
  if (!isObject(item) || !isObject(part)) return part;
  const keys = Object.fromEntries(list.keys.filter((key) => item[key] !== undefined).map((key) => [key, item[key]]));
  return { ...keys, ...part };
}
