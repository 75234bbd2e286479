/**
 * The HTTPS side of the control plane: routes, documents, health and metrics around the kernel.
 */

import { createBodyDecoder } from '../api/http/decode-body.ts';
import { createDiscovery } from '../api/http/discovery.ts';
import { createHealth, type HealthCheck } from '../api/http/health.ts';
import { createInFlight } from '../api/http/in-flight.ts';
import { createMetrics } from '../api/http/metrics.ts';
import { handleResource, pageNotFound } from '../api/http/resource-handler.ts';
import { GIT_PATH, type Routes, route, WEBHOOK_PATH } from '../api/http/router.ts';
import { type ApiServer, type Call, startApiServer, type UpgradeCall } from '../api/http/server.ts';
import { createTurns } from '../api/http/turns.ts';
import { answerExec } from '../api/stream/exec.ts';
import { answerLogs } from '../api/stream/logs.ts';
import type { NodeServices } from '../api/stream/pod-target.ts';
import { answerPortForward } from '../api/stream/port-forward.ts';
import { answerProxy, answerProxyUpgrade, isProxied } from '../api/stream/proxy.ts';
import type { Pki } from '../auth/pki.ts';
import { ISSUER } from '../auth/service-account-token.ts';
import type { Logger } from '../base/log.ts';
import { badRequest } from '../base/status.ts';
import { createProtobufCodec } from '../schema/protobuf.ts';
import type { ManifestReader } from '../yaml/pool.ts';
import { type EndpointContext, findEndpoint } from './endpoints.ts';
import type { Kernel } from './kernel.ts';
import { createOpenApiDocuments } from './openapi.ts';
import { readOwnPackage, versionInfo } from './version.ts';
import { readYamlBody } from './yaml-body.ts';

export interface ServerOptions {
  kernel: Kernel;
  pki: Pki;
  host: string;
  port: number;
  log: Logger;
  nodes: NodeServices;
  /** Undefined while git is not open yet. */
  git(call: Call): Promise<void>;
  webhook(call: Call): Promise<void>;
  endpoints: EndpointContext;
  checks: readonly HealthCheck[];
  manifests: ManifestReader;
}

export async function startServer(options: ServerOptions): Promise<ApiServer> {
  const { kernel, pki, host, port, log, nodes } = options;
  const { context, store } = kernel;
  const codec = createProtobufCodec(context.schemas);
  const decoder = createBodyDecoder({
    decodeYaml: (text) => readYamlBody(options.manifests, text),
    decodeProtobuf: (bytes) => codec.decode(bytes),
  });
  const metrics = createMetrics({ revision: () => store.revision, objects: () => store.count('/registry/') });
  const plurals = new Set(context.registry.kinds.map(({ resource }) => resource.plural));
  const version = versionInfo(readOwnPackage().version);
  const routes: Routes = {
    discovery: createDiscovery(context.registry),
    openApi: createOpenApiDocuments(context.schemas, context.registry, version['gitVersion'] ?? ''),
    health: createHealth(options.checks),
    version,
    serverAddress: `${host}:${port}`,
    metrics: () => metrics.render(),
    jwks: () => kernel.tokens.jwks(),
    issuer: ISSUER,
    git: options.git,
    webhook: options.webhook,
    resource: (call) => answerResource(call),
  };
  const answerResource = async ({ info, request, response, user }: Call) => {
    const { resource } = info;
    if (!resource) throw pageNotFound();
    const call = { context, decoder, info: { ...info, resource }, request, response, user };
    if (isProxied(resource)) return answerProxy(call, { store, nodes, random: context.random });
    const isLog =
      resource.group === '' && resource.plural === 'pods' && resource.subresource === 'log' && resource.verb === 'get';
    return isLog ? answerLogs(call, store, nodes) : handleResource(call);
  };
  return startApiServer({
    host,
    port,
    tls: { server: pki.server, clientAuthority: pki.caCertificate },
    authenticator: kernel.authenticator,
    authorizer: context.authorizer,
    inFlight: createInFlight(),
    inTurn: createTurns(context.clock),
    log,
    route: async (call) => {
      const endpoint = findEndpoint(call.info.path, call.request.method ?? 'GET');
      return endpoint ? endpoint.answer(call, options.endpoints) : route(call, routes);
    },
    upgrade: (call) => answerUpgrade(call, kernel, nodes),
    authorizesItself: (path) => path.startsWith(GIT_PATH) || path === WEBHOOK_PATH,
    // Labels are kept for ever: only what is served becomes one, not what somebody asks for.
    observe: (request) =>
      metrics.observeRequest(plurals.has(request.resource) ? request : { ...request, resource: '' }),
  });
}

const EXEC = new Set(['exec', 'attach']);

async function answerUpgrade(call: UpgradeCall, { store, context }: Kernel, nodes: NodeServices): Promise<void> {
  const { resource } = call.info;
  if (resource?.group === '' && resource.plural === 'pods' && EXEC.has(resource.subresource)) {
    return answerExec({ ...call, resource }, store, nodes);
  }
  if (resource?.group === '' && resource.plural === 'pods' && resource.subresource === 'portforward') {
    return answerPortForward({ ...call, resource }, store, nodes);
  }
  if (resource && isProxied(resource))
    return answerProxyUpgrade({ ...call, resource }, { store, nodes, random: context.random });
  throw badRequest(`nothing at ${call.info.path} takes an upgrade: expected exec, attach or portforward of a pod`);
}
