/**
 * POST of a collection: creates an object, or answers a review.
 */

import { cloneJson, isObject } from '../../base/json.ts';
import type { JsonObject, KubeObject } from '../../base/object.ts';
import { badRequest, invalid } from '../../base/status.ts';
import { checkStructure } from '../../schema/validate.ts';
import { awaitDefaultAccount } from './await-default-account.ts';
import { bindPod } from './binding.ts';
import { checkBodyType, metadataOf, typeOf } from './body.ts';
import type { RestContext } from './context.ts';
import type { Scope, WriteParameters, WriteResult } from './requests.ts';
import { isCoreResource } from './strategies.ts';
import { encodedEntry, withType } from './view.ts';
import { writeNew } from './write-create.ts';
import { checkWriteOptions } from './write-options.ts';

/** `body` is taken over. */
export async function createObject(
  context: RestContext,
  scope: Scope,
  body: KubeObject,
  parameters: WriteParameters = {},
): Promise<WriteResult> {
  checkWriteOptions('CreateOptions', parameters);
  checkBodyType(context.schemas, typeOf(scope.kind), body);
  const object = withType(scope.kind, body);
  if (isCoreResource(scope.kind, 'bindings')) return bindByCollection(context, scope, object, parameters);
  if (!scope.kind.stored) return review(context, scope, object, parameters);
  if (isCoreResource(scope.kind, 'pods')) await awaitDefaultAccount(context, scope, object);
  return writeNew(context, scope, { object, verb: 'create', name: undefined }, parameters);
}

/** The old way to bind a pod: POST to `bindings`. */
function bindByCollection(
  context: RestContext,
  scope: Scope,
  object: KubeObject,
  parameters: WriteParameters,
): Promise<WriteResult> {
  const pods = context.registry.byResource('', 'v1', 'pods');
  const name = metadataOf(object).name ?? '';
  if (!pods) throw badRequest('pods are not served');
  return bindPod(context, { ...scope, kind: pods, name }, object, parameters);
}

/** A question: checked like an object, answered, not kept. */
async function review(
  context: RestContext,
  scope: Scope,
  object: KubeObject,
  parameters: WriteParameters,
): Promise<WriteResult> {
  const { kind, user, namespace } = scope;
  const { group, version, kind: name } = kind.resource;
  const schema = context.schemas.ofKind(group, version, name);
  const checked = schema
    ? checkStructure(context.admission.structure, {
        object: object as JsonObject,
        schema,
        version,
        kind: name,
        fieldValidation: parameters.fieldValidation ?? 'Warn',
        strictErrors: parameters.duplicateFields?.map((path) => `duplicate field ${JSON.stringify(path)}`),
      })
    : { object: object as JsonObject, warnings: [] };
  const asked = checked.object as KubeObject;
  if (kind.resource.namespaced) {
    asked.metadata = { ...asked.metadata };
    asked.metadata.namespace ||= namespace;
    if (asked.metadata.namespace !== namespace)
      throw badRequest('the namespace of the provided object does not match the namespace sent on the request');
  }
  kind.setDefaults(asked);
  const errors = kind.validate(asked);
  if (errors.length > 0) throw invalid({ group, kind: name }, '', errors);
  const answered = await context.reviewer.review(kind, asked, user, namespace);
  const metadata = { ...(isObject(answered.metadata) ? answered.metadata : {}), creationTimestamp: null };
  const answer = withType(kind, { ...cloneJson(answered), metadata } as unknown as KubeObject);
  return { entry: encodedEntry(answer), created: true, warnings: checked.warnings };
}
