/**
 * What a patch makes of an object: the four patch formats, and the check that the outcome still is an object of its kind. Pure.
 */

import { resetFieldsOf } from '../../admission/reset-fields.ts';
import { checkKeepingReset } from '../../admission/structure.ts';
import { isPerson } from '../../auth/user.ts';
import { invalidValue, path } from '../../base/field.ts';
import { formatGoValue } from '../../base/go-format.ts';
import { cloneJson, isObject } from '../../base/json.ts';
import type { JsonObject, KubeObject } from '../../base/object.ts';
import { badRequest, conflict, internalError, invalid, type StatusError } from '../../base/status.ts';
import { versionConverter } from '../../kinds/conversion.ts';
import type { Kind } from '../../kinds/kind.ts';
import { apiVersionOf } from '../../kinds/resource.ts';
import { SECRETS } from '../../kinds/resources.ts';
import { appliedObject, applyInSteps, applyPatch, unreadableResult } from '../../merge/apply.ts';
import { applyJsonPatch } from '../../merge/json-patch.ts';
import { applyMergePatch } from '../../merge/merge-patch.ts';
import { applyStrategicMergePatch } from '../../merge/strategic-merge.ts';
import { unstructuredProblem } from '../../schema/from-unstructured.ts';
import type { SchemaNode } from '../../schema/node.ts';
import { describeStrictError, joinStrictErrors, strictErrors } from '../../schema/strict-errors.ts';
import { checkPatchedCustom, isNameless, patchedTypeProblem, typeMetaProblem } from './body.ts';
import type { RestContext } from './context.ts';
import { groupResource } from './get.ts';
import type { PatchParameters, Target } from './requests.ts';
import type { Draft } from './write-update.ts';

/** In place of a Secret's values, as its own rules say it. */
const REDACTED = '<secret contents redacted>';

/** A decoded patch: an object, or a list of operations for a JSON patch. */
export type PatchBody = JsonObject | JsonObject[];

/** json, merge, strategic: the live object patched. Throws 400, 409, 413, 422. */
export function patchedDraft(
  context: RestContext,
  { kind }: { kind: Kind },
  live: Readonly<KubeObject>,
  patch: PatchBody,
  parameters: PatchParameters,
): Draft {
  const schema = schemaOf(context, kind);
  const { patched, left } = patchObjectOf(context, schema, live, patch, parameters.type);
  const draft = checkPatched(context, { kind, schema, patched, patch: left }, parameters);
  // Upstream it is a typed object by now, whatever the patch says, or does not say, that it is.
  if (!kind.schema) Object.assign(draft.object, { apiVersion: apiVersionOf(kind.resource), kind: kind.resource.kind });
  return draft;
}

function schemaOf({ schemas }: RestContext, { resource }: Kind): SchemaNode {
  const schema = schemas.ofKind(resource.group, resource.version, resource.kind);
  if (!schema) throw internalError(new Error(`no schema of kind ${resource.kind}`));
  return schema;
}

/** The patched object, sharing nothing with the live one, and what is left of the patch: a strategic one is used up as it is carried out. */
export function patchObjectOf(
  { schemas }: RestContext,
  schema: SchemaNode,
  live: Readonly<KubeObject>,
  patch: PatchBody,
  type: PatchParameters['type'],
): { patched: JsonObject; left: PatchBody } {
  const object = live as Readonly<JsonObject>;
  switch (type) {
    case 'json':
      return { patched: applyJsonPatch(object, patch), left: patch };
    case 'merge':
      return { patched: cloneJson(applyMergePatch(object, patch)), left: patch };
    default: {
      const left = cloneJson(patch);
      return { patched: applyStrategicMergePatch(cloneJson(object), left, { schemas, schema }), left };
    }
  }
}

/** The outcome as an object of its kind, or 422 saying why it is none. `kind`: of a built-in or custom object, not of a subresource's own. */
export function checkPatched(
  { admission, schemas }: RestContext,
  { kind, schema, patched, patch }: { kind?: Kind; schema: SchemaNode; patched: JsonObject; patch: PatchBody },
  { type, fieldValidation = 'Warn', text: { duplicateFields } = {} }: PatchParameters,
): Draft {
  // Unlike upstream for Secrets: whoever may patch but not read one would be shown all of it.
  const isSecret = schema === schemas.ofKind(SECRETS.group, SECRETS.version, SECRETS.kind);
  const shown = () => (isSecret ? REDACTED : type === 'strategic' ? formatGoValue(patch) : JSON.stringify(patched));
  const refuse = (why: string): StatusError =>
    invalid({ group: '', kind: '' }, '', [invalidValue(path('patch'), shown(), why)]);
  if (!isObject(patched)) throw refuse(typeMetaProblem(patched)!);
  // A strategic merge patch is not read by what it says of itself upstream, the others are.
  const isRead = kind && type !== 'strategic';
  const misread = isRead && patchedTypeProblem(schemas, kind, patched, shown);
  if (misread) throw refuse(misread);
  if (isRead && !kind.schema && isNameless(patched)) return { object: { metadata: {} }, structureChecked: true };
  const { object, unknownFields, error } = checkKeepingReset(admission.structure, patched, schema);
  if (error !== undefined)
    throw refuse((type === 'strategic' && unstructuredProblem(schemas, schema, patched)) || error);
  if (kind?.schema) checkPatchedCustom(kind, patched);
  // The patch is decoded before what it makes of the object is.
  const texts = strictErrors({ duplicateFields }, unknownFields).map(describeStrictError);
  if (fieldValidation === 'Strict' && texts.length > 0) throw refuse(`strict decoding error: ${texts.join(', ')}`);
  const own = object as KubeObject;
  own.metadata ??= {};
  return { object: own, structureChecked: true, warnings: fieldValidation === 'Warn' ? texts : [] };
}

/** Server-side apply onto the live object (or onto nothing). Throws 400, 409 with one cause a conflicting field, 500 as upstream. */
export async function appliedDraft(
  context: RestContext,
  target: Target,
  live: Readonly<KubeObject> | undefined,
  body: PatchBody,
  parameters: PatchParameters,
): Promise<Draft> {
  const patch = appliedObject(body);
  checkApplied(target, live, patch);
  const { kind } = target;
  const subresource = parameters.subresource ?? '';
  const request = {
    live: live as JsonObject | undefined,
    patch,
    apiVersion: apiVersionOf(kind.resource),
    kind: kind.resource.kind,
    manager: parameters.fieldManager ?? '',
    force: parameters.force ?? false,
    now: context.clock.now(),
    schemas: context.schemas,
    subresource,
    resetFields: resetFieldsOf(kind, subresource),
    convert: versionConverter(context.registry, kind),
    ...(isPerson(target.user) ? { sharedManager: context.persistence.sharedManager } : {}),
  };
  const { object, changed } = parameters.isLarge
    ? await applyInSteps(request, () => context.turns.take())
    : applyPatch(request);
  // Also of an apply that changes nothing, and after its conflicts.
  const { fieldValidation, text = {} } = parameters;
  const errors = strictErrors(text, []);
  if (fieldValidation === 'Strict' && errors.length > 0)
    throw badRequest(`error strict decoding YAML: error converting YAML to JSON: ${joinStrictErrors(errors)}`);
  const warnings = fieldValidation === 'Ignore' ? [] : errors.map(describeStrictError);
  if (live && !changed) return { object: live as KubeObject, isUnchanged: true, warnings };
  const { object: own, error } = context.admission.structure.check(cloneJson(object), schemaOf(context, kind), {
    keepsNulls: true,
  });
  if (error !== undefined && !kind.schema) throw unreadableResult(patch, request, error);
  const next = own as KubeObject;
  next.metadata ??= {};
  return { object: next, structureChecked: true, isManaged: true, warnings };
}

function checkApplied(target: Target, live: Readonly<KubeObject> | undefined, patch: JsonObject): void {
  const uid = isObject(patch.metadata) ? patch.metadata.uid : undefined;
  if (live || typeof uid !== 'string' || uid === '') return;
  const why = `uid mismatch: the provided object specified uid ${uid}, and no existing object was found`;
  throw conflict(groupResource(target), target.name, why);
}
