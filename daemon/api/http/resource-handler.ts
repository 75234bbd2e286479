/**
 * Requests for resources: from RequestInfo to one verb of `api/rest/` and back into an answer. Authentication and authorization are done.
 */

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { UserInfo } from '../../auth/user.ts';
import { goQuote } from '../../base/go-quote.ts';
import type { KubeObject } from '../../base/object.ts';
import { badRequest, methodNotSupported, notFound, StatusError } from '../../base/status.ts';
import { whenDone } from '../../base/when-done.ts';
import { pathSegmentName } from '../../kinds/common/names.ts';
import { settled } from '../../kinds/conversion.ts';
import type { Kind, KindRegistry } from '../../kinds/kind.ts';
import { describeRemoval, removedVersion } from '../../kinds/removed-versions.ts';
import { apiVersionOf } from '../../kinds/resource.ts';
import { describeUnsupported } from '../../kinds/unsupported.ts';
import type { ProtobufEncoder } from '../../schema/protobuf.ts';
import type { TextFindings } from '../../schema/strict-errors.ts';
import type { RestContext } from '../rest/context.ts';
import { createObject } from '../rest/create.ts';
import { deleteObject } from '../rest/delete.ts';
import { deleteCollection } from '../rest/delete-collection.ts';
import { getObject, groupResource } from '../rest/get.ts';
import { getMeasured, listMeasured } from '../rest/measured.ts';
import { LARGE_BYTES } from '../rest/pace.ts';
import { listPresentOrPast } from '../rest/past.ts';
import { patchObject } from '../rest/patch.ts';
import type {
  DeleteParameters,
  DeleteResult,
  PatchParameters,
  Scope,
  Target,
  WriteParameters,
  WriteResult,
} from '../rest/requests.ts';
import { callSubresource, findSubresource, isActOnly } from '../rest/subresources.ts';
import { updateObject } from '../rest/update.ts';
import type { BodyDecoder } from './decode-body.ts';
import { isBuiltIn, verbsOf } from './discovery.ts';
import { sendList } from './list-answer.ts';
import { negotiate, type ResponseForm, streamForm, wantsPretty } from './negotiate.ts';
import {
  deleteParameters,
  includeObject,
  listParameters,
  patchParameters,
  patchTypeOf,
  watchParameters,
  writeParameters,
} from './parameters.ts';
import { type AnswerOptions, sendObject } from './read-answers.ts';
import type { RequestInfo, ResourceRequest } from './request-info.ts';
import { sendStatus } from './respond.ts';
import type { Call } from './server.ts';
import { TextNotFound } from './text-error.ts';
import { setWarnings } from './warnings.ts';
import { answerWatch, responseOutlet, type WatchOutlet } from './watch-answer.ts';

export interface ResourceCall {
  context: RestContext;
  decoder: BodyDecoder;
  /** Undefined: its answers are never protobuf. */
  protobuf?: ProtobufEncoder;
  info: RequestInfo & { resource: ResourceRequest };
  request: IncomingMessage;
  response: ServerResponse;
  user: UserInfo;
}

/** What upstream's router answers under the paths that it knows. */
export function pageNotFound(): StatusError {
  return new StatusError(404, 'NotFound', 'the server could not find the requested resource', {});
}

/** Nothing is there: under the paths of custom kinds, which that router does not know, this is text. */
function nothingThere(registry: KindRegistry, group: string): StatusError {
  return isBuiltIn(registry, group) ? pageNotFound() : new TextNotFound();
}

/** 404 for what an old client or chart asks for, saying what it should ask for; undefined for what never was. */
export function removedNotFound(asked: { group: string; version: string; plural?: string }): StatusError | undefined {
  const apiVersion = apiVersionOf(asked);
  const removed = removedVersion(apiVersion, asked.plural);
  if (!removed) return undefined;
  const why = `the server could not find the requested resource: ${describeRemoval(apiVersion, removed)}`;
  return new StatusError(404, 'NotFound', why, { group: asked.group, kind: removed.plural });
}

export function methodNotAllowed(): StatusError {
  return new StatusError(
    405,
    'MethodNotAllowed',
    'the server does not allow this method on the requested resource',
    {},
  );
}

/** For documents behind upstream's router: anything but GET, HEAD too, throws 405. Others are answered whatever the method. */
export function requireGet({ info }: Call): void {
  if (info.method !== 'GET') throw methodNotAllowed();
}

/** The kind that a request names; throws 404 and 405 as the API server's routes do. */
function kindOf(context: RestContext, { resource }: ResourceCall['info']): Kind {
  const kind = context.registry.byResource(resource.group, resource.version, resource.plural);
  if (!kind) throw removedNotFound(resource) ?? nothingThere(context.registry, resource.group);
  if (kind.schema) checkCustomPlace(kind, resource);
  const misplaced = kind.resource.namespaced
    ? resource.namespace === undefined && resource.name !== undefined && !isCollectionVerb(resource.verb)
    : resource.namespace !== undefined && (resource.plural !== 'namespaces' || resource.name !== resource.namespace);
  // Nor is there a path across namespaces where nothing can be listed, nor one below a subresource.
  const isNowhere =
    !kind.schema &&
    ((kind.resource.namespaced && resource.namespace === undefined && !verbsOf(kind).includes('list')) ||
      (resource.subresource !== '' && !findSubresource(kind, resource.subresource)) ||
      resource.rest.length > 0);
  // What is not kept has no names, Bindings of Pods aside, which are no path of this kind.
  const isNamedQuestion =
    !kind.stored && !kind.measured && resource.name !== undefined && !isCollectionVerb(resource.verb);
  if (misplaced || isNowhere || isNamedQuestion || resource.name?.includes('/')) throw pageNotFound();
  return kind;
}

/** Custom kinds are found by their definition, not by a route: only lists and watches go across namespaces. Throws a text 404, and 400. */
function checkCustomPlace({ resource: { namespaced } }: Kind, resource: ResourceRequest): void {
  const { namespace, verb, name } = resource;
  const isAcross = verb === 'list' || verb === 'watch';
  if (namespaced ? !namespace && !isAcross : namespace !== undefined) throw new TextNotFound();
  if (verb === 'update' && name === undefined) throw badRequest('name must be provided');
}

/** What no object can be called is no part of a key. */
function checkName(name: string): void {
  const problems = pathSegmentName(name, false);
  if (problems.length > 0) throw badRequest(`Name parameter invalid: ${goQuote(name)}: ${problems.join(';')}`);
}

const isCollectionVerb = (verb: string) => verb === 'list' || verb === 'watch' || verb === 'deletecollection';

/** 405 in the words of what serves the kind: upstream's router, or the handler of custom kinds. */
function unsupportedVerb({ resource: { group, plural }, schema }: Kind, verb: string): StatusError {
  return schema ? methodNotSupported({ group, resource: plural }, verb) : methodNotAllowed();
}

/** What a request is about, and the form its answer is to have. */
function readScope({ context, info, request, user, protobuf }: Omit<ResourceCall, 'decoder' | 'response'>): {
  kind: Kind;
  scope: Scope;
  form: ResponseForm;
} {
  const kind = kindOf(context, info);
  const { resource, query } = info;
  const scope: Scope = {
    kind,
    user,
    namespace: kind.resource.namespaced ? resource.namespace : undefined,
    userAgent: request.headers['user-agent'],
  };
  // A custom kind's verb is read from the method, and a HEAD is read as a GET; other kinds have no route for it.
  if (resource.verb === '' || (info.method === 'HEAD' && !kind.schema)) throw unsupportedVerb(kind, resource.verb);
  if (resource.name !== undefined) checkName(resource.name);
  const form = negotiate(request.headers.accept, wantsPretty(query, request.headers['user-agent']), {
    protobuf,
    isCustom: kind.schema !== undefined,
    isList: resource.verb === 'list' || resource.verb === 'watch',
    hasTable: (kind.stored || kind.measured === true) && !isActOnly(kind, resource.subresource),
  });
  return { kind, scope, form: resource.verb === 'watch' ? streamForm(form) : form };
}

/** Answers, at once where nothing has to be waited for. Throws or rejects with a StatusError. */
export function handleResource(call: ResourceCall): Promise<void> | void {
  const { kind, scope, form } = readScope(call);
  const { resource } = call.info;
  if (kind.deprecated !== undefined) setWarnings(call.response, [kind.deprecated]);
  if (resource.subresource) return handleSubresource(call, scope, form);
  requireVerb(kind, resource, call.request.headers['content-type']);
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
  const parameters = listParameters(info.query);
  if (scope.kind.measured)
    return sendList(
      response,
      scope.kind,
      listMeasured(context, scope, parameters),
      answerOptions(call, form),
      context.turns,
    );
  const page = await listPresentOrPast(context, scope, parameters);
  setWarnings(response, page.warnings);
  await sendList(response, scope.kind, page, answerOptions(call, form), context.turns);
}

function requireVerb(kind: Kind, { verb, name, namespace }: ResourceRequest, contentType?: string): void {
  if (kind.isUnsupported && !verbsOf(kind).includes(verb))
    throw new StatusError(405, 'MethodNotAllowed', describeUnsupported(kind), {});
  if (kind.schema && verb === 'patch' && name === undefined) {
    patchTypeOf(contentType, kind);
    throw badRequest('name must be provided');
  }
  // Custom kinds have no routes of their own upstream: what is created there is named by its body.
  const nameless = verb === 'create' && name !== undefined && !kind.schema;
  const homeless = verb === 'create' && kind.resource.namespaced && namespace === undefined;
  const unnamed = (verb === 'update' || verb === 'patch') && name === undefined;
  if (nameless || homeless || unnamed || !verbsOf(kind).includes(verb)) throw methodNotAllowed();
  if (verb === 'deletecollection' && kind.resource.namespaced && namespace === undefined) throw methodNotAllowed();
}

function handleNamed(call: ResourceCall, target: Target, form: ResponseForm): Promise<void> | void {
  switch (call.info.resource.verb) {
    case 'get':
      return get(call, target, form);
    case 'update':
      return update(call, target, form);
    case 'patch':
      return patch(call, target, form);
    default:
      return remove(call, target, form);
  }
}

function get(call: ResourceCall, target: Target, form: ResponseForm): Promise<void> | void {
  const { context, info, response } = call;
  const resourceVersion = info.query.get('resourceVersion') ?? undefined;
  if (target.kind.measured)
    return sendObject(response, 200, target.kind, getMeasured(context, target), answerOptions(call, form));
  const read = settled(() => getObject(context, target, { resourceVersion }));
  return whenDone(read, (entry) => sendObject(response, 200, target.kind, entry, answerOptions(call, form)));
}

async function update(call: ResourceCall, target: Target, form: ResponseForm): Promise<void> {
  const { context, info, request } = call;
  const parameters = writeParameters('UpdateOptions', info.query);
  const { value, text } = await decodeObject(call, target.kind);
  const options = { ...parameters, text, isLarge: isLarge(request) };
  sendWrite(call, target.kind, await updateObject(context, target, value, options), form);
}

/** As the request says; what is sent without a length may be. */
const isLarge = ({ headers }: IncomingMessage): boolean =>
  headers['content-length'] === undefined || Number(headers['content-length']) > LARGE_BYTES;

async function decodeObject(
  { decoder, request }: ResourceCall,
  { resource }: Kind,
): Promise<{ value: KubeObject; text: TextFindings }> {
  const { value, ...text } = await decoder.decode(request, resource.kind);
  return { value: value as KubeObject, text };
}

const answerOptions = (
  { context, info }: Pick<ResourceCall, 'context' | 'info'>,
  form: ResponseForm,
): AnswerOptions => ({
  form,
  include: includeObject(info.query, form),
  now: context.clock.now(),
});

function sendWrite(call: ResourceCall, kind: Kind, result: WriteResult, form: ResponseForm): void {
  setWarnings(call.response, result.warnings);
  sendObject(call.response, result.created ? 201 : 200, kind, result.entry, answerOptions(call, form));
}

async function create(call: ResourceCall, scope: Scope, form: ResponseForm): Promise<void> {
  const parameters = writeParameters('CreateOptions', call.info.query);
  const { value, text } = await decodeObject(call, scope.kind);
  const options = { ...parameters, text, isLarge: isLarge(call.request) };
  const result = await createObject(call.context, scope, value, options);
  sendWrite(call, scope.kind, result, form);
}

async function patch(call: ResourceCall, target: Target, form: ResponseForm): Promise<void> {
  const type = patchTypeOf(call.request.headers['content-type'], target.kind);
  const parameters = patchParameters(type, call.info.query);
  const { value, ...text } = await call.decoder.decodePatch(call.request, type);
  const subresource = call.info.resource.subresource;
  const result = await patchObject(call.context, target, value as never, {
    ...parameters,
    text,
    isLarge: isLarge(call.request),
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

function sendRemoval(call: ResourceCall, kind: Kind, removed: DeleteResult, form: ResponseForm): void {
  const { answer, code, warnings } = removed;
  if (warnings) setWarnings(call.response, warnings);
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
  await sendList(call.response, scope.kind, page, answerOptions(call, form), call.context.turns);
}

function watch(call: ResourceCall, scope: Scope, form: ResponseForm): void {
  const { context, info, response } = call;
  const parameters = watchParameters(info.query, info.resource.name);
  const stop = answerWatch(context, scope, parameters, () => answerOptions(call, form), responseOutlet(response, form));
  response.on('close', stop);
}

/** A watch that is answered over something else than the response to a request (a WebSocket). Throws 404, 405, 406. */
export function watchInto(
  call: Omit<ResourceCall, 'decoder' | 'response'>,
  outletOf: (form: ResponseForm) => WatchOutlet,
): () => void {
  const { context, info } = call;
  const { kind, scope, form } = readScope(call);
  requireVerb(kind, info.resource);
  const parameters = watchParameters(info.query, info.resource.name);
  return answerWatch(context, scope, parameters, () => answerOptions(call, form), outletOf(form));
}

/** `type`: of a patch. */
function subresourceParameters(
  { info, request }: ResourceCall,
  kind: Kind,
): WriteParameters & Partial<PatchParameters> {
  const { subresource, verb } = info.resource;
  if (verb === 'get') return { subresource };
  if (verb === 'patch') {
    return { ...patchParameters(patchTypeOf(request.headers['content-type'], kind), info.query), subresource };
  }
  return { ...writeParameters(verb === 'create' ? 'CreateOptions' : 'UpdateOptions', info.query), subresource };
}

async function handleSubresource(call: ResourceCall, scope: Scope, form: ResponseForm): Promise<void> {
  const { context, info } = call;
  const { resource } = info;
  const target: Target = { ...scope, name: resource.name ?? '' };
  const subresource = findSubresource(scope.kind, resource.subresource);
  // Of a custom kind: of any other there is no such path (`kindOf`).
  if (!subresource || resource.rest.length > 0) throw notFound(groupResource(target), target.name);
  if (!subresource.verbs.includes(resource.verb)) throw unsupportedVerb(scope.kind, resource.verb);
  if (resource.verb === 'patch' && subresource.name !== 'scale') return patch(call, target, form);
  if (resource.verb === 'get' && subresource.name === 'status') {
    return sendObject(
      call.response,
      200,
      scope.kind,
      await settled(() => getObject(context, target, {})),
      answerOptions(call, form),
    );
  }
  const parameters = subresourceParameters(call, scope.kind);
  if (resource.verb === 'update' && subresource.name === 'status') {
    const { value, text } = await decodeObject(call, scope.kind);
    return sendWrite(
      call,
      scope.kind,
      await updateObject(context, target, value, { ...parameters, text, isLarge: isLarge(call.request) }),
      form,
    );
  }
  const body =
    resource.verb === 'get'
      ? undefined
      : parameters.type
        ? await call.decoder.decodePatch(call.request, parameters.type)
        : await call.decoder.decode(call.request, subresource.kind);
  const result = await callSubresource(context, target, subresource.name, resource.verb, body?.value, {
    ...parameters,
    text: body,
    isLarge: isLarge(call.request),
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
