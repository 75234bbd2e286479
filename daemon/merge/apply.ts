/**
 * Server-side apply (KEP-555): merges a configuration into the live object and settles who owns what. Pure; neither
 * the live object nor the configuration is changed, and the result shares with both of them: copy it before changing it.
 *
 * Not done here: defaulting and validation of the result, and comparing names with the URL; the caller does.
 */

import { formatTime } from '../base/clock.ts';
import { deepEqual, goKind, isObject } from '../base/json.ts';
import type { JsonObject, ManagedFieldsEntry, ObjectMeta } from '../base/object.ts';
import { badRequest, StatusError } from '../base/status.ts';
import { runAtOnce } from '../base/turn.ts';
import type { SchemaSet } from '../schema/node.ts';
import { ApplyConflictError, conflictsOf, conflictsOutside } from './conflict.ts';
import {
  difference,
  EMPTY_SET,
  equalSets,
  type FieldSet,
  intersection,
  isEmptySet,
  recursiveDifference,
  union,
} from './field-set.ts';
import { fieldsOfLastApplied, KUBECTL_MANAGER, lastAppliedOf, withLastApplied } from './last-applied.ts';
import {
  type ConvertVersion,
  changedFields,
  compareVersions,
  releaseFields,
  stripSystemFields,
  typeOfObject,
  updateManagers,
  type VersionedComparison,
  withoutManagedFields,
} from './managed-fields.ts';
import { type Manager, managerId, readManagers, writeManagers } from './managers.ts';
import type { MergeType } from './merge-type.ts';
import { reconcileFields } from './reconcile.ts';
import { dropNulls, fieldSetOf, removeFields, TypedError, validateTyped, withDeclaredParents } from './typed.ts';
import { mergeTyped } from './typed-merge.ts';

export interface ApplyRequest {
  /** The stored object in the request's apiVersion; undefined when the apply creates it. */
  live: Readonly<JsonObject> | undefined;
  /** The configuration, decoded from YAML or JSON. */
  patch: Readonly<JsonObject>;
  /** The request's apiVersion and kind, from its URL. */
  apiVersion: string;
  kind: string;
  /** The request's fieldManager; required for an apply. */
  manager: string;
  /** Take fields from other managers instead of failing. */
  force: boolean;
  /** Milliseconds since the epoch. */
  now: number;
  schemas: SchemaSet;
  subresource?: string;
  /** Fields which this endpoint does not let the client set. */
  resetFields?: FieldSet;
  convert?: ConvertVersion;
  /** A manager that holds what others applied in their name (git): what the applier still holds together with it is no conflict. */
  sharedManager?: string;
}

export interface ApplyResult {
  /** The merged object with its managedFields set. */
  object: JsonObject;
  managedFields: ManagedFieldsEntry[] | undefined;
  /** False when neither the object nor its managers changed: nothing needs writing. */
  changed: boolean;
}

/** Fields that appeared before anybody applied belong to this manager. */
const BEFORE_FIRST_APPLY = 'before-first-apply';

/** 500 without a reason, which is how the API server answers a configuration that does not fit its type. */
function plainError(message: string): StatusError {
  return new StatusError(500, '', message);
}

/** A member as text for messages, whatever a client put there. */
const textOf = (value: unknown): string => (typeof value === 'string' ? value : value ? JSON.stringify(value) : '');

function gvkText({ apiVersion, kind }: Readonly<JsonObject>): string {
  const version = textOf(apiVersion);
  return `${version.includes('/') ? version : `/${version}`}, Kind=${textOf(kind)}`;
}

/** `default/web; apps/v1, Kind=Deployment` */
function describeObject(object: Readonly<JsonObject>): string {
  const metadata = isObject(object['metadata']) ? object['metadata'] : {};
  return `${textOf(metadata['namespace'])}/${textOf(metadata['name'])}; ${gvkText(object)}`;
}

function checkPatch(request: ApplyRequest): MergeType {
  const { patch, apiVersion, kind, schemas } = request;
  if ((patch['apiVersion'] ?? '') !== apiVersion) {
    throw badRequest(
      `Incorrect version specified in apply patch. Specified patch version: ${textOf(patch['apiVersion'])}, expected: ${apiVersion}`,
    );
  }
  const managedFields = (patch['metadata'] as ObjectMeta | undefined | null)?.managedFields;
  if (managedFields !== undefined && managedFields !== null) throw badRequest('metadata.managedFields must be nil');
  const type = typeOfObject(schemas, patch);
  try {
    validateTyped(type, patch);
  } catch (error) {
    if (!(error instanceof TypedError)) throw error;
    throw plainError(`failed to create typed patch object (${describeObject(patch)}): ${error.message}`);
  }
  if (patch['kind'] !== kind) {
    throw plainError(
      `failed to merge config: expected objects of the same type, but got ${gvkText({ apiVersion, kind })} and ${gvkText(patch)}`,
    );
  }
  return type;
}

/** The result of a merge is nothing that its kind can be read from: an amount that is none, a number out of range. */
export function unreadableResult(patch: Readonly<JsonObject>, kind: { apiVersion: string; kind: string }, why: string) {
  const whole = `unable to convert unstructured object to ${gvkText(kind)}: ${why}`;
  return plainError(`failed to convert new object (${describeObject(patch)}) to proper version: ${whole}`);
}

/** What an apply's body says, as Go reads it into a map: nothing is an empty one. Throws 400 for what is no map. */
export function appliedObject(body: unknown): JsonObject {
  if (body === null || body === undefined) return {};
  if (isObject(body)) return body;
  const why = `json: cannot unmarshal ${goKind(body)} into Go value of type map[string]interface {}`;
  throw badRequest(`error decoding YAML: error unmarshaling JSON: while decoding JSON: ${why}`);
}

function managersOf(object: Readonly<JsonObject> | undefined): Map<string, Manager> {
  const stored = (object?.['metadata'] as ObjectMeta | undefined)?.managedFields;
  return readManagers(stored, true) ?? new Map<string, Manager>();
}

/** The managers before the apply; a live object that nobody tracked yet gets `before-first-apply`. */
function managersBefore(request: ApplyRequest, live: Readonly<JsonObject> | undefined): Map<string, Manager> {
  const managers = managersOf(request.live);
  if (managers.size === 0 && live) {
    const { schemas, now, convert, subresource, resetFields } = request;
    updateManagers(managers, undefined, {
      // Upstream compares it with an empty object of its type, where what is null for want of a value is null too.
      next: dropNulls(live) as JsonObject,
      manager: BEFORE_FIRST_APPLY,
      now,
      schemas,
      convert,
      subresource,
      resetFields,
    });
  }
  return managers;
}

/**
 * Takes out of the merged object what this manager applied last time, no longer applies, and nobody else owns.
 * `lastFields` are this manager's fields of last time; `managers` already hold its new ones.
 */
function prune(type: MergeType, merged: JsonObject, lastFields: FieldSet, managers: Iterable<Manager>): JsonObject {
  const last = withDeclaredParents(type, lastFields);
  const pruned = removeFields(type, merged, last);
  const mergedFields = withDeclaredParents(type, fieldSetOf(type, merged));
  // What others (or this very configuration) own goes back in.
  let owned = EMPTY_SET;
  for (const manager of managers) owned = union(owned, withDeclaredParents(type, manager.fields));
  const prunedFields = withDeclaredParents(type, fieldSetOf(type, pruned));
  const kept = removeFields(type, merged, difference(mergedFields, union(prunedFields, owned)));
  // So does what nobody owned but the removal of a parent would have taken along.
  const keptFields = withDeclaredParents(type, fieldSetOf(type, kept));
  return removeFields(type, merged, intersection(difference(mergedFields, keptFields), last));
}

/** What applying would take from others; `shared` (with the manager of that name) is taken from nobody. */
function findConflicts(
  managers: Iterable<[string, Manager]>,
  own: string,
  comparisons: VersionedComparison,
  shared: { manager: string | undefined; fields: FieldSet },
) {
  const taken = new Map<Manager, FieldSet>();
  for (const [id, manager] of managers) {
    if (id === own) continue;
    const comparison = comparisons.in(manager.apiVersion);
    const held = manager.name === shared.manager ? difference(manager.fields, shared.fields) : manager.fields;
    const both = comparison ? intersection(held, changedFields(comparison)) : EMPTY_SET;
    if (!isEmptySet(both)) taken.set(manager, both);
  }
  return conflictsOf(taken);
}

function reconcileManagers(managers: Map<string, Manager>, type: MergeType, apiVersion: string): void {
  for (const [id, manager] of managers) {
    if (manager.apiVersion !== apiVersion) continue;
    const fields = reconcileFields(type, manager.fields);
    if (fields !== manager.fields) managers.set(id, { ...manager, fields });
  }
}

/** `metadata.creationTimestamp: null`, which tools write, asks for nothing: it must not take away the stored one. */
function withoutNullMetadata(patch: Readonly<JsonObject>): JsonObject {
  const { metadata } = patch;
  if (!isObject(metadata) || metadata['creationTimestamp'] !== null) return patch;
  const { creationTimestamp: _, ...others } = metadata;
  return { ...patch, metadata: others };
}

interface Merged {
  object: JsonObject;
  managers: Map<string, Manager>;
  changed: boolean;
}

/** In steps: each `yield` is between two of them. */
function* mergeAndOwn(
  request: ApplyRequest,
  type: MergeType,
  before: ReadonlyMap<string, Manager>,
  force: boolean,
): Generator<void, Merged> {
  const { apiVersion, patch, manager: name, subresource = '', resetFields } = request;
  const live = withoutManagedFields(request.live ?? {});
  const managers = new Map(before);
  reconcileManagers(managers, type, apiVersion);
  const identity = { name, operation: 'Apply' as const, apiVersion, subresource };
  const id = managerId(identity);
  const last = managers.get(id);
  let applied = fieldSetOf(type, patch);
  if (resetFields) applied = recursiveDifference(applied, resetFields);
  managers.set(id, { ...identity, time: last?.time, fields: applied, entry: last?.entry });
  yield;
  let merged = mergeTyped(type, live, withoutNullMetadata(patch));
  // What is still applied needs no pruning; most applies drop nothing.
  if (last && !isEmptySet(difference(last.fields, applied))) {
    merged = prune(type, merged, last.fields, managers.values());
  }
  yield;
  const comparisons = compareVersions(request, live, merged);
  if (!force) {
    const shared = { manager: request.sharedManager, fields: last?.fields ?? EMPTY_SET };
    const conflicts = findConflicts(managers, id, comparisons, shared);
    if (conflicts.length > 0) throw new ApplyConflictError(conflicts);
  }
  yield;
  releaseFields(managers, comparisons, id);
  yield;
  const fields = stripSystemFields(applied);
  if (isEmptySet(fields)) managers.delete(id);
  // A mere change of order is a change too, though no field's.
  const objectChanged = !deepEqual(live, merged);
  const changed = objectChanged || !sameManagers(before, managers, id, fields);
  if (!isEmptySet(fields)) {
    const kept = last && equalSets(last.fields, fields) ? last.fields : fields;
    const time = changed ? formatTime(request.now) : last?.time;
    managers.set(id, { ...identity, time, fields: kept, entry: last?.entry });
  }
  return { object: objectChanged ? merged : live, managers, changed };
}

function sameManagers(
  before: ReadonlyMap<string, Manager>,
  after: ReadonlyMap<string, Manager>,
  own: string,
  fields: FieldSet,
) {
  if (before.size !== after.size) return false;
  for (const [id, manager] of after) {
    const former = before.get(id);
    if (!former || former.apiVersion !== manager.apiVersion) return false;
    if (!equalSets(former.fields, id === own ? fields : manager.fields)) return false;
  }
  return true;
}

/** kubectl may take, without force, fields that it had set by client-side apply and that nobody changed since. */
function* applyAsKubectl(
  request: ApplyRequest,
  type: MergeType,
  managers: Map<string, Manager>,
): Generator<void, Merged> {
  try {
    return yield* mergeAndOwn(request, type, managers, request.force);
  } catch (error) {
    if (!(error instanceof ApplyConflictError) || request.manager !== KUBECTL_MANAGER || !request.live) throw error;
    if (!lastAppliedOf(request.live)) throw error;
    const allowed = fieldsOfLastApplied(type, withoutManagedFields(request.live));
    const left = conflictsOutside(error.conflicts, allowed);
    if (left.length > 0) throw new ApplyConflictError(left);
    return yield* mergeAndOwn(request, type, managers, true);
  }
}

/**
 * Applies a configuration. Throws a StatusError: 409 with one cause per field when other managers own what it changes
 * (unless `force`), 400 for a wrong version or managedFields in it, 500 (as upstream) when it does not fit its type.
 */
export function applyPatch(request: ApplyRequest): ApplyResult {
  return runAtOnce(applySteps(request));
}

/** {@link applyPatch} of something large: `pause` is awaited between its steps. */
export async function applyInSteps(request: ApplyRequest, pause: () => Promise<void>): Promise<ApplyResult> {
  const steps = applySteps(request);
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
    await pause();
  }
}

function* applySteps(request: ApplyRequest): Generator<void, ApplyResult> {
  const type = checkPatch(request);
  yield;
  const managers = managersBefore(request, request.live);
  const merged = yield* applyAsKubectl(request, type, managers);
  yield;
  let { object } = merged;
  if (request.manager === KUBECTL_MANAGER && lastAppliedOf(object) !== undefined)
    object = withLastApplied(object, request.patch);
  const managedFields = writeManagers(merged.managers);
  const metadata = { ...((object['metadata'] ?? {}) as ObjectMeta) };
  if (managedFields) metadata.managedFields = managedFields;
  // Who owns what before the first apply is written down by whoever applies first, be it nothing.
  const isFirst = request.live !== undefined && managersOf(request.live).size === 0 && merged.managers.size > 0;
  const changed = merged.changed || isFirst;
  return { object: { ...object, metadata: metadata as JsonObject }, managedFields, changed };
}
