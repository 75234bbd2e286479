/**
 * The OpenAPI paths of served resources: one path a collection, an object and a subresource, one operation a verb, marked with
 * `x-kubernetes-action` and `x-kubernetes-group-version-kind`, by which kubectl finds what a kind supports. Pure.
 */

import type { SchemaNode } from './node.ts';
import { CONNECT_PARAMETERS, LOG_PARAMETERS, type ParameterName, publishParameters } from './openapi-parameters.ts';
import { type OpenApiVersion, referenceTo } from './openapi-schema.ts';
import {
  COLLECTION_VERBS,
  CREATE,
  connectShapes,
  OBJECT_VERBS,
  READ_TEXT,
  type VerbShape,
  WATCH,
  WATCH_LIST,
} from './openapi-verbs.ts';

type Json = Record<string, unknown>;

/** A kind by which a body is called. `group` is `''` for core. */
export interface ServedKind {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
}

/** A subresource, for example `status` or `scale`; verbs are get, update, patch, create. */
interface ServedSubresource extends ServedKind {
  readonly name: string;
  readonly verbs: readonly string[];
}

/** A resource that the server answers. `verbs` are discovery's: create, delete, deletecollection, get, list, patch, update, watch. */
export interface ServedResource extends ServedKind {
  readonly plural: string;
  readonly namespaced: boolean;
  readonly verbs: readonly string[];
  readonly subresources: readonly ServedSubresource[];
  /** Of a custom kind: its schema. */
  readonly custom?: SchemaNode | undefined;
}

const BODY_TYPES: readonly string[] = ['application/json', 'application/yaml', 'application/vnd.kubernetes.protobuf'];
const PATCH_TYPES: readonly string[] = [
  'application/json-patch+json',
  'application/merge-patch+json',
  'application/strategic-merge-patch+json',
  'application/apply-patch+yaml',
];

export const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** `rbac.authorization.k8s.io` → `rbacAuthorization`, `''` → `core`. */
export function groupWord(group: string): string {
  const parts = (group || 'core').replace(/\.k8s\.io$/, '').split('.');
  return parts.map((part, index) => (index === 0 ? part : capital(part))).join('');
}

/** The schema of a kind's bodies, by the names of `schemas/`. */
export function schemaNameOf({ group, version, kind }: ServedKind): string {
  return `${group || 'core'}/${version}/${kind}`;
}

/** `/api/v1` or `/apis/apps/v1` */
export function groupVersionPath({ group, version }: { group: string; version: string }): string {
  return group ? `/apis/${group}/${version}` : `/api/${version}`;
}

interface OperationRequest {
  readonly shape: VerbShape;
  readonly served: ServedKind;
  readonly kind: ServedKind;
  readonly id: string;
  readonly openApi: OpenApiVersion;
  readonly known: (schemaName: string) => boolean;
  readonly isCustom: boolean;
}

/** Custom kinds know no strategic merge. */
const patchTypesOf = (isCustom: boolean): readonly string[] =>
  isCustom ? PATCH_TYPES.filter((type) => !type.includes('strategic')) : PATCH_TYPES;

function bodyOf({ shape, kind, openApi }: OperationRequest): Json | undefined {
  if (shape.body === 'object') return referenceTo(schemaNameOf(kind), openApi);
  if (shape.body === 'deleteOptions') return referenceTo('meta/v1/DeleteOptions', openApi);
  return shape.body ? referenceTo('meta/v1/Patch', openApi) : undefined;
}

function answerOf({ shape, kind, openApi, known }: OperationRequest): Json {
  if (shape.answer === 'text') return { type: 'string' };
  if (shape.answer === 'event') return referenceTo('meta/v1/WatchEvent', openApi);
  const list = `${schemaNameOf(kind)}List`;
  const name = shape.answer === 'list' && known(list) ? list : schemaNameOf(kind);
  return referenceTo(shape.answer === 'status' ? 'meta/v1/Status' : name, openApi);
}

const contentOf = (types: readonly string[], schema: Json): Json =>
  Object.fromEntries(types.map((type) => [type, { schema }]));

/** The answers of an operation: by code, plus 401, which every operation may give. */
function responsesOf(request: OperationRequest): Json {
  const schema = answerOf(request);
  const { method } = request.shape;
  const codes =
    method === 'post' ? ['200', '201', '202'] : method === 'put' || method === 'patch' ? ['200', '201'] : ['200'];
  const words: Record<string, string> = { '200': 'OK', '201': 'Created', '202': 'Accepted' };
  const content = request.openApi === 'v2' ? { schema } : { content: contentOf(BODY_TYPES, schema) };
  const good = codes.map((code) => [code, { description: words[code], ...content }]);
  return Object.fromEntries([...good, ['401', { description: 'Unauthorized' }]]);
}

/** An empty list is left out, as upstream. */
const given = (parameters: readonly Json[]): Json => (parameters.length > 0 ? { parameters } : {});

function renderOperation(request: OperationRequest): Json {
  const { shape, served, kind, id, openApi } = request;
  const word = groupWord(served.group);
  const [first, second = ''] = shape.words;
  const body = bodyOf(request);
  const required = shape.body !== 'deleteOptions';
  const parameters = publishParameters(shape.parameters, openApi);
  const patchTypes = shape.body === 'patch' ? patchTypesOf(request.isCustom) : ['*/*'];
  const bodyParameter = body ? [{ name: 'body', in: 'body', ...(required ? { required } : {}), schema: body }] : [];
  return {
    tags: [`${word}_${served.version}`],
    description: `${shape.action} of ${kind.kind}`,
    operationId: `${first}${capital(word)}${capital(served.version)}${second}${id}`,
    ...(openApi === 'v2'
      ? {
          consumes: patchTypes,
          produces: BODY_TYPES,
          schemes: ['https'],
          ...given([...bodyParameter, ...parameters]),
        }
      : {
          ...given(parameters),
          ...(body ? { requestBody: { ...(required ? { required } : {}), content: contentOf(patchTypes, body) } } : {}),
        }),
    responses: responsesOf(request),
    'x-kubernetes-action': shape.action,
    'x-kubernetes-group-version-kind': { group: kind.group, version: kind.version, kind: kind.kind },
  };
}

interface PathContext {
  readonly openApi: OpenApiVersion;
  readonly known: (schemaName: string) => boolean;
  readonly paths: Json;
}

/** Adds a path with the operations of those verbs that have a shape. */
function addPath(
  context: PathContext,
  path: string,
  parameters: readonly ParameterName[],
  verbs: readonly (VerbShape | undefined)[],
  about: { served: ServedResource; kind: ServedKind; id: string },
): void {
  const operations = verbs
    .filter((shape) => shape !== undefined)
    .map((shape) => [
      shape.method,
      renderOperation({
        ...about,
        shape,
        openApi: context.openApi,
        known: context.known,
        isCustom: about.served.custom !== undefined,
      }),
    ]);
  if (operations.length === 0) return;
  const shared = publishParameters([...parameters, 'pretty'], context.openApi);
  context.paths[path] = { ...Object.fromEntries(operations), parameters: shared };
}

function addSubresources(
  context: PathContext,
  resource: ServedResource,
  objectPath: string,
  scope: readonly ParameterName[],
): void {
  const prefix = resource.namespaced ? 'Namespaced' : '';
  for (const subresource of resource.subresources) {
    const path = `${objectPath}/${subresource.name}`;
    const id = `${prefix}${resource.kind}${capital(subresource.name)}`;
    const about = { served: resource, kind: subresource, id };
    const connect = connectShapes(subresource.kind, subresource.verbs);
    const parameters = [...scope, 'name', ...parametersOf(subresource)] as const;
    const shapes = subresource.name === 'log' ? [READ_TEXT] : (connect ?? subresource.verbs.map(shapeOnObject));
    addPath(context, path, parameters, shapes, about);
    if (connect && subresource.name === 'proxy')
      addPath(context, `${path}/{path}`, [...parameters, 'path'], connect, { ...about, id: `${id}WithPath` });
  }
}

const shapeOnObject = (verb: string): VerbShape | undefined => (verb === 'create' ? CREATE : OBJECT_VERBS[verb]);

const parametersOf = ({ name, kind }: ServedSubresource): readonly ParameterName[] =>
  name === 'log' ? LOG_PARAMETERS : (CONNECT_PARAMETERS[kind] ?? []);

/** The paths of watches as they were before the parameter `watch`: clients made from this document call them. */
function addWatches(context: PathContext, resource: ServedResource, scope: readonly ParameterName[]): void {
  const { kind, namespaced, plural } = resource;
  const root = `${groupVersionPath(resource)}/watch`;
  const collection = `${root}${namespaced ? '/namespaces/{namespace}' : ''}/${plural}`;
  const id = `${namespaced ? 'Namespaced' : ''}${kind}`;
  const about = { served: resource, kind: resource };
  addPath(context, collection, scope, [WATCH_LIST], { ...about, id: `${id}List` });
  addPath(context, `${collection}/{name}`, [...scope, 'name'], [WATCH], { ...about, id });
  if (!namespaced) return;
  addPath(context, `${root}/${plural}`, [], [WATCH_LIST], { ...about, id: `${kind}ListForAllNamespaces` });
}

/** All paths of the resources given. `known` tells whether a schema of that name exists. */
export function publishPaths(
  resources: readonly ServedResource[],
  openApi: OpenApiVersion,
  known: (schemaName: string) => boolean,
): Json {
  const context: PathContext = { openApi, known, paths: {} };
  for (const resource of resources) {
    const root = groupVersionPath(resource);
    const scope: readonly ParameterName[] = resource.namespaced ? ['namespace'] : [];
    const collection = `${root}${resource.namespaced ? '/namespaces/{namespace}' : ''}/${resource.plural}`;
    const shapes = (table: Readonly<Record<string, VerbShape>>) => resource.verbs.map((verb) => table[verb]);
    const id = `${resource.namespaced ? 'Namespaced' : ''}${resource.kind}`;
    const about = { served: resource, kind: resource, id };
    addPath(context, collection, scope, shapes(COLLECTION_VERBS), about);
    addPath(context, `${collection}/{name}`, [...scope, 'name'], shapes(OBJECT_VERBS), about);
    addSubresources(context, resource, `${collection}/{name}`, scope);
    if (!resource.custom && resource.verbs.includes('watch')) addWatches(context, resource, scope);
    if (resource.namespaced && resource.verbs.includes('list'))
      addPath(context, `${root}/${resource.plural}`, [], [COLLECTION_VERBS['list']], {
        ...about,
        id: `${resource.kind}ForAllNamespaces`,
      });
  }
  return context.paths;
}
