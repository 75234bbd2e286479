/**
 * The control plane as a whole, in the order in which its parts need each other: keys, kernel, server, first objects, git, loops.
 */

import { networkInterfaces } from 'node:os';
import type { ApiServer } from '../api/http/server.ts';
import { startEventExpiry } from '../api/rest/event-expiry.ts';
import type { NodeServices } from '../api/stream/pod-target.ts';
import { openPki, type Pki } from '../auth/pki.ts';
import { formatTime, systemClock } from '../base/clock.ts';
import { formatIpv4, parseIpv4Range } from '../base/ipv4.ts';
import type { OutputLogger } from '../base/log.ts';
import { API_SERVER } from '../controllers/accounts.ts';
import { formatProblem } from '../git/problem.ts';
import type { RemoteStatus } from '../git/remote/follower.ts';
import type { GitService } from '../git/service.ts';
import { describeStatus } from '../git/status/commit-status.ts';
import { createSimulations } from '../plan/run-simulation.ts';
import { createManifestReader } from '../yaml/pool.ts';
import { readAdmissionConfiguration } from './admission-configuration/read.ts';
import { type Audit, openAudit } from './audit.ts';
import { bootstrap } from './bootstrap.ts';
import { type EndpointContext, requireGit } from './endpoints.ts';
import { openGit } from './git.ts';
import { createHealthChecks } from './health-checks.ts';
import { type Kernel, openKernel } from './kernel.ts';
import { writeKubeconfig } from './kubeconfig.ts';
import { type Loops, startLoops } from './loops.ts';
import type { UpOptions } from './options.ts';
import { pathsOf } from './paths.ts';
import { openStore } from './rebuild.ts';
import { startServer } from './server.ts';
import type { StatusDocument } from './status-document.ts';
import { readOwnPackage } from './version.ts';

export interface ControlPlane {
  readonly kernel: Kernel;
  readonly pki: Pki;
  readonly port: number;
  /** Where pods reach the API, and what the node calls itself. */
  readonly hostIp: string;
  /** Resolves when nothing is left to do that was put off until after the start. */
  readonly warmed: Promise<void>;
  /** Opens the repository; resolves when the branch's tip is in force. Once, and after there is a node: what it asks for can then run. */
  follow(): Promise<GitService>;
  stop(): Promise<void>;
}

/** The first address of the service network: `kubernetes.default`. */
function firstServiceIp(serviceCidr: string): string {
  return formatIpv4(parseIpv4Range(serviceCidr)!.base + 1);
}

/** The first IPv4 address that is not the loopback's; `fallback` on a host without one. */
function findHostIp(fallback: string): string {
  const addresses = Object.entries(networkInterfaces())
    .filter(([name]) => !/^(reflet|cni|podman|docker|veth)/.test(name))
    .flatMap(([, list]) => list ?? []);
  return addresses.find(({ family, internal }) => family === 'IPv4' && !internal)?.address ?? fallback;
}

function statusOf(kernel: Kernel, git: GitService | undefined): StatusDocument {
  const status = git?.status();
  return {
    version: readOwnPackage().version,
    repository: status?.repository ?? '',
    ref: status?.ref ?? '',
    ...(status?.commit ? { commit: status.commit } : {}),
    objects: status?.objects ?? 0,
    ...rolloutOf(git),
    ...(status?.degraded ? { degraded: status.degraded } : {}),
    ...(status?.refused
      ? { refused: { commit: status.refused.commit, problems: status.refused.problems.map(formatProblem) } }
      : {}),
    ...suspendedOf(status),
    ...remoteOf(status?.remote),
    revision: kernel.store.revision,
    ...(git ? { secrets: git.engine.secrets } : {}),
  };
}

function remoteOf(remote: RemoteStatus | undefined): Pick<StatusDocument, 'remote'> {
  if (!remote) return {};
  const { url, fetchedMs, unreachable } = remote;
  const fetched = fetchedMs === undefined ? {} : { fetched: formatTime(fetchedMs) };
  if (!unreachable) return { remote: { url, ...fetched } };
  const { sinceMs, tries, message } = unreachable;
  return { remote: { url, ...fetched, unreachable: { since: formatTime(sinceMs), tries, message } } };
}

function rolloutOf(git: GitService | undefined): Pick<StatusDocument, 'rollout'> {
  const commit = git?.engine.state.commit;
  const status = commit === undefined ? undefined : git?.statuses.get(commit);
  if (!status) return {};
  const objects = status.objects
    .filter(({ state }) => state !== 'healthy')
    .map(({ object, state, text }) => ({ object, state, text }));
  return { rollout: { state: status.state, times: status.times, message: describeStatus(status), objects } };
}

function suspendedOf(status: ReturnType<GitService['status']> | undefined): Pick<StatusDocument, 'suspended'> {
  if (!status?.suspended) return {};
  const { reason, untilMs } = status.suspended;
  const { waiting } = status;
  return {
    suspended: {
      reason,
      ...(untilMs === undefined ? {} : { until: formatTime(untilMs) }),
      ...(waiting ? { waiting } : {}),
    },
  };
}

export interface ControlPlaneOptions extends UpOptions {
  log: OutputLogger;
  nodes: NodeServices;
  /** Told what is being done, for people. */
  progress(text: string): void;
}

/** What clients may call the server by: the names and addresses of its certificate. */
const serverNames = (nodeName: string, clusterIp: string, hostIp: string): string[] => [
  ...new Set([
    'localhost',
    'kubernetes',
    'kubernetes.default',
    'kubernetes.default.svc',
    'kubernetes.default.svc.cluster.local',
    nodeName,
    '127.0.0.1',
    clusterIp,
    hostIp,
  ]),
];

/** The kernel over the data directory's store, or over one that is rebuilt from the repository. */
async function openOrRebuild(options: ControlPlaneOptions, audit: Audit): Promise<Kernel> {
  const { log, progress, serviceCidr, nodes, admissionControlConfigFile: file } = options;
  const admission = file === undefined ? {} : { admission: await readAdmissionConfiguration(file) };
  const { store, keys } = pathsOf(options.dataDir);
  return openKernel({
    ...{ storeDir: store, keysDir: keys, serviceCidr, nodes, log, authentication: options.authentication ?? {}, audit },
    ...admission,
    openStore: (storeLog) => openStore(options, storeLog, log, progress),
  });
}

export async function startControlPlane(options: ControlPlaneOptions): Promise<ControlPlane> {
  const { log, progress, nodes, serviceCidr, podCidr } = options;
  const paths = pathsOf(options.dataDir);
  const clusterIp = firstServiceIp(serviceCidr);
  const hostIp = findHostIp(formatIpv4(parseIpv4Range(podCidr)!.base + 1));
  progress('opening keys and store');
  const pki = await openPki(paths.keys, serverNames(options.nodeName, clusterIp, hostIp), systemClock);
  const audit = await openAudit(options.audit ?? {}, options.dataDir, log);
  const kernel = await openOrRebuild(options, audit);
  const manifests = createManifestReader({ clock: systemClock });
  let git: GitService | undefined;
  let loops: Loops | undefined;
  const health = createHealthChecks({
    ...{ clock: systemClock, log, store: kernel.storeWrites },
    isGitOpen: () => git !== undefined,
    areInformersSynced: () => loops !== undefined,
  });
  kernel.tellComponents(health.components);
  const simulations = createSimulations(systemClock);
  const endpoints: EndpointContext = {
    kernel,
    git: () => git,
    status: () => statusOf(kernel, git),
    network: { nodeName: options.nodeName, podCidr, serviceCidr },
    simulations,
    directory: paths.run,
  };
  const server: ApiServer = await startServer({
    ...{ kernel, pki, host: '0.0.0.0', advertised: hostIp, log, nodes, manifests, endpoints, audit },
    port: options.port,
    git: async ({ request, response, user }) => requireGit(endpoints).handleGitHttp(request, response, user),
    webhook: async ({ request, response }) => requireGit(endpoints).handleWebhook(request, response),
    checks: health.checks,
  });
  health.finished('crd-informer-synced', 'priority-and-fairness-config-consumer'); // both read with the store
  await writeKubeconfig(paths.kubeconfig, {
    server: `https://127.0.0.1:${server.port}`,
    certificateAuthority: pki.caCertificate,
    pair: await pki.issueClient('system:admin', ['system:masters']),
  });
  const warmed = kernel.context.admission.structure.warm(systemClock);
  progress('preparing the cluster’s own objects');
  const asServer = kernel.clientFor(API_SERVER.username, API_SERVER.groups, API_SERVER.fieldManager);
  await bootstrap(asServer, { clusterIp, hostIp, port: server.port, clientCa: pki.caCertificate }, health.finished);
  const stopEventExpiry = startEventExpiry({ store: kernel.store, clock: systemClock });
  loops = await startLoops(kernel, { pki, podCidr, log });
  health.finished('generic-apiserver-start-informers', 'start-apiextensions-controllers');
  return {
    kernel,
    pki,
    port: server.port,
    hostIp,
    warmed,
    async follow() {
      progress(`bringing ${options.branch} into force`);
      git = await openGit(kernel, options, manifests, log);
      audit.follow(git.engine);
      return git;
    },
    async stop() {
      health.shuttingDown();
      health.stop();
      loops?.stop();
      stopEventExpiry();
      for (const part of [simulations, server, { close: async () => git?.stop() }, manifests, kernel.store, audit])
        await part.close();
    },
  };
}
