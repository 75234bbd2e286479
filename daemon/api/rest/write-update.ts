/**
 * Changing an object that exists: from the newest state to the next, admitted, and stored by compare-and-swap; when someone was faster, from their
 * state again. The shared path of PUT, PATCH, apply and the subresources that write the object itself.
 *
 * A write that changes nothing is answered and not done: no revision, no event.
 */

import { admitObjectAsking, resourceVersionRequired } from '../../admission/admit-object.ts';
import { isUnchanged } from '../../admission/compare.ts';
import { resetFieldsOf } from '../../admission/reset-fields.ts';
import { deepFreeze } from '../../base/json.ts';
import type { JsonObject, KubeObject } from '../../base/object.ts';
import { conflict, invalid, notFound, staleObject, withWarnings } from '../../base/status.ts';
import { settled, shown, toStored, versionConverter } from '../../kinds/conversion.ts';
import { recordUpdate } from '../../merge/managed-fields.ts';
import type { Entry, Operation } from '../../store/store.ts';
import { checkBodyName } from './body.ts';
import type { RestContext } from './context.ts';
import { groupResource, keyOfTarget } from './get.ts';
import { LARGE_BYTES, pace } from './pace.ts';
import type { PlannedWrite } from './persist.ts';
import type { Target, WriteParameters, WriteResult } from './requests.ts';
import { checkWrittenRevision } from './revision.ts';
import { updatesUnconditionally } from './strategies.ts';
import { encodedEntry, readEntry, withType } from './view.ts';
import { TakenError } from './write-create.ts';
import { annotateAudit, managerOf, optionsOf } from './write-options.ts';

/** Upstream tries without end; a hundred lost races in a row mean that something writes in a loop. */
const ATTEMPTS_MAX = 100;

/** The object as a request wants it, made from the newest state. */
export interface Draft {
  /** Own, changed in place. Its resourceVersion, when set, must be the live one. */
  object: KubeObject;
  structureChecked?: boolean;
  /** managedFields are settled already (an apply, a scale). */
  isManaged?: boolean;
  /** Nothing changes: the live object is the answer. */
  isUnchanged?: boolean;
  warnings?: readonly string[];
}

export interface Change {
  verb: PlannedWrite['verb'];
  /** Pure; called again for each newer state. Throws StatusError. */
  draft(live: Readonly<KubeObject>): Draft | Promise<Draft>;
  /** For what does not exist; without it: 404. */
  createMissing?(): Promise<WriteResult>;
  /** Must be the live object's. */
  uid?: string;
}

/** Throws 404, 409, 422 and whatever admission refuses with. */
export async function writeChange(
  context: RestContext,
  target: Target,
  change: Change,
  parameters: WriteParameters,
): Promise<WriteResult> {
  const key = keyOfTarget(target);
  let present = context.store.get(key);
  for (let attempt = 1; attempt <= ATTEMPTS_MAX; attempt++) {
    if (!present) {
      if (!change.createMissing) throw notFound(groupResource(target), target.name);
      const made = await createOrFind(change.createMissing);
      if ('result' in made) return made.result;
      present = made.present;
      continue;
    }
    const outcome = await attemptChange(context, target, present, change, parameters);
    if ('result' in outcome) return outcome.result;
    present = outcome.present;
  }
  throw staleObject(groupResource(target), target.name);
}

/** Creates it, or gives what someone else has just created. */
async function createOrFind(create: () => Promise<WriteResult>): Promise<Attempt> {
  try {
    return { result: await create() };
  } catch (error) {
    if (error instanceof TakenError && error.present) return { present: error.present };
    throw error;
  }
}

type Attempt = { result: WriteResult } | { present: Entry | undefined };

async function attemptChange(
  context: RestContext,
  target: Target,
  entry: Entry,
  change: Change,
  parameters: WriteParameters,
): Promise<Attempt> {
  const { kind } = target;
  const live = await settled(() => shown(kind, entry.value));
  checkUid(target, live, change.uid, entry.key);
  const draft = await change.draft(live);
  if (draft.isUnchanged) return { result: unchanged(target, entry, draft.warnings) };
  checkBodyName(draft.object, target);
  settleRevision(target, draft.object, live);
  const isLarge = parameters.isLarge || entry.json.length > LARGE_BYTES;
  await pace(context, isLarge);
  const result = await admitDraft(context, target, { draft, verb: change.verb, isLarge }, live, parameters);
  annotateAudit(context, result);
  const warnings = [...(draft.warnings ?? []), ...result.warnings];
  if (result.error) throw withWarnings(result.error, warnings);
  const next = withType(kind, result.object);
  try {
    await pace(context, isLarge);
    const isKept = isUnchanged(next, live) || parameters.dryRun;
    const outcome = isKept
      ? { result: { ...unchanged(target, entry, warnings), ...dryRunEntry(next, live, parameters) } }
      : await store(context, target, { entry, live, next, warnings }, change, parameters);
    if (isKept || !('result' in outcome)) result.reservation.rollback();
    else result.reservation.commit();
    return outcome;
  } catch (error) {
    result.reservation.rollback();
    throw withWarnings(error, warnings);
  }
}

function dryRunEntry(next: KubeObject, live: KubeObject, { dryRun }: WriteParameters): Partial<WriteResult> {
  return dryRun && !isUnchanged(next, live) ? { entry: encodedEntry(deepFreeze(next)) } : {};
}

function unchanged({ kind }: Target, entry: Entry, warnings: readonly string[] = []): WriteResult {
  return { entry: readEntry(kind, entry), created: false, warnings };
}

function checkUid(target: Target, live: Readonly<KubeObject>, uid: string | undefined, key: string): void {
  const present = live.metadata?.uid ?? '';
  if (!uid || uid === present) return;
  const { kind, namespace, name } = target;
  const shown = ['/registry', kind.resource.plural, namespace, name].filter(Boolean).join('/');
  const storageKey = kind.resource.group === '' || kind.resource.group === 'apps' ? shown : key;
  throw conflict(
    groupResource(target),
    name,
    `StorageError: invalid object, Code: 4, Key: ${storageKey}, ResourceVersion: 0, AdditionalErrorMsg: Precondition failed: UID in precondition: ${uid}, UID in object meta: ${present}`,
  );
}

/** The draft's resourceVersion is a condition when it is set; afterwards it is the live one. */
function settleRevision(target: Target, object: KubeObject, live: Readonly<KubeObject>): void {
  const meta = object.metadata!;
  const asked = meta.resourceVersion;
  const present = live.metadata?.resourceVersion;
  if (asked && asked !== '0') {
    checkWrittenRevision(asked);
    if (asked !== present) throw staleObject(groupResource(target), target.name);
  } else if (!updatesUnconditionally(target.kind)) {
    const { group, plural } = target.kind.resource;
    throw invalid({ group, kind: plural }, target.name, [resourceVersionRequired()]);
  }
  meta.resourceVersion = present;
}

function admitDraft(
  context: RestContext,
  target: Target,
  { draft, verb, isLarge }: { draft: Draft; verb: PlannedWrite['verb']; isLarge: boolean },
  live: Readonly<KubeObject>,
  parameters: WriteParameters,
): ReturnType<typeof admitObjectAsking> {
  const { kind, user, namespace, name } = target;
  const subresource = parameters.subresource ?? '';
  return admitObjectAsking(context.admission, {
    kind,
    operation: 'update',
    subresource,
    user,
    namespace,
    name,
    object: draft.object as JsonObject,
    old: live,
    fieldValidation: parameters.fieldValidation ?? 'Warn',
    dryRun: Boolean(parameters.dryRun),
    options: optionsOf(verb, target, parameters),
    text: parameters.text,
    structureChecked: draft.structureChecked,
    pause: isLarge ? () => context.turns.take() : undefined,
    checkGrant: (object) => context.grants.check(kind, withType(kind, object), live, user),
    recordManagers: draft.isManaged
      ? undefined
      : (object) => recordWriter(context, target, object, live, subresource, parameters),
  });
}

function recordWriter(
  { schemas, clock, registry }: RestContext,
  target: Target,
  object: KubeObject,
  live: Readonly<KubeObject>,
  subresource: string,
  parameters: WriteParameters,
): void {
  const managedFields = recordUpdate({
    live: live as JsonObject,
    next: object as JsonObject,
    manager: managerOf(target, parameters),
    now: clock.now(),
    schemas,
    subresource,
    resetFields: resetFieldsOf(target.kind, subresource),
    convert: versionConverter(registry, target.kind),
  });
  if (managedFields) object.metadata!.managedFields = managedFields;
  else delete object.metadata!.managedFields;
}

interface Step {
  entry: Entry;
  live: Readonly<KubeObject>;
  next: KubeObject;
  warnings: readonly string[];
}

async function store(
  context: RestContext,
  target: Target,
  { entry, live, next, warnings }: Step,
  { verb }: Change,
  parameters: WriteParameters,
): Promise<Attempt> {
  const { kind, user } = target;
  const { key, modRevision: expect } = entry;
  const isOver = endsDeletion(next, live);
  const operation: Operation = isOver
    ? { type: 'delete', key, expect }
    : { type: 'put', key, value: await toStored(kind, next), expect };
  const told: string[] = [];
  const outcome = await context.persistence.write({
    kind,
    user,
    verb,
    subresource: parameters.subresource ?? '',
    fieldManager: managerOf(target, parameters),
    generated: false,
    key,
    old: live as KubeObject,
    next: isOver ? undefined : next,
    operations: [operation],
    warn: (text) => void told.push(text),
  });
  if (!outcome.ok) return { present: outcome.present };
  const stored = isOver ? undefined : outcome.entries.find((one) => one.key === key);
  const result = stored ? await settled(() => readEntry(kind, stored)) : encodedEntry(deepFreeze(next));
  return { result: { entry: result, created: false, warnings: [...warnings, ...told] } };
}

/** The last finalizer of an object that is being deleted is gone: then so is the object. */
function endsDeletion(next: Readonly<KubeObject>, live: Readonly<KubeObject>): boolean {
  const { deletionTimestamp, deletionGracePeriodSeconds } = live.metadata ?? {};
  if (!deletionTimestamp || deletionGracePeriodSeconds) return false;
  const inSpec = (next as { spec?: { finalizers?: unknown } }).spec?.finalizers;
  const isHeld = Array.isArray(inSpec) && inSpec.length > 0;
  return !next.metadata?.finalizers?.length && !isHeld;
}
