/**
 * Creating an object: admission, the decision of its name, one compare-and-swap against "absent".
 * Used by POST, by a PUT of kinds that allow it, and by an apply of something new.
 */

import { admitObjectAsking } from '../../admission/admit-object.ts';
import { resetFieldsOf } from '../../admission/reset-fields.ts';
import { cloneJson, deepFreeze } from '../../base/json.ts';
import type { JsonObject, KubeObject } from '../../base/object.ts';
import { alreadyExists, type StatusDetails, StatusError, withWarnings } from '../../base/status.ts';
import { settled, toStored, versionConverter } from '../../kinds/conversion.ts';
import { recordUpdate } from '../../merge/managed-fields.ts';
import type { Entry, Operation } from '../../store/store.ts';
import type { RestContext } from './context.ts';
import { groupResource, keyOfTarget } from './get.ts';
import { pace } from './pace.ts';
import type { PlannedWrite } from './persist.ts';
import type { Scope, WriteParameters, WriteResult } from './requests.ts';
import { encodedEntry, readEntry, withType } from './view.ts';
import { annotateAudit, managerOf, optionsOf } from './write-options.ts';

/** `maxNameGenerationCreateAttempts` (KEP-4420): with eight, a clash is as good as impossible. */
const NAME_ATTEMPTS_MAX = 8;

export interface NewObject {
  /** Own, decoded, with apiVersion and kind; changed in place. */
  object: KubeObject;
  verb: PlannedWrite['verb'];
  /** Of the URL, when there is one (PUT, apply). */
  name: string | undefined;
  structureChecked?: boolean;
  /** managedFields are settled already (an apply). */
  isManaged?: boolean;
}

/** Throws what admission refuses with, and 409 AlreadyExists. */
export async function writeNew(
  context: RestContext,
  scope: Scope,
  wanted: NewObject,
  parameters: WriteParameters,
): Promise<WriteResult> {
  const meta = wanted.object.metadata;
  const isGenerated = !meta?.name && Boolean(meta?.generateName);
  const attempts = isGenerated ? NAME_ATTEMPTS_MAX : 1;
  for (let attempt = 1; ; attempt++) {
    // Admission changes what it gets: each attempt but the last needs an object of its own.
    const object = attempt < attempts ? cloneJson(wanted.object) : wanted.object;
    try {
      return await attemptCreate(context, scope, { ...wanted, object }, parameters, isGenerated);
    } catch (error) {
      const isTaken = error instanceof StatusError && error.reason === 'AlreadyExists';
      if (!isTaken || !isGenerated) throw error;
      if (attempt === attempts) throw nameConflict(error);
    }
  }
}

async function attemptCreate(
  context: RestContext,
  scope: Scope,
  wanted: NewObject,
  parameters: WriteParameters,
  isGenerated: boolean,
): Promise<WriteResult> {
  const { kind, user, namespace } = scope;
  const result = await admitObjectAsking(context.admission, {
    kind,
    operation: 'create',
    subresource: '',
    user,
    namespace,
    name: wanted.name,
    object: wanted.object as JsonObject,
    fieldValidation: parameters.fieldValidation ?? 'Warn',
    dryRun: Boolean(parameters.dryRun),
    options: optionsOf(wanted.verb, scope, parameters),
    text: parameters.text,
    structureChecked: wanted.structureChecked,
    pause: parameters.isLarge ? () => context.turns.take() : undefined,
    checkGrant: (object) => context.grants.check(kind, object, undefined, user, { isNamed: wanted.name !== undefined }),
    recordManagers: wanted.isManaged ? undefined : (object) => recordCreator(context, scope, object, parameters),
  });
  annotateAudit(context, result);
  if (result.error) throw withWarnings(result.error, result.warnings);
  const { reservation, warnings } = result;
  try {
    const next = withType(kind, result.object);
    await pace(context, parameters.isLarge);
    const told: string[] = [];
    const warn = (text: string) => void told.push(text);
    const entry = await storeNew(context, scope, { next, verb: wanted.verb, isGenerated, warn }, parameters);
    if (parameters.dryRun) reservation.rollback();
    else reservation.commit();
    return { entry, created: true, warnings: [...warnings, ...told] };
  } catch (error) {
    reservation.rollback();
    throw withWarnings(error, warnings);
  }
}

function recordCreator(context: RestContext, scope: Scope, object: KubeObject, parameters: WriteParameters): void {
  const { schemas, clock } = context;
  const managedFields = recordUpdate({
    live: undefined,
    next: object as JsonObject,
    manager: managerOf(scope, parameters),
    now: clock.now(),
    schemas,
    resetFields: resetFieldsOf(scope.kind, ''),
    convert: versionConverter(context.registry, scope.kind),
  });
  if (managedFields) object.metadata!.managedFields = managedFields;
  else delete object.metadata!.managedFields;
}

interface Decided {
  next: KubeObject;
  verb: PlannedWrite['verb'];
  isGenerated: boolean;
  warn(text: string): void;
}

async function storeNew(
  context: RestContext,
  scope: Scope,
  { next, verb, isGenerated, warn }: Decided,
  parameters: WriteParameters,
): Promise<WriteResult['entry']> {
  const { kind, user } = scope;
  const target = { ...scope, name: next.metadata!.name! };
  const key = keyOfTarget(target);
  const present = context.store.get(key);
  if (present) throw taken(scope, next, present);
  if (parameters.dryRun) return encodedEntry(deepFreeze(next));
  const operation: Operation = { type: 'put', key, value: await toStored(kind, next), expect: 0 };
  const outcome = await context.persistence.write({
    kind,
    user,
    verb,
    subresource: '',
    fieldManager: managerOf(scope, parameters),
    generated: isGenerated,
    key,
    old: undefined,
    next,
    operations: [operation],
    warn,
  });
  if (!outcome.ok) throw taken(scope, next, outcome.present);
  const entry = outcome.entries.find((one) => one.key === key);
  return entry ? settled(() => readEntry(kind, entry)) : encodedEntry(deepFreeze(next));
}

/** 409 AlreadyExists, with what stands there: a PUT or an apply that found nothing a moment ago goes on from it. */
export class TakenError extends StatusError {
  readonly present: Entry | undefined;

  constructor(message: string, details: StatusDetails | undefined, present: Entry | undefined) {
    super(409, 'AlreadyExists', message, details);
    this.present = present;
  }
}

function taken(scope: Scope, next: KubeObject, present: Entry | undefined): TakenError {
  const { message, details } = alreadyExists(groupResource(scope), next.metadata?.name ?? '').status;
  const isGoing = present?.value.metadata?.deletionTimestamp !== undefined;
  return new TakenError(isGoing ? `object is being deleted: ${message}` : message!, details, present);
}

function nameConflict(error: StatusError): StatusError {
  const message = `${error.message}, the server was not able to generate a unique name for the object`;
  return new StatusError(409, 'AlreadyExists', message, { ...error.status.details, retryAfterSeconds: 1 });
}
