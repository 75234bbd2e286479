/**
 * The HTTPS side of the control plane: routes, documents, health and metrics around the kernel.
 */

import { type BodyDecoder, createBodyDecoder } from '../api/http/decode-body.ts';
import { createDiscovery } from '../api/http/discovery.ts';
import { dumpFairness } from '../api/http/fairness/dump.ts';
import { createHealth, type HealthCheck } from '../api/http/health.ts';
import { createMetrics, type MetricsState } from '../api/http/metrics.ts';
import { isTrue, type ResourceRequest } from '../api/http/request-info.ts';
import { handleResource, methodNotAllowed, pageNotFound, type ResourceCall } from '../api/http/resource-handler.ts';
import { GIT_PATH, type Routes, route, WEBHOOK_PATH } from '../api/http/router.ts';
import { type ApiServer, type Call, startApiServer, type UpgradeCall } from '../api/http/server.ts';
import { createStreams } from '../api/http/streams.ts';
import { subresourcesOf } from '../api/rest/subresources.ts';
import { admitConnection } from '../api/stream/admit-connection.ts';
import { answerExec } from '../api/stream/exec.ts';
import { answerLogs } from '../api/stream/logs.ts';
import { type NodeServices, refusePlainRequest } from '../api/stream/pod-target.ts';
import { answerPortForward } from '../api/stream/port-forward.ts';
import { answerProxy, answerProxyUpgrade, isProxied } from '../api/stream/proxy.ts';
import { answerLogSocket, answerWatchSocket } from '../api/stream/stream-socket.ts';
import type { Pki } from '../auth/pki.ts';
import { ISSUER } from '../auth/service-account-token.ts';
import type { Logger } from '../base/log.ts';
import { registryPrefix } from '../base/registry-key.ts';
import { badRequest } from '../base/status.ts';
import { createProtobufCodec, type ProtobufEncoder } from '../schema/protobuf.ts';
import type { ManifestReader } from '../yaml/pool.ts';
import type { Audit } from './audit.ts';
import { type EndpointContext, findEndpoint } from './endpoints.ts';
import { startFairness } from './fairness.ts';
import type { Kernel } from './kernel.ts';
import { createOpenApiDocuments } from './openapi.ts';
import { registerTokenMetrics } from './token-metrics.ts';
import { readOwnPackage, versionInfo } from './version.ts';
import { readYamlBody } from './yaml-body.ts';

export interface ServerOptions {
  kernel: Kernel;
  pki: Pki;
  host: string;
  /** Where clients are told to reach it; without it where it listens. */
  advertised?: string;
  port: number;
  log: Logger;
  nodes: NodeServices;
  /** Undefined while git is not open yet. */
  git(call: Call): Promise<void>;
  webhook(call: Call): Promise<void>;
  endpoints: EndpointContext;
  audit?: Audit;
  checks: readonly HealthCheck[];
  manifests: ManifestReader;
}

export async function startServer(options: ServerOptions): Promise<ApiServer> {
  const { kernel, pki, host, port, log, nodes } = options;
  const { context, store } = kernel;
  const codec = createProtobufCodec(context.schemas);
  const bodies = createBodyDecoder(
    {
      decodeYaml: (text) => readYamlBody(options.manifests, text),
      decodeProtobuf: (bytes) => codec.decode(bytes),
    },
    context.turns,
  );
  const decoder = options.audit?.decoder(bodies) ?? bodies;
  const version = versionInfo(readOwnPackage().version);
  const metrics = createMetrics(metricsState(kernel, version['gitVersion'] ?? ''));
  registerTokenMetrics(metrics.registry, kernel.tokens.uses);
  const fairness = startFairness(store, context.clock, metrics);
  const routes: Routes = {
    discovery: createDiscovery(context.registry),
    now: () => context.clock.now(),
    openApi: createOpenApiDocuments(context.schemas, context.registry, version['gitVersion'] ?? ''),
    health: createHealth(options.checks, log),
    version,
    protobuf: codec,
    serverAddress: () => `${options.advertised ?? host}:${server.port}`,
    metrics: () => metrics.render(),
    dumpFairness: ({ path, query }) =>
      dumpFairness(path, fairness.levels(), {
        nowMs: context.clock.monotonic(),
        details: isTrue(query.get('includeRequestDetails')),
      }),
    jwks: () => kernel.tokens.jwks(),
    issuer: ISSUER,
    git: options.git,
    webhook: options.webhook,
    resource: (call) => answerResource(call),
  };
  const answerResource = createResourceAnswer(options, decoder, codec);
  const server: ApiServer = await startApiServer({
    host,
    port,
    tls: { server: pki.server, clientAuthority: pki.caCertificate },
    ...(options.audit ? { audit: options.audit.auditor } : {}),
    authenticator: kernel.authenticator,
    authorizer: context.authorizer,
    fairness,
    streams: createStreams(),
    protobuf: codec,
    log,
    route: (call) => {
      const endpoint = findEndpoint(call.info.path, call.request.method ?? 'GET');
      return endpoint ? endpoint.answer(call, options.endpoints) : route(call, routes);
    },
    upgrade: (call) => answerUpgrade(call, kernel, nodes, codec),
    authorizesItself: (path) => path.startsWith(GIT_PATH) || path === WEBHOOK_PATH,
    beginRequest: metrics.beginRequest,
  });
  return server;
}

/** Requests for resources: what is carried to a node, and the verbs. */
function createResourceAnswer(
  { kernel: { context, store }, nodes }: ServerOptions,
  decoder: BodyDecoder,
  protobuf: ProtobufEncoder,
): Routes['resource'] {
  const answerProxied = async (call: ResourceCall) => {
    if (!PROXIED_METHODS.has(call.info.method)) throw methodNotAllowed();
    await admitConnection(context, call.info.resource, call.info.query, call.user);
    return answerProxy(call, { store, nodes, random: context.random });
  };
  return ({ info, request, response, user }) => {
    const { resource } = info;
    if (!resource) throw pageNotFound();
    const call = { context, decoder, protobuf, info: info as ResourceCall['info'], request, response, user };
    if (info.method === 'HEAD' && (needsUpgrade(resource) || isLogs(resource))) throw methodNotAllowed();
    if (needsUpgrade(resource)) return refusePlainRequest(store, nodes, resource, info.query);
    if (isProxied(resource)) return answerProxied(call);
    return isLogs(resource) ? answerLogs(call, store, nodes) : handleResource(call);
  };
}

/** Only what is built in becomes a label, not what somebody asks for or defines. */
function metricsState({ store, context }: Kernel, gitVersion: string): MetricsState {
  const builtIn = context.registry.kinds.filter(({ stored }) => stored);
  const places = new Set(
    context.registry.kinds.flatMap((kind) =>
      ['', ...subresourcesOf(kind).map(({ name }) => name)].map((subresource) =>
        placeOf(kind.resource.group, kind.resource.plural, subresource),
      ),
    ),
  );
  return {
    gitVersion,
    startedAt: Math.floor((context.clock.now() - performance.now()) / 1000),
    revision: () => store.revision,
    objects: () =>
      builtIn.map(({ resource }) => {
        const name = resource.group ? `${resource.plural}.${resource.group}` : resource.plural;
        return [name, store.count(registryPrefix(resource, undefined))] as const;
      }),
    isServed: (group, plural, subresource) => places.has(placeOf(group, plural, subresource)),
  };
}

const placeOf = (...names: string[]): string => names.join('/');

const isLogs = ({ group, plural, subresource, verb }: ResourceRequest): boolean =>
  group === '' && plural === 'pods' && subresource === 'log' && verb === 'get';

/** What upstream has routes for; TRACE and the like it has not. */
const PROXIED_METHODS = new Set(['GET', 'HEAD', 'OPTIONS', 'POST', 'PUT', 'PATCH', 'DELETE']);

const UPGRADED = new Set(['exec', 'attach', 'portforward']);

const needsUpgrade = ({ group, plural, subresource, verb }: ResourceRequest): boolean =>
  group === '' && plural === 'pods' && UPGRADED.has(subresource) && (verb === 'get' || verb === 'create');

const EXEC = new Set(['exec', 'attach']);

const isConnection = (resource: ResourceRequest): boolean =>
  isProxied(resource) || (resource.group === '' && resource.plural === 'pods' && UPGRADED.has(resource.subresource));

async function answerUpgrade(
  call: UpgradeCall,
  { store, context }: Kernel,
  nodes: NodeServices,
  protobuf: ProtobufEncoder,
): Promise<void> {
  const { resource } = call.info;
  if (resource && isConnection(resource)) await admitConnection(context, resource, call.info.query, call.user);
  if (resource?.group === '' && resource.plural === 'pods' && EXEC.has(resource.subresource)) {
    return answerExec({ ...call, resource }, store, nodes);
  }
  if (resource?.group === '' && resource.plural === 'pods' && resource.subresource === 'portforward') {
    return answerPortForward({ ...call, resource }, store, nodes);
  }
  if (resource && isLogs(resource)) {
    return answerLogSocket({ ...call, info: { ...call.info, resource } }, store, nodes);
  }
  if (resource?.verb === 'watch')
    return answerWatchSocket({ ...call, protobuf, info: { ...call.info, resource } }, context);
  if (resource && isProxied(resource))
    return answerProxyUpgrade({ ...call, resource }, { store, nodes, random: context.random });
  throw badRequest(
    `nothing at ${call.info.path} takes an upgrade: expected a watch, or exec, attach, portforward or log of a pod`,
  );
}
