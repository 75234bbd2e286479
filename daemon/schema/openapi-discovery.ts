/**
 * The OpenAPI paths of what is no resource: the documents of discovery, the version, and who signs service accounts' tokens. Each stands in a
 * document of its own (`apis/apps`), but for the lists of resources, which stand with their group and version. Upstream's operation ids: clients
 * are made from them. Pure.
 */

import { capital, groupVersionPath, groupWord, type ServedResource } from './openapi-paths.ts';
import { type OpenApiVersion, referenceTo } from './openapi-schema.ts';

type Json = Record<string, unknown>;

interface Route {
  /** `apis/apps` */
  readonly document: string;
  /** `/apis/apps/` */
  readonly path: string;
  readonly tag: string;
  readonly id: string;
  readonly description: string;
  /** What it answers; a text without. */
  readonly schemaName?: string;
  readonly answers: readonly string[];
}

const API_TYPES: readonly string[] = ['application/json', 'application/yaml', 'application/vnd.kubernetes.protobuf'];

const VERSION: Route = {
  document: 'version',
  path: '/version/',
  tag: 'version',
  id: 'getCodeVersion',
  description: 'which release this server is',
  schemaName: 'meta/v1/VersionInfo',
  answers: ['application/json'],
};
const OPENID_CONFIGURATION: Route = {
  document: '.well-known/openid-configuration',
  path: '/.well-known/openid-configuration/',
  tag: 'WellKnown',
  id: 'getServiceAccountIssuerOpenIDConfiguration',
  description: 'the OpenID configuration of the issuer of service accounts’ tokens',
  answers: ['application/json'],
};
const OPENID_KEYS: Route = {
  document: 'openid/v1/jwks',
  path: '/openid/v1/jwks/',
  tag: 'openid',
  id: 'getServiceAccountIssuerOpenIDKeyset',
  description: 'the public keys that service accounts’ tokens are verified with',
  answers: ['application/jwk-set+json'],
};
const GROUPS: Route = {
  document: 'apis',
  path: '/apis/',
  tag: 'apis',
  id: 'getAPIVersions',
  description: 'the groups of the API',
  schemaName: 'meta/v1/APIGroupList',
  answers: API_TYPES,
};

const groupRoute = (group: string): Route => ({
  document: group ? `apis/${group}` : 'api',
  path: group ? `/apis/${group}/` : '/api/',
  tag: groupWord(group),
  id: group ? `get${capital(groupWord(group))}APIGroup` : 'getCoreAPIVersions',
  description: group ? 'the versions of a group' : 'the versions of the core group',
  schemaName: group ? 'meta/v1/APIGroup' : 'meta/v1/APIVersions',
  answers: API_TYPES,
});

function resourcesRoute({ group, version }: ServedResource): Route {
  const path = groupVersionPath({ group, version });
  return {
    document: path.slice(1),
    path: `${path}/`,
    tag: `${groupWord(group)}_${version}`,
    id: `get${capital(groupWord(group))}${capital(version)}APIResources`,
    description: 'the resources of a version',
    schemaName: 'meta/v1/APIResourceList',
    answers: API_TYPES,
  };
}

function renderRoute({ tag, id, description, schemaName, answers }: Route, openApi: OpenApiVersion): Json {
  const schema = schemaName ? referenceTo(schemaName, openApi) : { type: 'string' };
  const content =
    openApi === 'v2' ? { schema } : { content: Object.fromEntries(answers.map((type) => [type, { schema }])) };
  const operation = {
    tags: [tag],
    description,
    operationId: id,
    responses: { '200': { description: 'OK', ...content }, '401': { description: 'Unauthorized' } },
  };
  if (openApi === 'v3') return { get: operation };
  return { get: { ...operation, ...(schemaName ? { consumes: answers } : {}), produces: answers, schemes: ['https'] } };
}

/** What one document has of them: its paths, and the schemas that these name. */
export interface DiscoveryPart {
  readonly paths: Json;
  readonly schemaNames: readonly string[];
}

/** By document (`api`, `apis/apps/v1`). Groups that custom kinds alone are in have none, as upstream. */
export function publishDiscovery(
  resources: readonly ServedResource[],
  openApi: OpenApiVersion,
): Map<string, DiscoveryPart> {
  const own = resources.filter(({ custom }) => !custom);
  const routes = [
    ...[VERSION, OPENID_CONFIGURATION, OPENID_KEYS, GROUPS],
    ...own.map(({ group }) => groupRoute(group)),
    ...own.map(resourcesRoute),
  ];
  return new Map(
    routes.map((route) => [
      route.document,
      {
        paths: { [route.path]: renderRoute(route, openApi) },
        schemaNames: route.schemaName ? [route.schemaName] : [],
      },
    ]),
  );
}
