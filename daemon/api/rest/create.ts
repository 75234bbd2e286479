/**
 * POST of a collection: creates an object, or answers a review.
 */

import { cloneJson, isObject } from '../../base/json.ts';
import type { JsonObject, KubeObject } from '../../base/object.ts';
import { badRequest, invalid } from '../../base/status.ts';
import { pathSegmentName } from '../../kinds/common/names.ts';
import { checkStructure } from '../../schema/validate.ts';
import { actOnBody } from './act-on-body.ts';
import { awaitDefaultAccount } from './await-default-account.ts';
import { bindPod } from './binding.ts';
import { checkBodyType, metadataOf, typeOf } from './body.ts';
import type { RestContext } from './context.ts';
import { pace } from './pace.ts';
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
  checkWriteOptions('CreateOptions', { fieldManager: parameters.fieldManager });
  checkBodyType(context.schemas, typeOf(scope.kind), body);
  const object = withType(scope.kind, body);
  await pace(context, parameters.isLarge);
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
  if (!pods) throw badRequest('pods are not served');
  const body = checkedBody(context, scope, object, parameters).object as KubeObject;
  const name = metadataOf(body).name ?? '';
  // The name is of no URL here, so nothing has looked at it yet.
  if (!name) throw badRequest('Name parameter required.');
  const problems = pathSegmentName(name, false);
  if (problems.length > 0) throw badRequest(`Name parameter invalid: ${JSON.stringify(name)}: ${problems.join(';')}`);
  const asked = { kind: scope.kind, subresource: '', bodyKind: scope.kind.resource, body };
  return actOnBody(context, { ...scope, kind: pods, name }, asked, parameters, bindPod);
}

/** A body that is not kept, in the structure of its kind. Throws 400. */
function checkedBody(
  context: RestContext,
  { kind }: Scope,
  object: KubeObject,
  parameters: WriteParameters,
): { object: JsonObject; warnings: readonly string[] } {
  const { group, version, kind: name } = kind.resource;
  const schema = context.schemas.ofKind(group, version, name);
  if (!schema) return { object: object as JsonObject, warnings: [] };
  return checkStructure(context.admission.structure, {
    object: object as JsonObject,
    schema,
    version,
    kind: name,
    fieldValidation: parameters.fieldValidation ?? 'Warn',
    text: parameters.text,
  });
}

/** A question: checked like an object, answered, not kept. */
async function review(
  context: RestContext,
  scope: Scope,
  object: KubeObject,
  parameters: WriteParameters,
): Promise<WriteResult> {
  const { kind, user, namespace } = scope;
  const { object: checked, warnings } = checkedBody(context, scope, object, parameters);
  const asked = checked as KubeObject;
  if (kind.resource.namespaced) {
    asked.metadata = { ...asked.metadata };
    asked.metadata.namespace ||= namespace;
    if (asked.metadata.namespace !== namespace)
      throw badRequest('the namespace of the provided object does not match the namespace sent on the request');
  }
  kind.setDefaults(asked);
  const errors = kind.validate(asked);
  // Upstream names no kind here: that of the decoded review is empty.
  if (errors.length > 0) throw invalid({ group: kind.resource.group, kind: '' }, '', errors);
  const answered = await context.reviewer.review(kind, asked, user, namespace);
  const metadata = { ...(isObject(answered.metadata) ? answered.metadata : {}), creationTimestamp: null };
  const answer = withType(kind, { ...cloneJson(answered), metadata } as unknown as KubeObject);
  return { entry: encodedEntry(answer), created: true, warnings: [...warnings] };
}
