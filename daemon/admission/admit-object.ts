/**
 * The admission of one object, for a create or an update: the very function behind an API write and a git push.
 *
 * In this order, as the API server has it: structure → defaults → (managed fields) → plugins that change → what the server sets → the kind's own
 * preparation → validation → what is not supported here → addresses → plugins that judge. The first step that finds something ends it, with
 * everything that this step found. Nothing is written; nothing is held when it is refused.
 */

import { type FieldError, goText, invalidValue, path } from '../base/field.ts';
import type { JsonObject, KubeObject } from '../base/object.ts';
import { asStatusError, badRequest, internalError, StatusError } from '../base/status.ts';
import { prepareMetadataForUpdate, validateMetadata, validateMetadataUpdate } from '../kinds/common/metadata.ts';
import type { Kind } from '../kinds/kind.ts';
import { NO_RESERVATION, type Reservation } from './allocation/service-allocator.ts';
import type { AdmissionEnvironment, AdmissionRequest, AdmissionResult } from './contract.ts';
import { bumpGeneration, dropDuplicateOwners, fillForCreate } from './metadata.ts';
import type { Attributes, Refusal } from './plugin.ts';
import { PLUGINS } from './plugins.ts';
import { refuseInvalid, refuseWith } from './result.ts';
import { checkRequestStructure } from './structure.ts';

/** Never throws for what a client sent; a defect of the daemon itself is answered as a refusal too (500). */
export function admitObject(environment: AdmissionEnvironment, request: AdmissionRequest): AdmissionResult {
  try {
    return judge(environment, request);
  } catch (error) {
    const status = error instanceof StatusError ? error : internalError(error);
    return refuseWith(request.object, { error: status, fieldPath: '' }, []);
  }
}

function judge(environment: AdmissionEnvironment, request: AdmissionRequest): AdmissionResult {
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
  request.recordManagers?.(object);
  const attributes = attributesOf(request, object);
  const mutation = firstRefusal(attributes, environment, 'mutate');
  if (mutation) return refuseWith(object as JsonObject, mutation, warnings);
  const errors = prepareAndValidate(environment, request, object);
  if (errors.length > 0) return refuseInvalid(kind, object as JsonObject, errors, warnings);
  const { reservation, errors: unallocated } = allocate(environment, request, object);
  if (unallocated.length > 0) return refuseUnallocated(kind, object, unallocated, warnings);
  const refusal = firstRefusal(attributesOf(request, object), environment, 'validate');
  if (refusal) {
    reservation.rollback();
    return refuseWith(object as JsonObject, refusal, warnings);
  }
  if (request.subresource === '') warnings.push(...(kind.warnings?.(object, request.old) ?? []));
  return { object, warnings, problems: [], reservation };
}

/** The object's namespace must be the request's; a cluster-scoped object has none. */
function placeObject({ kind, namespace, operation }: AdmissionRequest, object: KubeObject): Refusal | undefined {
  const meta = object.metadata!;
  if (operation === 'create' && meta.resourceVersion && meta.resourceVersion !== '0') {
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

function attributesOf(request: AdmissionRequest, object: KubeObject): Attributes {
  const { kind, operation, subresource, user, old } = request;
  const { name, generateName } = object.metadata!;
  const isNamespace = kind.resource.group === '' && kind.resource.plural === 'namespaces';
  return {
    kind,
    operation,
    subresource,
    user,
    namespace: isNamespace ? name : request.namespace,
    name: request.name || name || generateName || 'Unknown',
    object,
    old,
  };
}

function firstRefusal(
  attributes: Attributes,
  environment: AdmissionEnvironment,
  step: 'mutate' | 'validate',
): Refusal | undefined {
  for (const plugin of PLUGINS) {
    const refusal = plugin[step]?.(attributes, environment);
    if (refusal) return refusal;
  }
  return undefined;
}

function prepareAndValidate(
  environment: AdmissionEnvironment,
  { kind, operation, subresource, old }: AdmissionRequest,
  object: KubeObject,
): FieldError[] {
  if (operation === 'create') {
    fillForCreate(kind, object, environment);
    kind.prepareForCreate(object);
    const errors = [...validateMetadata(kind, object), ...kind.validate(object)];
    return errors.length > 0 ? errors : (kind.unsupported?.(object) ?? []);
  }
  if (!old) throw new Error('an update needs the live object');
  prepareUpdate(kind, subresource, object, old);
  const errors = [...validateMetadataUpdate(kind, object, old), ...validateKindUpdate(kind, subresource, object, old)];
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
  else if (subresource !== 'finalize') kind.prepareForUpdate(object, old);
  if (subresource !== 'status') bumpGeneration(kind, object, old);
}

function validateKindUpdate(
  kind: Kind,
  subresource: string,
  object: Readonly<KubeObject>,
  old: Readonly<KubeObject>,
): FieldError[] {
  if (subresource === 'status') return kind.validateStatusUpdate?.(object, old) ?? [];
  // The namespace controller alone takes finalizers away; `rest/finalize.ts` has restored all else.
  if (subresource === 'finalize') return [];
  return kind.validateUpdate(object, old);
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
