/**
 * One manifest of git, as it shall be stored: a server-side apply with force onto what is live, then the admission of the outcome.
 */

import { cloneJson } from '../base/json.ts';
import type { JsonObject, KubeObject, ObjectKey } from '../base/object.ts';
import { internalError, StatusError } from '../base/status.ts';
import type { Kind } from '../kinds/kind.ts';
import { apiVersionOf } from '../kinds/resource.ts';
import { applyPatch } from '../merge/apply.ts';
import { admitObject } from './admit-object.ts';
import type { AdmissionEnvironment, AdmissionResult, ManifestRequest, ManifestResult } from './contract.ts';
import { identify } from './manifest.ts';
import { resetFieldsOf } from './reset-fields.ts';
import { refuseWith } from './result.ts';
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

/** Never throws for what a manifest says. Field validation is Strict: a typo in git is refused. */
export function admitManifest(environment: AdmissionEnvironment, request: ManifestRequest): ManifestResult {
  const operation = request.live ? 'update' : 'create';
  const identity = identify(environment.registry, request.object);
  if ('refusal' in identity)
    return { ...refuseWith({ ...request.object }, identity.refusal, []), kind: undefined, key: undefined, operation };
  const { kind, key } = identity;
  return { ...admitIdentified(environment, request, kind, key), kind, key, operation };
}

function admitIdentified(
  environment: AdmissionEnvironment,
  request: ManifestRequest,
  kind: Kind,
  key: ObjectKey,
): AdmissionResult {
  const { user, live, duplicateFields, releasing } = request;
  const manifest = cloneJson(request.object) as JsonObject;
  const ignored = dropServerFields(kind, manifest);
  const common = { kind, user, subresource: '', namespace: key.namespace, name: key.name, releasing };
  const operation = live ? 'update' : 'create';
  const structure = checkRequestStructure(environment, {
    ...common,
    operation,
    object: manifest,
    fieldValidation: 'Strict',
    ...(duplicateFields ? { duplicateFields } : {}),
  });
  if ('refusal' in structure) return structure.refusal;
  const merged = merge(environment, request, kind, structure.object, key);
  if (merged instanceof StatusError) return refuseWith(structure.object, { error: merged, fieldPath: '' }, ignored);
  const result = admitObject(environment, {
    ...common,
    operation,
    object: merged,
    ...(live ? { old: live } : {}),
    fieldValidation: 'Ignore',
    structureChecked: true,
  });
  return ignored.length > 0 ? { ...result, warnings: [...ignored, ...result.warnings] } : result;
}

function merge(
  { schemas, clock }: AdmissionEnvironment,
  { live, manager }: ManifestRequest,
  kind: Kind,
  manifest: JsonObject,
  key: ObjectKey,
): JsonObject | StatusError {
  const metadata = (manifest.metadata ?? {}) as JsonObject;
  if (key.namespace) metadata.namespace = key.namespace;
  else delete metadata.namespace;
  try {
    const { object } = applyPatch({
      live: live as JsonObject | undefined,
      patch: { ...manifest, metadata },
      apiVersion: apiVersionOf(kind.resource),
      kind: kind.resource.kind,
      manager,
      force: true,
      now: clock.now(),
      schemas,
      resetFields: resetFieldsOf(kind, ''),
    });
    const own = cloneJson(object);
    if (live) (own as KubeObject).metadata!.resourceVersion = live.metadata?.resourceVersion;
    return own;
  } catch (error) {
    return error instanceof StatusError ? error : internalError(error);
  }
}

/** Takes out what only the server sets; returns a warning for what had a value. */
function dropServerFields(kind: Kind, manifest: JsonObject): string[] {
  const ignored: string[] = [];
  const metadata = manifest.metadata as JsonObject | undefined;
  if (metadata && typeof metadata === 'object' && !Array.isArray(metadata)) {
    for (const field of SERVER_FIELDS) {
      if (metadata[field] !== undefined && metadata[field] !== null) ignored.push(`metadata.${field}`);
      delete metadata[field];
    }
  }
  if (kind.hasStatus && manifest.status !== undefined) {
    if (isFilled(manifest.status)) ignored.push('status');
    delete manifest.status;
  }
  return ignored.map((field) => `${field} is set by the server alone: what the manifest says of it is not used`);
}

/** `status: {}` is what kubectl writes into every manifest that it makes. */
function isFilled(value: unknown): boolean {
  return typeof value !== 'object' || (value !== null && Object.values(value).some(isFilled));
}
