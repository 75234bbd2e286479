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
import type { Logger } from '../base/log.ts';
import { formatProblem } from '../git/problem.ts';
import type { RemoteStatus } from '../git/remote/follower.ts';
import type { GitService } from '../git/service.ts';
import { describeStatus } from '../git/status/commit-status.ts';
import { createSimulations } from '../plan/run-simulation.ts';
import { createManifestReader } from '../yaml/pool.ts';
import { bootstrap } from './bootstrap.ts';
import { type EndpointContext, requireGit } from './endpoints.ts';
import { openGit } from './git.ts';
import { type Kernel, openKernel } from './kernel.ts';
import { writeKubeconfig } from './kubeconfig.ts';
import { startLoops } from './loops.ts';
import { pathsOf, type UpOptions } from './options.ts';
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
  log: Logger;
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
function openOrRebuild(options: ControlPlaneOptions): Promise<Kernel> {
  const { log, progress, serviceCidr } = options;
  const { store, keys } = pathsOf(options.dataDir);
  return openKernel({
    ...{ storeDir: store, keysDir: keys, serviceCidr, log },
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
  const kernel = await openOrRebuild(options);
  const manifests = createManifestReader({ clock: systemClock });
  let git: GitService | undefined;
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
    kernel,
    pki,
    host: '0.0.0.0',
    port: options.port,
    log,
    nodes,
    manifests,
    git: async ({ request, response, user }) => requireGit(endpoints).handleGitHttp(request, response, user),
    webhook: async ({ request, response }) => requireGit(endpoints).handleWebhook(request, response),
    endpoints,
    checks: [
      { name: 'ping', check: () => undefined },
      { name: 'git', readyOnly: true, check: () => (git ? undefined : 'the repository is not open yet') },
    ],
  });
  await writeKubeconfig(paths.kubeconfig, {
    server: `https://127.0.0.1:${server.port}`,
    certificateAuthority: pki.caCertificate,
    pair: await pki.issueClient('system:admin', ['system:masters']),
  });
  progress('preparing the cluster’s own objects');
  await bootstrap(kernel.clientFor('system:apiserver', ['system:masters'], 'reflet'), {
    clusterIp,
    hostIp,
    port: server.port,
  });
  const stopEventExpiry = startEventExpiry({ store: kernel.store, clock: systemClock });
  const loops = await startLoops(kernel, { certificateAuthority: pki.caCertificate, podCidr, log });
  return {
    kernel,
    pki,
    port: server.port,
    hostIp,
    async follow() {
      progress(`bringing ${options.branch} into force`);
      git = await openGit(kernel, options, manifests, log);
      return git;
    },
    async stop() {
      loops.stop();
      stopEventExpiry();
      await simulations.close();
      await server.close();
      await git?.stop();
      await manifests.close();
      await kernel.store.close();
    },
  };
}
