/**
 * Where each path goes. A table, so that "what is served here" can be read in one place.
 */

import type { ServerResponse } from 'node:http';
import type { Discovery } from './discovery.ts';
import type { Health } from './health.ts';
import { negotiate, parseAccept } from './negotiate.ts';
import { answerOpenApiV2, answerOpenApiV3, type OpenApiDocuments } from './openapi-answer.ts';
import { pageNotFound, type ResourceCall, requireGet } from './resource-handler.ts';
import { sendBytes, sendPageNotFound, sendValue } from './respond.ts';
import type { Call } from './server.ts';

export interface Routes {
  discovery: Discovery;
  openApi: OpenApiDocuments;
  health: Health;
  version: object;
  /** `host:port` that clients reach this server at. */
  serverAddress: string;
  metrics(): Promise<{ contentType: string; text: string }>;
  jwks(): object;
  issuer: string;
  /** Requests for resources, subresource streams included. */
  resource(call: Call): Promise<void>;
  git(call: Call): Promise<void>;
  /** What forges call when somebody pushed. */
  webhook(call: Call): Promise<void>;
}

export const GIT_PATH = '/git/';
export const WEBHOOK_PATH = '/hooks/git';

type Handler = (call: Call, routes: Routes) => Promise<void> | void;

const EXACT: Record<string, Handler> = {
  '/api': (call, routes) => discoveryRoot(call, routes, true),
  '/apis': (call, routes) => discoveryRoot(call, routes, false),
  '/version': (call, { version }) => get(call, version),
  '/openapi/v2': (call, { openApi }) => answerOpenApiV2(call, openApi),
  '/openapi/v3': (call, { openApi }) => get(call, openApi.index()),
  '/metrics': async (call, routes) => {
    const { contentType, text } = await routes.metrics();
    raw(call, contentType, text);
  },
  '/openid/v1/jwks': (call, { jwks }) => raw(call, 'application/jwk-set+json', JSON.stringify(jwks())),
  '/.well-known/openid-configuration': (call, { issuer }) =>
    get(call, {
      issuer,
      jwks_uri: `${issuer}/openid/v1/jwks`,
      response_types_supported: ['id_token'],
      subject_types_supported: ['public'],
      id_token_signing_alg_values_supported: ['ES256'],
    }),
  '/': (call, routes) => get(call, { paths: servedPaths(routes) }),
};

/** Answers every request that has been let in. Throws StatusError. */
export async function route(call: Call, routes: Routes): Promise<void> {
  const { path, resource } = call.info;
  if (path.startsWith(GIT_PATH)) return routes.git(call);
  if (path === WEBHOOK_PATH) return routes.webhook(call);
  if (/^\/(livez|readyz|healthz)(\/|$)/.test(path)) return routes.health.answer(call);
  if (path.startsWith('/openapi/v3/')) return answerOpenApiV3(call, routes.openApi);
  const exact = EXACT[path] ?? (path.length > 1 && path.endsWith('/') ? EXACT[path.slice(0, -1)] : undefined);
  if (exact) return exact(call, routes);
  if (resource && knownGroupVersion(routes, resource.group, resource.version)) return routes.resource(call);
  return discoveryDocument(call, routes);
}

function knownGroupVersion({ discovery }: Routes, group: string, version: string): boolean {
  return discovery.resources(group, version) !== undefined;
}

function get(call: Call, value: object): void {
  requireGet(call);
  sendValue(call.response, 200, negotiate(call.request.headers.accept, false), value);
}

function raw(call: Call, contentType: string, body: Uint8Array | string): void {
  requireGet(call);
  sendBytes(call.response, 200, contentType, body);
}

/** kubectl asks for the aggregated form first and takes the plain one from servers that do not know it. */
function discoveryRoot(call: Call, { discovery, serverAddress }: Routes, core: boolean): void {
  requireGet(call);
  const version = aggregatedVersion(call.request.headers.accept ?? '');
  if (version) return sendAggregated(call.response, discovery.aggregated(core, version), version);
  get(call, core ? discovery.core(serverAddress) : discovery.groups());
}

function aggregatedVersion(accept: string): string | undefined {
  for (const { type, parameters } of parseAccept(accept)) {
    if (type !== 'application/json') continue;
    if (parameters['as'] === undefined) return undefined;
    const { as, g, v = '' } = parameters;
    if (as === 'APIGroupDiscoveryList' && g === 'apidiscovery.k8s.io' && (v === 'v2' || v === 'v2beta1')) return v;
  }
  return undefined;
}

function sendAggregated(response: ServerResponse, document: object, version: string): void {
  response.setHeader('Vary', 'Accept');
  sendBytes(
    response,
    200,
    `application/json;g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList`,
    JSON.stringify(document),
  );
}

function discoveryDocument(call: Call, routes: Routes): void {
  const { discovery } = routes;
  const [root, first = '', second, ...more] = call.info.path
    .split('/')
    .slice(1)
    .filter((part, index, all) => part !== '' || index < all.length - 1);
  if (root === 'api' && second === undefined) {
    const document = discovery.resources('', first);
    if (document) return get(call, document);
    throw pageNotFound();
  }
  if (root === 'api') throw pageNotFound();
  if (root === 'apis' && more.length === 0) {
    const document = second === undefined ? discovery.group(first) : discovery.resources(first, second);
    if (document) return get(call, document);
  }
  if (root === 'apis') return sendPageNotFound(call.response);
  sendBytes(call.response, 404, 'application/json', JSON.stringify({ paths: servedPaths(routes) }));
}

function servedPaths({ discovery }: Routes): string[] {
  const { groups } = discovery.groups() as { groups: { name: string; versions: { groupVersion: string }[] }[] };
  const apis = groups.flatMap(({ name, versions }) => [
    `/apis/${name}`,
    ...versions.map(({ groupVersion }) => `/apis/${groupVersion}`),
  ]);
  return [
    '/api',
    '/api/v1',
    '/apis',
    ...apis,
    '/healthz',
    '/livez',
    '/metrics',
    '/openapi/v2',
    '/openapi/v3',
    '/readyz',
    '/version',
  ].sort();
}

export type { ResourceCall };
