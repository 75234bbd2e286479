/**
 * `/scale` (`autoscaling/v1` Scale): a view on the replicas of a workload, read and written by itself.
 */

import { type FieldError, invalidValue, path } from '../../base/field.ts';
import { cloneJson, deepFreeze } from '../../base/json.ts';
import type { JsonObject, KubeObject } from '../../base/object.ts';
import { conflict, internalError, invalid, notFound } from '../../base/status.ts';
import { SCALE, scaleOf } from '../../kinds/common/scale-view.ts';
import { shown } from '../../kinds/conversion.ts';
import { apiVersionOf } from '../../kinds/resource.ts';
import type { Scale } from '../../kinds/types.generated.ts';
import { appliedObject, applyPatch, unreadableResult } from '../../merge/apply.ts';
import { recordUpdate } from '../../merge/managed-fields.ts';
import { managersAfterScale, managersOfScale, type ScaleMapping } from '../../merge/scale.ts';
import type { SchemaNode } from '../../schema/node.ts';
import { checkStructure } from '../../schema/validate.ts';
import { checkBodyName, checkBodyType } from './body.ts';
import type { RestContext } from './context.ts';
import { groupResource, keyOfTarget } from './get.ts';
import { checkPatched, type PatchBody, patchObjectOf } from './patch-draft.ts';
import type { PatchParameters, ReadEntry, Target, WriteParameters, WriteResult } from './requests.ts';
import { encodedEntry } from './view.ts';
import { checkPatchOptions, checkWriteOptions, managerOf } from './write-options.ts';
import { type Draft, writeChange } from './write-update.ts';

/** Throws 404. */
export function getScale(context: RestContext, target: Target): ReadEntry {
  const entry = context.store.get(keyOfTarget(target));
  if (!entry) throw scaleNotFound(target);
  return encodedEntry(deepFreeze(scaleShown(target, shown(target.kind, entry.value))));
}

/** Throws 500 of a custom object that says nothing of its replicas, as upstream does. */
function scaleShown({ kind }: Target, object: Readonly<KubeObject>): Scale {
  const why = kind.scale?.missing?.(object);
  if (why !== undefined) throw internalError(new Error(why));
  return scaleOf(kind, object);
}

/** `body` is taken over. */
export function updateScale(
  context: RestContext,
  target: Target,
  body: KubeObject,
  parameters: WriteParameters,
): Promise<WriteResult> {
  checkWriteOptions('UpdateOptions', { fieldManager: parameters.fieldManager });
  checkBodyType(context.schemas, SCALE, body);
  const { fieldValidation = 'Warn', text } = parameters;
  const checked = checkStructure(context.admission.structure, {
    object: body as JsonObject,
    schema: scaleSchema(context),
    version: SCALE.version,
    kind: SCALE.kind,
    fieldValidation,
    text,
  });
  const object = checked.object as KubeObject;
  checkBodyName(object, target);
  return writeScale(context, target, 'update', () => cloneJson(object), parameters);
}

export function patchScale(
  context: RestContext,
  target: Target,
  patch: PatchBody,
  parameters: PatchParameters,
): Promise<WriteResult> {
  checkPatchOptions({ type: parameters.type, force: parameters.force, fieldManager: parameters.fieldManager });
  const schema = scaleSchema(context);
  const next = (live: Scale): KubeObject => {
    if (parameters.type === 'apply') return applyScale(context, live, patch, parameters);
    const { patched, left } = patchObjectOf(context, schema, live, patch, parameters.type);
    return checkPatched(context, { schema, patched, patch: left }, parameters).object;
  };
  return writeScale(context, target, parameters.type === 'apply' ? 'apply' : 'patch', next, parameters);
}

function scaleSchema({ schemas }: RestContext): SchemaNode {
  return schemas.ofKind(SCALE.group, SCALE.version, SCALE.kind) ?? schemas.named('autoscaling/v1/Scale');
}

function applyScale(context: RestContext, live: Scale, body: PatchBody, parameters: PatchParameters): KubeObject {
  const patch = appliedObject(body);
  const scale = { apiVersion: apiVersionOf(SCALE), kind: SCALE.kind };
  const { object } = applyPatch({
    live: live as JsonObject,
    patch,
    ...scale,
    manager: parameters.fieldManager ?? '',
    force: parameters.force ?? false,
    now: context.clock.now(),
    schemas: context.schemas,
    subresource: 'scale',
  });
  const { object: own, error } = context.admission.structure.check(cloneJson(object), scaleSchema(context));
  if (error !== undefined) throw unreadableResult(patch, scale, error);
  return own as KubeObject;
}

async function writeScale(
  context: RestContext,
  target: Target,
  verb: 'update' | 'patch' | 'apply',
  nextScale: (live: Scale) => KubeObject,
  parameters: WriteParameters,
): Promise<WriteResult> {
  const mapping = {
    apiVersion: apiVersionOf(target.kind.resource),
    replicasPath: target.kind.scale?.replicasPath ?? ['spec', 'replicas'],
  };
  const draft = (live: Readonly<KubeObject>): Draft => {
    const scale = scaleOf(target.kind, live);
    const shown = { ...scale, metadata: { ...scale.metadata } };
    const managers = managersOfScale(mapping, live.metadata?.managedFields);
    if (managers) shown.metadata.managedFields = managers;
    const next = nextScale(shown) as Scale;
    checkScale(target, next, live);
    return scaledDraft(context, target, { live, shown, next, mapping, isApply: verb === 'apply' }, parameters);
  };
  const createMissing = (): Promise<WriteResult> => Promise.reject(notFound(groupResource(target), target.name));
  const written = await writeChange(
    context,
    target,
    { verb, draft, createMissing },
    { ...parameters, subresource: 'scale', text: undefined },
  );
  return { ...written, entry: encodedEntry(deepFreeze(scaleShown(target, written.entry.value))) };
}

interface ScaleChange {
  live: Readonly<KubeObject>;
  shown: Scale;
  next: Scale;
  mapping: ScaleMapping;
  isApply: boolean;
}

/** The scaled object with the new replicas and their new owner. */
function scaledDraft(
  { schemas, clock }: RestContext,
  target: Target,
  { live, shown, next, mapping, isApply }: ScaleChange,
  parameters: WriteParameters,
): Draft {
  const object = cloneJson(live) as KubeObject;
  target.kind.scale!.setReplicas(object, next.spec?.replicas ?? 0);
  const owners = isApply
    ? next.metadata?.managedFields
    : recordUpdate({
        live: shown as JsonObject,
        next: next as JsonObject,
        manager: managerOf(target, parameters),
        now: clock.now(),
        schemas,
        subresource: 'scale',
      });
  const managedFields = managersAfterScale(mapping, live.metadata?.managedFields, owners);
  // A custom object is scaled as it stands when no revision is named, though it is not updated so.
  const unnamed = target.kind.schema ? live.metadata?.resourceVersion : undefined;
  object.metadata = { ...object.metadata, resourceVersion: next.metadata?.resourceVersion || unnamed };
  if (managedFields) object.metadata.managedFields = managedFields;
  else delete object.metadata.managedFields;
  return { object, structureChecked: true, isManaged: true };
}

function checkScale(target: Target, { metadata, spec }: Scale, live: Readonly<KubeObject>): void {
  const errors: FieldError[] = [];
  const replicas = spec?.replicas ?? 0;
  // Of a custom object, its own rules judge what stands at its path.
  if (replicas < 0 && !target.kind.schema)
    errors.push(invalidValue(path('spec').child('replicas'), replicas, 'must be greater than or equal to 0'));
  if (errors.length > 0) throw invalid(SCALE, target.name, errors);
  const uid = live.metadata?.uid;
  if (!metadata?.uid || metadata.uid === uid) return;
  const why = `Precondition failed: UID in precondition: ${metadata.uid}, UID in object meta: ${uid}`;
  throw conflict(scaleResource(target), target.name, why);
}

const scaleResource = ({ kind }: Target): { group: string; resource: string } => ({
  group: kind.resource.group,
  resource: `${kind.resource.plural}/scale`,
});

function scaleNotFound(target: Target): ReturnType<typeof notFound> {
  return notFound(target.kind.schema ? groupResource(target) : scaleResource(target), target.name);
}
