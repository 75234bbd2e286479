/**
 * PUT: replaces an object, or its status. Some kinds are created by it when they do not exist.
 */

import { cloneJson } from '../../base/json.ts';
import type { KubeObject } from '../../base/object.ts';
import { notFound } from '../../base/status.ts';
import { attributesOf, authorizeRequest } from './authorize.ts';
import { checkBodyName, checkBodyType, metadataOf, typeOf } from './body.ts';
import type { RestContext } from './context.ts';
import { finalizeDraft } from './finalize.ts';
import { groupResource } from './get.ts';
import type { Target, WriteParameters, WriteResult } from './requests.ts';
import { createsOnUpdate } from './strategies.ts';
import { withType } from './view.ts';
import { writeNew } from './write-create.ts';
import { checkWriteOptions } from './write-options.ts';
import { type Draft, writeChange } from './write-update.ts';

/** `body` is taken over. */
export async function updateObject(
  context: RestContext,
  target: Target,
  body: KubeObject,
  parameters: WriteParameters = {},
): Promise<WriteResult> {
  checkWriteOptions('UpdateOptions', { fieldManager: parameters.fieldManager });
  checkBodyType(context.schemas, typeOf(target.kind), body);
  const wanted = withType(target.kind, body);
  wanted.metadata = metadataOf(body);
  checkBodyName(wanted, target);
  const subresource = parameters.subresource ?? '';
  const createMissing = async (): Promise<WriteResult> => {
    if (subresource !== '' || !createsOnUpdate(target.kind)) throw notFound(groupResource(target), target.name);
    authorizeRequest(context, target.user, attributesOf(target, 'create'));
    const object = cloneJson(wanted);
    return writeNew(context, target, { object, verb: 'update', name: target.name }, parameters);
  };
  // Only a lost race makes another round: until then the body itself may be changed.
  const draft = (live: Readonly<KubeObject>): Draft => {
    const object = cloneJson(wanted);
    return subresource === 'finalize' ? finalizeDraft(object, live) : { object };
  };
  return writeChange(context, target, { verb: 'update', draft, createMissing, uid: wanted.metadata.uid }, parameters);
}
