/**
 * One manifest of git, as it shall be stored: a server-side apply with force onto what is live, then the admission of the outcome.
 */

import { cloneJson, isObject } from '../base/json.ts';
import type { JsonObject, KubeObject, ObjectKey } from '../base/object.ts';
import { badRequest, internalError, StatusError } from '../base/status.ts';
import { versionConverter } from '../kinds/conversion.ts';
import type { Kind } from '../kinds/kind.ts';
import { apiVersionOf } from '../kinds/resource.ts';
import { applyPatch } from '../merge/apply.ts';
import { admitObjectSteps } from './admit-object.ts';
import type { AdmissionEnvironment, AdmissionResult, ManifestRequest, ManifestResult } from './contract.ts';
import { identify } from './manifest.ts';
import { resetFieldsOf } from './reset-fields.ts';
import { refuseWith } from './result.ts';
import { type AdmissionSteps, runSteps } from './steps.ts';
import { checkRequestStructure } from './structure.ts';

/** Set by the server alone; a manifest that was copied out of a cluster carries them. */
const SERVER_FIELDS = [
  'uid',
  'resourceVersion',
  'generation',
  'creationTimestamp',
  'selfLink',
  'managedFields',
] as const;

/** With what webhooks have answered before, and asking none. Never throws for what a manifest says. */
export function admitManifest(environment: AdmissionEnvironment, request: ManifestRequest): ManifestResult {
  return runSteps(admitManifestSteps(environment, request), request.answers);
}

/** {@link admitManifest}, waiting for webhooks. Field validation is Strict: a typo in git is refused. */
export function* admitManifestSteps(
  environment: AdmissionEnvironment,
  request: ManifestRequest,
): AdmissionSteps<ManifestResult> {
  const operation = request.live ? 'update' : 'create';
  const identity = identify(environment.registry, request.object);
  if ('refusal' in identity)
    return { ...refuseWith({ ...request.object }, identity.refusal, []), kind: undefined, key: undefined, operation };
  const { kind, key } = identity;
  return { ...(yield* admitIdentified(environment, request, kind, key)), kind, key, operation };
}

function* admitIdentified(
  environment: AdmissionEnvironment,
  request: ManifestRequest,
  kind: Kind,
  key: ObjectKey,
): AdmissionSteps<AdmissionResult> {
  const { user, live, releasing } = request;
  const { manifest, ignored } = withoutServerFields(kind, request.object);
  const common = { kind, user, subresource: '', namespace: key.namespace, name: key.name, releasing };
  const operation = live ? 'update' : 'create';
  const structure = checkRequestStructure(environment, {
    ...common,
    operation,
    object: cloneJson(manifest) as JsonObject,
    fieldValidation: 'Strict',
  });
  if ('refusal' in structure) return structure.refusal;
  const merged = merge(environment, request, kind, { manifest, normal: structure.object }, key);
  if (merged instanceof StatusError) return refuseWith(structure.object, { error: merged, fieldPath: '' }, ignored);
  const options = { kind: 'PatchOptions', apiVersion: 'meta.k8s.io/v1', fieldManager: request.manager, force: true };
  const result = yield* admitObjectSteps(environment, {
    ...common,
    options,
    dryRun: request.dryRun ?? false,
    operation,
    object: merged,
    ...(live ? { old: live } : {}),
    fieldValidation: 'Ignore',
    structureChecked: true,
  });
  return ignored.length > 0 ? { ...result, warnings: [...ignored, ...result.warnings] } : result;
}

/**
 * What is applied is the manifest as it stands: a field that says its zero is git's too, and one that only the form of the kind adds is not. `normal`: the
 * manifest in that form, to be taken over: applied onto nothing it is the outcome itself.
 */
function merge(
  { schemas, structure, clock, registry }: AdmissionEnvironment,
  { live, manager }: ManifestRequest,
  kind: Kind,
  { manifest, normal }: { manifest: Readonly<JsonObject>; normal: JsonObject },
  key: ObjectKey,
): JsonObject | StatusError {
  const { namespace: _said, ...rest } = (manifest.metadata ?? {}) as JsonObject;
  const metadata = key.namespace ? { ...rest, namespace: key.namespace } : rest;
  const patch = { ...manifest, metadata };
  try {
    const { object, managedFields } = applyPatch({
      live: live as JsonObject | undefined,
      patch,
      apiVersion: apiVersionOf(kind.resource),
      kind: kind.resource.kind,
      manager,
      force: true,
      now: clock.now(),
      schemas,
      resetFields: resetFieldsOf(kind, ''),
      convert: versionConverter(registry, kind),
    });
    if (!live && isAsApplied(object, patch)) {
      const { namespace: _own, ...own } = (normal.metadata ?? {}) as JsonObject;
      const namespace = key.namespace ? { namespace: key.namespace } : {};
      return { ...normal, metadata: { ...own, ...namespace, ...(managedFields ? { managedFields } : {}) } };
    }
    const { group, version, kind: name } = kind.resource;
    const { object: own } = structure.check(cloneJson(object), schemas.ofKind(group, version, name)!);
    if (live) (own as KubeObject).metadata!.resourceVersion = live.metadata?.resourceVersion;
    return own;
  } catch (error) {
    if (!(error instanceof StatusError)) return internalError(error);
    // What does not fit its type is answered with 500 by the API; it is the manifest's mistake all the same.
    return error.code === 500 ? badRequest(error.message) : error;
  }
}

/** Whether all that was applied is in the outcome, the very same values: where nulls had to be left out, others are. */
function isAsApplied(object: Readonly<JsonObject>, patch: Readonly<JsonObject> & { metadata: JsonObject }): boolean {
  const { managedFields: _managers, ...metadata } = object.metadata as JsonObject;
  return (
    hasSameMembers({ ...object, metadata: undefined }, { ...patch, metadata: undefined }) &&
    hasSameMembers(metadata, patch.metadata)
  );
}

function hasSameMembers(a: Readonly<JsonObject>, b: Readonly<JsonObject>): boolean {
  const names = Object.keys(b);
  return names.length === Object.keys(a).length && names.every((name) => a[name] === b[name]);
}

/** Without what only the server sets, and a warning for what of it had a value. */
function withoutServerFields(
  kind: Kind,
  object: Readonly<JsonObject>,
): { manifest: Readonly<JsonObject>; ignored: string[] } {
  const fields: string[] = [];
  const manifest = { ...object };
  if (isObject(object.metadata)) {
    const metadata = { ...object.metadata };
    for (const field of SERVER_FIELDS) {
      if (metadata[field] !== undefined && metadata[field] !== null) fields.push(`metadata.${field}`);
      delete metadata[field];
    }
    manifest.metadata = metadata;
  }
  if (kind.hasStatus && manifest.status !== undefined) {
    if (isFilled(manifest.status)) fields.push('status');
    delete manifest.status;
  }
  const ignored = fields.map(
    (field) => `${field} is set by the server alone: what the manifest says of it is not used`,
  );
  return { manifest, ignored };
}

/** `status: {}` is what kubectl writes into every manifest that it makes. */
function isFilled(value: unknown): boolean {
  return typeof value !== 'object' || (value !== null && Object.values(value).some(isFilled));
}
