/**
 * Where each path goes. A table, so that "what is served here" can be read in one place.
 */

import { createHash } from 'node:crypto';
import type { ProtobufEncoder } from '../../schema/protobuf.ts';
import type { Discovery } from './discovery.ts';
import type { Health } from './health.ts';
import { checkRouted, negotiate, parseAccept, wantsPretty } from './negotiate.ts';
import { answerOpenApiV2, answerOpenApiV3, type OpenApiDocuments } from './openapi-answer.ts';
import type { RequestInfo } from './request-info.ts';
import { pageNotFound, type ResourceCall, removedNotFound, requireGet } from './resource-handler.ts';
import { sendBytes, sendPageNotFound, sendValue } from './respond.ts';
import type { Call } from './server.ts';
import { sendTagged } from './tagged.ts';

export interface Routes {
  discovery: Discovery;
  openApi: OpenApiDocuments;
  health: Health;
  version: object;
  protobuf: ProtobufEncoder;
  /** The time, in milliseconds. */
  now(): number;
  /** `host:port` that clients reach this server at. */
  serverAddress(): string;
  metrics(): Promise<{ contentType: string; text: string }>;
  /** What priority and fairness has in hand; undefined where nothing is told. */
  dumpFairness(info: RequestInfo): string | undefined;
  jwks(): object;
  issuer: string;
  /** Requests for resources, subresource streams included. */
  resource(call: Call): Promise<void> | void;
  git(call: Call): Promise<void>;
  /** What forges call when somebody pushed. */
  webhook(call: Call): Promise<void>;
}

export const GIT_PATH = '/git/';
export const WEBHOOK_PATH = '/hooks/git';

type Handler = (call: Call, routes: Routes) => Promise<void> | void;

const index: Handler = (call, routes) => laidOut(call, { paths: servedPaths(routes) });

/** Of these upstream's router answers a GET alone, with a slash behind it or without; the others answer whatever the method. */
const ROUTED: ReadonlySet<string> = new Set([
  '/api',
  '/version',
  '/openid/v1/jwks',
  '/.well-known/openid-configuration',
]);

const EXACT: Record<string, Handler> = {
  '/api': (call, routes) => discoveryRoot(call, routes, true),
  '/apis': (call, routes) => discoveryRoot(call, routes, false),
  '/version': (call, { version }) => {
    checkRouted(call.request.headers.accept || '*/*', ['application/json']);
    laidOut(call, version);
  },
  '/openapi/v2': (call, { openApi }) => answerOpenApiV2(call, openApi),
  '/openapi/v3': (call, { openApi }) => json(call, openApi.index()),
  '/metrics': async (call, routes) => {
    // A DELETE would set the numbers to zero upstream.
    if (call.info.method === 'DELETE') requireGet(call);
    const { contentType, text } = await routes.metrics();
    raw(call, contentType, text);
  },
  '/openid/v1/jwks': (call, { jwks }) => issuerDocument(call, 'application/jwk-set+json', jwks()),
  '/.well-known/openid-configuration': (call, { issuer }) =>
    issuerDocument(call, 'application/json', {
      issuer,
      jwks_uri: `${issuer}/openid/v1/jwks`,
      response_types_supported: ['id_token'],
      subject_types_supported: ['public'],
      id_token_signing_alg_values_supported: ['ES256'],
    }),
  '/': index,
  '/index.html': index,
};

/** Of the issuer of accounts' tokens: others may keep it for an hour. Throws 406. */
function issuerDocument(call: Call, contentType: string, document: object): void {
  checkRouted(call.request.headers.accept || '*/*', [contentType]);
  call.response.setHeader('Cache-Control', 'public, max-age=3600');
  raw(call, contentType, JSON.stringify(document));
}

/** Answers every request that has been let in. Throws StatusError. */
export function route(call: Call, routes: Routes): Promise<void> | void {
  const { path, resource } = call.info;
  // Most requests; no other path below begins as theirs do.
  if (resource && knownGroupVersion(routes, resource.group, resource.version)) return routes.resource(call);
  if (path.startsWith(GIT_PATH)) return routes.git(call);
  if (path === WEBHOOK_PATH) return routes.webhook(call);
  if (/^\/(livez|readyz|healthz)(\/|$)/.test(path)) return routes.health.answer(call);
  if (path.startsWith('/debug/')) return debugDocument(call, routes);
  if (path.startsWith('/openapi/v3/')) return answerOpenApiV3(call, routes.openApi, routes.now());
  const place = withoutSlash(path);
  if (ROUTED.has(place)) requireGet(call);
  const exact = EXACT[place];
  if (exact) return exact(call, routes);
  return discoveryDocument(call, routes);
}

function withoutSlash(path: string): string {
  const bare = path.endsWith('/') ? path.slice(0, -1) : path;
  return ROUTED.has(bare) || bare === '/apis' ? bare : path;
}

function knownGroupVersion({ discovery }: Routes, group: string, version: string): boolean {
  return discovery.resources(group, version) !== undefined;
}

/** A document of discovery, in the form that the client accepts. */
function get(call: Call, { protobuf }: Routes, value: object, isRouted: boolean): void {
  const { headers } = call.request;
  const form = negotiate(headers.accept, wantsPretty(call.info.query, headers['user-agent']), {
    ...{ protobuf, isRouted },
    isAsIs: true,
  });
  sendValue(call.response, 200, form, value);
}

/** What upstream writes as JSON for everybody. */
function json(call: Call, value: object): void {
  raw(call, 'application/json', `${JSON.stringify(value)}\n`);
}

/** What upstream writes laid out for everybody. */
function laidOut(call: Call, value: object): void {
  raw(call, 'application/json', JSON.stringify(value, null, 2));
}

function raw(call: Call, contentType: string, body: Uint8Array | string): void {
  sendBytes(call.response, 200, contentType, body);
}

function debugDocument(call: Call, { dumpFairness }: Routes): void {
  const text = dumpFairness(call.info);
  if (text === undefined) return sendPageNotFound(call.response);
  raw(call, 'text/plain; charset=utf-8', text);
}

/** kubectl asks for the aggregated form first and takes the plain one from servers that do not know it. */
function discoveryRoot(call: Call, routes: Routes, core: boolean): void {
  const { discovery, serverAddress } = routes;
  const version = aggregatedVersion(call.request.headers.accept ?? '');
  if (version) return sendAggregated(call, discovery.aggregated(core, version), version);
  get(call, routes, core ? discovery.core(serverAddress()) : discovery.groups(), core);
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

/** Clients keep it and ask whether it has changed. */
function sendAggregated(call: Call, document: object, version: string): void {
  const body = JSON.stringify(document);
  const hash = createHash('sha512').update(body).digest('hex').toUpperCase();
  call.response.setHeader('Cache-Control', 'public');
  sendTagged(call, `application/json;g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList`, { body, hash });
}

function discoveryDocument(call: Call, routes: Routes): void {
  const { discovery } = routes;
  const [root, first = '', second, ...more] = call.info.path
    .split('/')
    .slice(1)
    .filter((part, index, all) => part !== '' || index < all.length - 1);
  if (root === 'api' && second === undefined) {
    const document = discovery.resources('', first);
    if (!document) throw pageNotFound();
    requireGet(call);
    return get(call, routes, document, true);
  }
  if (root === 'api') throw pageNotFound();
  const isRouted = discovery.isBuiltIn(first);
  if (root === 'apis' && more.length === 0) {
    const document = second === undefined ? discovery.group(first) : discovery.resources(first, second);
    // The group's own document comes from before the router.
    const isOwnRoute = isRouted && second !== undefined;
    if (document && isOwnRoute) requireGet(call);
    if (document) return get(call, routes, document, isOwnRoute);
    // Of a built-in group, an unknown version is missed by its own routes.
    if (second !== undefined && isRouted) throw removedNotFound({ group: first, version: second }) ?? pageNotFound();
  }
  const removed = call.info.resource && removedNotFound(call.info.resource);
  if (removed) throw removed;
  sendPageNotFound(call.response);
}

/** As upstream's index names them: what can be asked for without naming a resource. */
function servedPaths({ discovery, health }: Routes): string[] {
  const { groups } = discovery.groups() as { groups: { name: string; versions: { groupVersion: string }[] }[] };
  const apis = groups.flatMap(({ name, versions }) => [
    `/apis/${name}`,
    ...versions.map(({ groupVersion }) => `/apis/${groupVersion}`),
  ]);
  return [
    '/.well-known/openid-configuration',
    ...['/api', '/api/v1', '/apis', '/apis/', ...apis],
    ...health.paths,
    '/metrics',
    ...['/openapi/v2', '/openapi/v3', '/openapi/v3/'],
    '/openid/v1/jwks',
    '/version',
  ].sort();
}

export type { ResourceCall };
