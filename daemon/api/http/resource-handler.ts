/**
 * Requests for resources: from RequestInfo to one verb of `api/rest/` and back into an answer. Authentication and authorization are done.
 */

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { UserInfo } from '../../auth/user.ts';
import type { KubeObject } from '../../base/object.ts';
import { StatusError } from '../../base/status.ts';
import type { Kind } from '../../kinds/kind.ts';
import type { RestContext } from '../rest/context.ts';
import { createObject } from '../rest/create.ts';
import { deleteObject } from '../rest/delete.ts';
import { deleteCollection } from '../rest/delete-collection.ts';
import { getObject } from '../rest/get.ts';
import { listPresentOrPast } from '../rest/past.ts';
import { patchObject } from '../rest/patch.ts';
import type { DeleteParameters, DeleteResult, Scope, Target, WriteResult } from '../rest/requests.ts';
import { callSubresource, findSubresource } from '../rest/subresources.ts';
import { updateObject } from '../rest/update.ts';
import { startWatch } from '../rest/watch.ts';
import type { BodyDecoder } from './decode-body.ts';
import { verbsOf } from './discovery.ts';
import { negotiate, type ResponseForm } from './negotiate.ts';
import {
  deleteParameters,
  includeObject,
  listParameters,
  patchTypeOf,
  watchParameters,
  writeParameters,
} from './parameters.ts';
import { type AnswerOptions, sendList, sendObject } from './read-answers.ts';
import type { RequestInfo, ResourceRequest } from './request-info.ts';
import { sendStatus, setWarnings } from './respond.ts';
import type { Call } from './server.ts';
import { createWatchAnswer } from './watch-answer.ts';

export interface ResourceCall {
  context: RestContext;
  decoder: BodyDecoder;
  info: RequestInfo & { resource: ResourceRequest };
  request: IncomingMessage;
  response: ServerResponse;
  user: UserInfo;
}

export function pageNotFound(): StatusError {
  return new StatusError(404, 'NotFound', 'the server could not find the requested resource', {});
}

export function methodNotAllowed(): StatusError {
  return new StatusError(
    405,
    'MethodNotAllowed',
    'the server does not allow this method on the requested resource',
    {},
  );
}

/** For what can only be read: anything but GET and HEAD throws 405. */
export function requireGet({ info }: Call): void {
  if (info.method !== 'GET' && info.method !== 'HEAD') throw methodNotAllowed();
}

/** The kind that a request names; throws 404 and 405 as the API server's routes do. */
function kindOf(context: RestContext, { resource }: ResourceCall['info']): Kind {
  const kind = context.registry.byResource(resource.group, resource.version, resource.plural);
  if (!kind) throw pageNotFound();
  const misplaced = kind.resource.namespaced
    ? resource.namespace === undefined && resource.name !== undefined && !isCollectionVerb(resource.verb)
    : resource.namespace !== undefined && resource.plural !== 'namespaces';
  if (misplaced) throw pageNotFound();
  return kind;
}

const isCollectionVerb = (verb: string) => verb === 'list' || verb === 'watch' || verb === 'deletecollection';

export async function handleResource(call: ResourceCall): Promise<void> {
  const { context, info, request, user } = call;
  const kind = kindOf(context, info);
  const { resource, query } = info;
  const scope: Scope = {
    kind,
    user,
    namespace: kind.resource.namespaced ? resource.namespace : undefined,
    userAgent: request.headers['user-agent'],
  };
  if (resource.verb === '' || info.method === 'HEAD') throw methodNotAllowed();
  const form = negotiate(
    request.headers.accept,
    query.has('pretty') && query.get('pretty') !== 'false' && query.get('pretty') !== '0',
  );
  if (resource.subresource) return handleSubresource(call, scope, form);
  requireVerb(kind, resource);
  switch (resource.verb) {
    case 'list':
      return list(call, scope, form);
    case 'watch':
      return watch(call, scope, form);
    case 'create':
      return create(call, scope, form);
    case 'deletecollection':
      return removeAll(call, scope, form);
    default:
      return handleNamed(call, { ...scope, name: resource.name! }, form);
  }
}

async function list(call: ResourceCall, scope: Scope, form: ResponseForm): Promise<void> {
  const { context, info, response } = call;
  const page = await listPresentOrPast(context, scope, listParameters(info.query));
  setWarnings(response, page.warnings);
  await sendList(response, scope.kind, page, answerOptions(call, form));
}

function requireVerb(kind: Kind, { verb, name, namespace }: ResourceRequest): void {
  const nameless = verb === 'create' && name !== undefined;
  const homeless = verb === 'create' && kind.resource.namespaced && namespace === undefined;
  const unnamed = (verb === 'update' || verb === 'patch') && name === undefined;
  if (nameless || homeless || unnamed || !verbsOf(kind).includes(verb)) throw methodNotAllowed();
  if (verb === 'deletecollection' && kind.resource.namespaced && namespace === undefined) throw methodNotAllowed();
}

async function handleNamed(call: ResourceCall, target: Target, form: ResponseForm): Promise<void> {
  const { context, info } = call;
  const parameters = writeParameters(info.query);
  switch (info.resource.verb) {
    case 'get':
      return sendObject(
        call.response,
        200,
        target.kind,
        getObject(context, target, { resourceVersion: info.query.get('resourceVersion') ?? undefined }),
        answerOptions(call, form),
      );
    case 'update': {
      const { value, duplicateFields } = await decodeObject(call, target.kind);
      return sendWrite(
        call,
        target.kind,
        await updateObject(context, target, value, { ...parameters, duplicateFields }),
        form,
      );
    }
    case 'patch':
      return patch(call, target, form);
    default:
      return remove(call, target, form);
  }
}

async function decodeObject(
  { decoder, request }: ResourceCall,
  { resource }: Kind,
): Promise<{ value: KubeObject; duplicateFields: readonly string[] }> {
  const { value, duplicateFields } = await decoder.decode(request, resource.kind);
  return { value: value as KubeObject, duplicateFields };
}

const answerOptions = ({ context, info }: ResourceCall, form: ResponseForm): AnswerOptions => ({
  form,
  include: includeObject(info.query),
  now: context.clock.now(),
});

function sendWrite(call: ResourceCall, kind: Kind, result: WriteResult, form: ResponseForm): void {
  setWarnings(call.response, result.warnings);
  sendObject(call.response, result.created ? 201 : 200, kind, result.entry, answerOptions(call, form));
}

async function create(call: ResourceCall, scope: Scope, form: ResponseForm): Promise<void> {
  const { value, duplicateFields } = await decodeObject(call, scope.kind);
  const result = await createObject(call.context, scope, value, {
    ...writeParameters(call.info.query),
    duplicateFields,
  });
  sendWrite(call, scope.kind, result, form);
}

async function patch(call: ResourceCall, target: Target, form: ResponseForm): Promise<void> {
  const type = patchTypeOf(call.request.headers['content-type']);
  const { value, duplicateFields } = await call.decoder.decodePatch(call.request, type);
  const parameters = {
    ...writeParameters(call.info.query),
    duplicateFields,
    type,
    force: call.info.query.get('force') === 'true',
  };
  const subresource = call.info.resource.subresource;
  const result = await patchObject(call.context, target, value as never, {
    ...parameters,
    ...(subresource ? { subresource } : {}),
  });
  sendWrite(call, target.kind, result, form);
}

async function removalParameters(call: ResourceCall): Promise<DeleteParameters> {
  return deleteParameters(call.info.query, await call.decoder.decodeOptional(call.request));
}

async function remove(call: ResourceCall, target: Target, form: ResponseForm): Promise<void> {
  sendRemoval(call, target.kind, await deleteObject(call.context, target, await removalParameters(call)), form);
}

function sendRemoval(call: ResourceCall, kind: Kind, { answer, code }: DeleteResult, form: ResponseForm): void {
  if ('status' in answer) {
    call.response.statusCode = code;
    sendStatus(call.response, { ...answer.status, code: answer.status.code }, { ...form, as: undefined });
  } else sendObject(call.response, code, kind, answer.entry, answerOptions(call, form));
}

async function removeAll(call: ResourceCall, scope: Scope, form: ResponseForm): Promise<void> {
  const page = await deleteCollection(
    call.context,
    scope,
    await removalParameters(call),
    listParameters(call.info.query),
  );
  await sendList(call.response, scope.kind, page, answerOptions(call, form));
}

function watch(call: ResourceCall, scope: Scope, form: ResponseForm): void {
  const { context, info, response } = call;
  const parameters = watchParameters(info.query, info.resource.name);
  // The sink may be called before startWatch returns; headers go out with the first event or at once.
  let stop = () => {};
  const { sink, begin } = createWatchAnswer(
    response,
    scope.kind,
    () => answerOptions(call, form),
    () => stop(),
  );
  try {
    stop = startWatch(context, scope, parameters, sink);
  } catch (error) {
    // A revision that is gone is told in the stream, as the watch cache does; whatever else is wrong is refused.
    if (!(error instanceof StatusError) || error.code !== 410) throw error;
    return sink.end(error);
  }
  begin();
  response.on('close', stop);
}

async function handleSubresource(call: ResourceCall, scope: Scope, form: ResponseForm): Promise<void> {
  const { context, info } = call;
  const { resource, query } = info;
  const target: Target = { ...scope, name: resource.name ?? '' };
  const subresource = findSubresource(scope.kind, resource.subresource);
  if (!subresource || resource.rest.length > 0) throw pageNotFound();
  if (!subresource.verbs.includes(resource.verb)) throw methodNotAllowed();
  const parameters = { ...writeParameters(query), subresource: subresource.name };
  if (resource.verb === 'patch' && subresource.name !== 'scale') return patch(call, target, form);
  if (resource.verb === 'get' && subresource.name === 'status') {
    return sendObject(call.response, 200, scope.kind, getObject(context, target, {}), answerOptions(call, form));
  }
  if (resource.verb === 'update' && subresource.name === 'status') {
    const { value, duplicateFields } = await decodeObject(call, scope.kind);
    return sendWrite(
      call,
      scope.kind,
      await updateObject(context, target, value, { ...parameters, duplicateFields }),
      form,
    );
  }
  const patchType = resource.verb === 'patch' ? patchTypeOf(call.request.headers['content-type']) : undefined;
  const body =
    resource.verb === 'get'
      ? undefined
      : patchType
        ? await call.decoder.decodePatch(call.request, patchType)
        : await call.decoder.decode(call.request, subresource.kind);
  const result = await callSubresource(context, target, subresource.name, resource.verb, body?.value, {
    ...parameters,
    duplicateFields: body?.duplicateFields,
    type: patchType,
    force: query.get('force') === 'true',
  });
  setWarnings(call.response, result.warnings);
  sendObject(
    call.response,
    result.created ? 201 : 200,
    result.kind ?? scope.kind,
    result.entry,
    answerOptions(call, form),
  );
}
