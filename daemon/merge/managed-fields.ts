/**
 * Who owns what after a write that is no apply (create, update, patch): the fields that the write changed become the
 * writer's, and leave everyone else. Runs on every write, so it costs what the write changed plus one look at each
 * manager; it never changes its arguments.
 *
 * The rules are those of the API server's field manager (KEP-555): a manager's time moves only when its fields do,
 * managers without fields go, at most ten updaters are kept apart.
 */

import { formatTime } from '../base/clock.ts';
import type { JsonObject, ManagedFieldsEntry, ObjectMeta } from '../base/object.ts';
import type { SchemaSet } from '../schema/node.ts';
import { createdFields } from './added.ts';
import { type Comparison, compareObjects } from './compare.ts';
import {
  difference,
  EMPTY_SET,
  equalSets,
  type FieldSet,
  intersection,
  isEmptySet,
  isWithin,
  recursiveDifference,
  setOf,
  union,
} from './field-set.ts';
import { capUpdateManagers, type Manager, managerId, managersOfWrite, writeManagers } from './managers.ts';
import { DEDUCED, type MergeType, mergeTypesOf } from './merge-type.ts';

/** Turns an object into another apiVersion of its kind; undefined when that version is no longer known. */
export type ConvertVersion = (object: JsonObject, apiVersion: string) => JsonObject | undefined;

export interface UpdateRequest {
  /** The stored object; undefined on a create. */
  live: Readonly<JsonObject> | undefined;
  /** The object as it will be stored, defaults filled in; its own managedFields are what the client sent. */
  next: Readonly<JsonObject>;
  /** The request's fieldManager, or the user agent's prefix. `''` counts as `unknown`. */
  manager: string;
  /** Milliseconds since the epoch. */
  now: number;
  schemas: SchemaSet;
  /** `''` for the object itself, `status`, `scale`, … */
  subresource?: string;
  /** Fields which this endpoint does not let the client set: writes of the main resource never own `f:status`. */
  resetFields?: FieldSet;
  convert?: ConvertVersion;
}

const metadataOf = (object: Readonly<JsonObject> | undefined): ObjectMeta | undefined =>
  object?.['metadata'] as ObjectMeta | undefined;

/** Never owned by anybody (the API server's stripMeta). */
const STRIPPED = setOf(
  ['f:apiVersion'],
  ['f:kind'],
  ['f:metadata'],
  ...[
    'name',
    'namespace',
    'creationTimestamp',
    'selfLink',
    'uid',
    'clusterName',
    'generation',
    'managedFields',
    'resourceVersion',
  ].map((name) => ['f:metadata', `f:${name}`]),
);

/** Sets that many objects share are stripped once. Those are frozen; a set is never changed in any case. */
const stripped = new WeakMap<FieldSet, FieldSet>();

/** The set without the fields that nobody owns. */
export function stripSystemFields(fields: FieldSet): FieldSet {
  const known = stripped.get(fields);
  if (known) return known;
  const left = difference(fields, STRIPPED);
  if (Object.isFrozen(fields)) stripped.set(fields, Object.freeze(left));
  return left;
}

/** The type of an object by its apiVersion and kind. */
export function typeOfObject(schemas: SchemaSet, object: Readonly<JsonObject>): MergeType {
  const { apiVersion, kind } = object;
  if (typeof apiVersion !== 'string' || typeof kind !== 'string') return DEDUCED;
  const slash = apiVersion.indexOf('/');
  const group = slash < 0 ? '' : apiVersion.slice(0, slash);
  return mergeTypesOf(schemas).ofKind(group, apiVersion.slice(slash + 1), kind) ?? DEDUCED;
}

/** The object without its managedFields, as all comparisons see it. */
export function withoutManagedFields(object: Readonly<JsonObject>): JsonObject {
  const metadata = metadataOf(object);
  if (!metadata?.managedFields) return object;
  const { managedFields: _, ...rest } = metadata;
  return { ...object, metadata: rest };
}

/** Compares in each apiVersion that some manager speaks, once. */
export class VersionedComparison {
  readonly #comparisons = new Map<string, Comparison | undefined>();
  readonly #compare: (apiVersion: string) => Comparison | undefined;

  constructor(compare: (apiVersion: string) => Comparison | undefined) {
    this.#compare = compare;
  }

  /** Undefined when the version is no longer known: its managers are dropped. */
  in(apiVersion: string): Comparison | undefined {
    if (!this.#comparisons.has(apiVersion)) this.#comparisons.set(apiVersion, this.#compare(apiVersion));
    return this.#comparisons.get(apiVersion);
  }
}

export function compareVersions(
  request: Pick<UpdateRequest, 'schemas' | 'resetFields' | 'convert'>,
  live: Readonly<JsonObject> | undefined,
  next: Readonly<JsonObject>,
): VersionedComparison {
  const { schemas, resetFields, convert } = request;
  const own = next['apiVersion'];
  let first: Comparison | undefined;
  // Only when somebody asks: most writes meet no other manager.
  return new VersionedComparison((apiVersion) => {
    if (apiVersion === own || !convert) {
      first ??= compareObjects(typeOfObject(schemas, next), live, next, resetFields);
      return first;
    }
    const before = live && convert(live, apiVersion);
    const after = convert(next, apiVersion);
    if (!after || (live && !before)) return undefined;
    return compareObjects(typeOfObject(schemas, after), before, after, resetFields);
  });
}

/** What the write set: its added and modified fields. */
export function changedFields({ added, modified }: Comparison): FieldSet {
  if (!added) return modified ?? EMPTY_SET;
  return modified ? union(modified, added) : added;
}

/** Takes changed and removed fields from every manager but `keep`; those without fields go. Changes the map. */
export function releaseFields(managers: Map<string, Manager>, comparisons: VersionedComparison, keep?: string): void {
  for (const [id, manager] of [...managers]) {
    if (id === keep) continue;
    const comparison = comparisons.in(manager.apiVersion);
    if (!comparison) {
      managers.delete(id);
      continue;
    }
    let { fields } = manager;
    const taken = intersection(fields, changedFields(comparison));
    if (!isEmptySet(taken)) fields = difference(fields, taken);
    if (comparison.removed) fields = difference(fields, comparison.removed);
    if (isEmptySet(fields)) managers.delete(id);
    else if (fields !== manager.fields) managers.set(id, { ...manager, fields });
  }
}

function identityOf({ next, manager, subresource = '' }: Omit<UpdateRequest, 'live'>) {
  const apiVersion = typeof next['apiVersion'] === 'string' ? next['apiVersion'] : '';
  return { name: manager || 'unknown', operation: 'Update' as const, apiVersion, subresource };
}

/** Fields of new objects → those of them that their creator owns; new objects of one template have one and the same set of fields. */
const ownedFields = new WeakMap<FieldSet, { resetFields: FieldSet; owned: FieldSet }>();

/** What the creator of an object owns: all that it brings. */
function createdBy({ next, schemas, resetFields = EMPTY_SET }: Omit<UpdateRequest, 'live'>): FieldSet {
  const fields = createdFields(typeOfObject(schemas, next), withoutManagedFields(next));
  const known = ownedFields.get(fields);
  if (known?.resetFields === resetFields) return known.owned;
  const owned = stripSystemFields(recursiveDifference(fields, resetFields));
  ownedFields.set(fields, { resetFields, owned });
  return owned;
}

/** Like {@link updateManagers} for a new object that came without managers: nobody has anything to give up. Changes the map. */
function recordCreator(managers: Map<string, Manager>, request: UpdateRequest): void {
  const fields = createdBy(request);
  if (isEmptySet(fields)) return;
  const identity = identityOf(request);
  managers.set(managerId(identity), { ...identity, time: formatTime(request.now), fields, entry: undefined });
}

/** Records an update onto `managers`. Changes the map. */
export function updateManagers(
  managers: Map<string, Manager>,
  live: Readonly<JsonObject> | undefined,
  request: Omit<UpdateRequest, 'live'>,
): void {
  const next = withoutManagedFields(request.next);
  const comparisons = compareVersions(request, live && withoutManagedFields(live), next);
  const identity = identityOf(request);
  const { apiVersion } = identity;
  const id = managerId(identity);
  const former = managers.get(id);
  const own = comparisons.in(apiVersion) ?? {};
  const taken = stripSystemFields(changedFields(own));
  // Who changes again what was its own already keeps it, and nobody has to look what that comes to.
  const keeps = former !== undefined && !own.removed && isWithin(taken, former.fields);
  releaseFields(managers, comparisons, keeps ? id : undefined);
  if (!keeps && !isEmptySet(taken)) {
    const previous = managers.get(id);
    const fields = previous ? union(taken, previous.fields) : taken;
    // Taking what one already had is no change: then not even the time moves.
    if (former && equalSets(fields, former.fields)) managers.set(id, former);
    else managers.set(id, { ...identity, time: formatTime(request.now), fields, entry: undefined });
  }
  capUpdateManagers(managers);
}

/**
 * The managedFields of an object after an update. Undefined: the object has none (they were cleared, or are not
 * tracked because someone cleared them earlier).
 */
export function recordUpdate(request: UpdateRequest): ManagedFieldsEntry[] | undefined {
  const { live, next } = request;
  const liveMetadata = metadataOf(live);
  const sent = metadataOf(next)?.managedFields;
  const managers = managersOfWrite(sent, liveMetadata?.managedFields, (request.subresource ?? '') !== '');
  if (managers.size === 0 && liveMetadata?.uid) return undefined;
  if (!live && managers.size === 0) recordCreator(managers, request);
  else updateManagers(managers, live, request);
  return writeManagers(managers);
}
