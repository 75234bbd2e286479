/**
 * The admission of one object, for a create or an update: the very function behind an API write and a git push.
 *
 * In this order, as the API server has it: structure → defaults → (managed fields) → plugins that change → webhooks that change → what may be
 * granted → what the server sets → the kind's own preparation → validation → what is not supported here → addresses → plugins that judge → webhooks
 * that judge → quotas. The first step that finds something ends it, with everything that this step found. Nothing is written; nothing is held when it
 * is refused.
 */

import { type FieldError, goText, invalidValue, path } from '../base/field.ts';
import type { JsonObject, KubeObject } from '../base/object.ts';
import { asStatusError, badRequest, internalError, StatusError } from '../base/status.ts';
import { prepareMetadataForUpdate, validateMetadata, validateMetadataUpdate } from '../kinds/common/metadata.ts';
import type { Kind } from '../kinds/kind.ts';
import { bothReservations, NO_RESERVATION, type Reservation } from './allocation/service-allocator.ts';
import { mutateBuiltIn, validateBuiltIn } from './built-in.ts';
import type { AdmissionEnvironment, AdmissionRequest, AdmissionResult } from './contract.ts';
import { shownAttributes } from './matching/shown-attributes.ts';
import { bumpGeneration, dropDuplicateOwners, fillForCreate } from './metadata.ts';
import type { Attributes, Refusal } from './plugin.ts';
import { chargeQuotas } from './quota/charge.ts';
import { refuseInvalid, refuseWith } from './result.ts';
import { type AdmissionSteps, runSteps, runStepsAsking } from './steps.ts';
import { checkRequestStructure } from './structure.ts';
import { askMutatingWebhooks, type Mutated } from './webhooks/mutate.ts';
import { askValidatingWebhooks } from './webhooks/validate.ts';

/** Without webhooks. Never throws for what a client sent; a defect of the daemon itself is answered as a refusal too (500). */
export function admitObject(environment: AdmissionEnvironment, request: AdmissionRequest): AdmissionResult {
  return runSteps(admitObjectSteps(environment, request));
}

/** With the webhooks that want to see it; at once when there are none. */
export function admitObjectAsking(
  environment: AdmissionEnvironment,
  request: AdmissionRequest,
): AdmissionResult | Promise<AdmissionResult> {
  return runStepsAsking(admitObjectSteps(environment, request), environment.webhooks, request.pause);
}

/** {@link admitObject}, waiting for webhooks where they stand in the order. */
export function* admitObjectSteps(
  environment: AdmissionEnvironment,
  request: AdmissionRequest,
): AdmissionSteps<AdmissionResult> {
  try {
    return yield* judge(environment, request);
  } catch (error) {
    const status = error instanceof StatusError ? error : internalError(error);
    return refuseWith(request.object, { error: status, fieldPath: '' }, []);
  }
}

function* judge(environment: AdmissionEnvironment, request: AdmissionRequest): AdmissionSteps<AdmissionResult> {
  const structure = checkRequestStructure(environment, request);
  if ('refusal' in structure) return structure.refusal;
  const { warnings } = structure;
  const object = structure.object as KubeObject;
  const { kind } = request;
  object.metadata ??= {};
  kind.setDefaults(object);
  const misplaced = placeObject(request, object);
  if (misplaced) return refuseWith(request.object, misplaced, warnings);
  const duplicateOwners = dropDuplicateOwners(object.metadata);
  if (duplicateOwners) warnings.push(duplicateOwners);
  if (request.pause) yield [];
  request.recordManagers?.(object);
  if (request.pause) yield [];
  const notes: Notes = { warnings, annotations: {}, requestedName: request.name || object.metadata.name || '' };
  const result = yield* decide(environment, request, object, notes);
  return Object.keys(notes.annotations).length > 0 ? { ...result, auditAnnotations: notes.annotations } : result;
}

function refusalOf(check: () => void): Refusal | undefined {
  try {
    check();
    return undefined;
  } catch (error) {
    if (error instanceof StatusError) return { error, fieldPath: '' };
    throw error;
  }
}

/** What there is to say beside yes and no; and what the request called the object before it was given a name. */
interface Notes {
  /** In the order in which they came up; told whatever the outcome. */
  warnings: string[];
  annotations: Record<string, string>;
  readonly requestedName: string;
}

/** From the object with its defaults on. */
function* decide(
  environment: AdmissionEnvironment,
  request: AdmissionRequest,
  given: KubeObject,
  notes: Notes,
): AdmissionSteps<AdmissionResult> {
  const { kind } = request;
  const { warnings } = notes;
  const changed = yield* mutate(environment, request, given, notes);
  if ('refusal' in changed) return refuseWith(given as JsonObject, changed.refusal, warnings);
  const { object } = changed;
  const ungranted = refusalOf(() => request.checkGrant?.(object));
  if (ungranted) return refuseWith(object as JsonObject, ungranted, warnings);
  const warn = (text: string) => void warnings.push(text);
  const errors = yield* prepareAndValidate(environment, request, object, warn);
  if (errors.length > 0) return refuseInvalid(kind, object as JsonObject, errors, warnings);
  if (request.subresource === '') warnings.push(...(kind.warnings?.(object, request.old) ?? []));
  const { reservation, errors: unallocated } = allocate(environment, request, object);
  if (unallocated.length > 0) return refuseUnallocated(kind, object, unallocated, warnings);
  const held = new HeldReservation(reservation);
  try {
    const attributes = attributesOf(request, object, notes);
    const refusal =
      (yield* validateBuiltIn(attributes, environment)) ?? (yield* askValidatingWebhooks(attributes, environment));
    if (refusal) return refuseWith(object as JsonObject, refusal, warnings);
    const charged = chargeQuotas(attributes, environment);
    if ('refusal' in charged) return refuseWith(object as JsonObject, charged.refusal, warnings);
    const both = bothReservations(held.handOver(), charged.reservation);
    return { object, warnings, problems: [], reservation: both };
  } finally {
    held.end();
  }
}

/** What is held until the object is admitted; given back on every other way out, also when nobody waits for the webhooks' answers any more. */
class HeldReservation {
  #reservation: Reservation | undefined;

  constructor(reservation: Reservation) {
    this.#reservation = reservation;
  }

  handOver(): Reservation {
    const reservation = this.#reservation ?? NO_RESERVATION;
    this.#reservation = undefined;
    return reservation;
  }

  end(): void {
    this.#reservation?.rollback();
    this.#reservation = undefined;
  }
}

/** The plugins that change objects, then the webhooks that do. */
function* mutate(
  environment: AdmissionEnvironment,
  request: AdmissionRequest,
  given: KubeObject,
  notes: Notes,
): AdmissionSteps<Mutated> {
  const reinvoke = (object: KubeObject) => mutateBuiltIn(attributesOf(request, object, notes), environment);
  const refusal = reinvoke(given);
  if (refusal) return { refusal };
  const shown = (object: KubeObject) => shownAttributes(attributesOf(request, object, notes));
  const port = { attributesOf: shown, reinvoke };
  const mutated = yield* askMutatingWebhooks(given, port, environment);
  if ('refusal' in mutated || mutated.object === given) return mutated;
  const misplaced = placeObject(request, mutated.object);
  return misplaced ? { refusal: misplaced } : mutated;
}

/** The object's namespace must be the request's; a cluster-scoped object has none. */
function placeObject({ kind, namespace, operation }: AdmissionRequest, object: KubeObject): Refusal | undefined {
  const meta = object.metadata!;
  if (operation === 'create' && isRevision(meta.resourceVersion)) {
    const error = new StatusError(500, '', 'resourceVersion should not be set on objects to be created');
    return { error, fieldPath: 'metadata.resourceVersion', expected: 'no resourceVersion in a new object' };
  }
  if (!kind.resource.namespaced) {
    delete meta.namespace;
    return undefined;
  }
  if (!meta.namespace && namespace) meta.namespace = namespace;
  if ((meta.namespace ?? '') === (namespace ?? '')) return undefined;
  const error = badRequest('the namespace of the provided object does not match the namespace sent on the request');
  return { error, fieldPath: 'metadata.namespace', expected: `namespace ${namespace}` };
}

/** One that names a state: what cannot be read as a number is passed over, as upstream does. */
const isRevision = (text: string | undefined) => /^0*[1-9]\d*$/.test(text ?? '');

function attributesOf(request: AdmissionRequest, object: KubeObject, notes: Notes): Attributes {
  const { kind, operation, subresource, user, old, dryRun, options } = request;
  const { name, generateName } = object.metadata!;
  const isNamespace = kind.resource.group === '' && kind.resource.plural === 'namespaces';
  return {
    kind,
    operation,
    subresource,
    user,
    namespace: isNamespace ? name : request.namespace,
    name: request.name || name || generateName || 'Unknown',
    requestedName: notes.requestedName,
    object,
    old,
    ...(dryRun ? { dryRun } : {}),
    ...(options ? { options } : {}),
    warn: (text) => void notes.warnings.push(text),
    annotate(key, value) {
      notes.annotations[key] = value;
    },
  };
}

function* prepareAndValidate(
  environment: AdmissionEnvironment,
  { kind, operation, subresource, old }: AdmissionRequest,
  object: KubeObject,
  warn: (text: string) => void,
): AdmissionSteps<FieldError[]> {
  if (operation === 'create') {
    fillForCreate(kind, object, environment);
    kind.prepareForCreate(object);
    const own = yield* inTurns(kind, object, undefined, warn);
    const isTold = own.length > 0 && kind.judgesMetadataLast;
    const errors = isTold ? own : [...validateMetadata(kind, object), ...own];
    return errors.length > 0 ? errors : (kind.unsupported?.(object) ?? []);
  }
  if (!old) throw new Error('an update needs the live object');
  prepareUpdate(kind, subresource, object, old);
  const errors = [
    ...validateMetadataUpdate(kind, object, old),
    ...(yield* validateKindUpdate(kind, subresource, object, old, warn)),
  ];
  if (errors.length > 0 || subresource === 'status') return errors;
  return newlyUnsupported(kind, object, old);
}

/** What stands in the cluster already is not refused again (design: unchanged fields are ratcheted). */
function newlyUnsupported(kind: Kind, object: KubeObject, old: Readonly<KubeObject>): FieldError[] {
  const found = kind.unsupported?.(object) ?? [];
  if (found.length === 0) return [];
  const known = new Set(kind.unsupported?.(old).map(({ field, detail }) => `${field}: ${detail}`));
  return found.filter(({ field, detail }) => !known.has(`${field}: ${detail}`));
}

function prepareUpdate(kind: Kind, subresource: string, object: KubeObject, old: Readonly<KubeObject>): void {
  prepareMetadataForUpdate(object, old);
  if (subresource === 'status') kind.prepareForStatusUpdate?.(object, old);
  else (kind.partialUpdates?.[subresource]?.prepare ?? kind.prepareForUpdate)(object, old);
  if (subresource !== 'status') bumpGeneration(kind, object, old);
}

/** Others go on where it pauses. */
function* inTurns(
  kind: Kind,
  object: Readonly<KubeObject>,
  old: Readonly<KubeObject> | undefined,
  warn: (text: string) => void,
): AdmissionSteps<FieldError[]> {
  if (!kind.validateInTurns) return old ? kind.validateUpdate(object, old) : kind.validate(object);
  return yield* step(kind.validateInTurns(object, old, warn));
}

function* step(steps: Generator<void, FieldError[]>): AdmissionSteps<FieldError[]> {
  for (;;) {
    const next = steps.next();
    if (next.done) return next.value;
    yield [];
  }
}

function* validateKindUpdate(
  kind: Kind,
  subresource: string,
  object: Readonly<KubeObject>,
  old: Readonly<KubeObject>,
  warn: (text: string) => void,
): AdmissionSteps<FieldError[]> {
  if (subresource === 'status') {
    if (kind.validateStatusInTurns) return yield* step(kind.validateStatusInTurns(object, old, warn));
    return kind.validateStatusUpdate?.(object, old) ?? [];
  }
  const partial = kind.partialUpdates?.[subresource]?.validate;
  return partial ? partial(object, old) : yield* inTurns(kind, object, old, warn);
}

function allocate(
  { services }: AdmissionEnvironment,
  { kind, subresource, old, releasing }: AdmissionRequest,
  object: KubeObject,
): { reservation: Reservation; errors: readonly FieldError[] } {
  const isService = kind.resource.group === '' && kind.resource.plural === 'services' && subresource === '';
  if (!isService || !services) return { reservation: NO_RESERVATION, errors: [] };
  return services.allocate(object, old, releasing);
}

/** A range that is full is nobody's mistake: 500, as upstream. */
function refuseUnallocated(
  kind: Kind,
  object: KubeObject,
  errors: readonly FieldError[],
  warnings: readonly string[],
): AdmissionResult {
  const full = errors.find(({ type }) => type === 'InternalError');
  if (!full) return refuseInvalid(kind, object as JsonObject, errors, warnings);
  return refuseWith(
    object as JsonObject,
    { error: asStatusError(new Error(full.detail)), fieldPath: full.field },
    warnings,
  );
}

/** The mistake of an update without a resourceVersion, for kinds that need one. */
export function resourceVersionRequired(): FieldError {
  return invalidValue(path('metadata').child('resourceVersion'), goText('0x0'), 'must be specified for an update');
}
