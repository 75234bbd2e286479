/**
 * The agent of one node: makes the pods that are bound to it run, and tells the API how they are. Wiring only.
 */

import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Clock, type Ids, parseTime, type Random, sleep } from '../base/clock.ts';
import type { Logger } from '../base/log.ts';
import type { Client } from '../client/client.ts';
import type { Informer } from '../client/informer.ts';
import type { NodeService } from '../client/node-service.ts';
import { startInformer } from '../client/start-informer.ts';
import { PODS, SERVICE_ACCOUNTS, SERVICES } from '../kinds/resources.ts';
import type { Pod, Service, TokenRequest } from '../kinds/types.generated.ts';
import { createEventRecorder } from '../runtime/events.ts';
import { type EnvironmentSources, resolveEnvironment } from './containers/environment.ts';
import { LABEL } from './containers/names.ts';
import type { NodeFacts } from './containers/render-container.ts';
import { cgroupParent } from './containers/resources.ts';
import { createNamespaceDialer } from './exec/namespace-dialer.ts';
import { createNodeService } from './exec/node-service.ts';
import { openRuntimeExec } from './exec/runtime-exec.ts';
import { ImageManager } from './images/image-manager.ts';
import { containerLogPath } from './logs/paths.ts';
import { type LogRotator, startLogRotator } from './logs/rotate.ts';
import { Lookups } from './lookups.ts';
import { readHostFacts, readHostUse } from './node/facts.ts';
import { followNode } from './node/follow-node.ts';
import { keepNode } from './node/keep-node.ts';
import { allocatableOf } from './node/render-node.ts';
import { type ContainerCalls, createContainerCalls } from './podman/containers.ts';
import { followEvents } from './podman/events.ts';
import { createPodmanHttp } from './podman/http.ts';
import { createImageCalls } from './podman/images.ts';
import { preflight } from './podman/preflight.ts';
import { answers, openPodmanService, PODMAN_SOCKET, type PodmanService } from './podman/service.ts';
import { PodActions } from './pods/actions.ts';
import { Adoption } from './pods/adopt.ts';
import { readOomKills } from './pods/cgroup.ts';
import { ContainerTable } from './pods/container-table.ts';
import { controlPathOf, ExitWatch } from './pods/exit-watch.ts';
import { createManifests } from './pods/manifests.ts';
import type { ObservedContainer } from './pods/observed.ts';
import { PodManager } from './pods/pod-manager.ts';
import { createSandboxes } from './pods/sandbox.ts';
import { findContainer } from './pods/snapshot.ts';
import { readTerminationMessage } from './pods/termination-message.ts';
import type { PodNetwork } from './ports.ts';
import type { ProbeType } from './probes/schedule.ts';
import { startProbes } from './probes/start-probes.ts';
import { startStats } from './server/start-stats.ts';
import { createVolumes } from './volumes/create-volumes.ts';
import { unmountBelow } from './volumes/unmount.ts';

export interface AgentOptions {
  client: Client;
  podNetwork: PodNetwork;
  nodeName: string;
  nodeIp: string;
  /** The node's range, to be written into its object. */
  podCidr?: string;
  /** `DIR/agent` */
  dataDir: string;
  clusterDomain?: string;
  /** podman's socket; one of the agent's own is started when nobody answers there. */
  podmanSocket?: string;
  /** For a podman with a storage of its own. */
  podmanArguments?: readonly string[];
  /** The release whose kubelet is behaved like. */
  kubeletVersion?: string;
  clock: Clock;
  ids: Ids;
  random: Random;
  log: Logger;
}

export interface Agent {
  nodeService: NodeService;
  /** A process that runs in the pod's network namespace, by which the namespace can be found again. */
  findProcess(uid: string): number | undefined;
  /** Stops looking after the node; containers go on. */
  stop(): Promise<void>;
  /** Ends every container of this node's pods and gives back all that they had. */
  removeEverything(): Promise<void>;
}

const KUBELET_VERSION = 'v1.32.0';
/** Whatever was missed otherwise is found within this. */
const RESYNC_MS = 10_000;
const VOLUME_CHECK_MS = 10_000;

async function openPodman(options: AgentOptions): Promise<PodmanService> {
  const { dataDir, clock, log, podmanSocket = PODMAN_SOCKET, podmanArguments } = options;
  const probe = createPodmanHttp(podmanSocket);
  const present = await answers(probe);
  probe.close();
  const service = { socketPath: podmanSocket, clock, log, ...(podmanArguments ? { podmanArguments } : {}) };
  if (present) return openPodmanService(service);
  const { candidate, problems, containersConf } = await preflight(dataDir, log);
  if (!candidate) throw new Error(`podman cannot start containers on this host:\n  ${problems.join('\n  ')}`);
  return openPodmanService({ ...service, ...(containersConf ? { containersConf } : {}) });
}

/** Without the right to lower it, no process can be given a score below the agent's own. */
async function oomScoreMin(): Promise<number> {
  const SYS_RESOURCE = 1n << 24n;
  const status = await readFile('/proc/self/status', 'utf8');
  const effective = BigInt(`0x${/^CapEff:\s*([0-9a-f]+)$/m.exec(status)?.[1] ?? '0'}`);
  if (effective & SYS_RESOURCE) return -1000;
  return Number((await readFile('/proc/self/oom_score_adj', 'utf8')).trim());
}

export async function startAgent(options: AgentOptions): Promise<Agent> {
  const { client, clock, random, log, nodeName, nodeIp, dataDir, podNetwork } = options;
  const clusterDomain = options.clusterDomain ?? 'cluster.local';
  const stopped = new AbortController();
  const podman = await openPodman(options);
  const calls = createContainerCalls(podman.http);
  const imageCalls = createImageCalls(podman.http);
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  const facts = await readHostFacts(dataDir);
  const node: NodeFacts = {
    nodeName,
    clusterDomain,
    cgroupManager: podman.info.host.cgroupManager,
    memoryBytes: facts.memoryBytes,
    oomScoreMin: await oomScoreMin(),
    podmanCapabilities: podman.info.host.security.capabilities.split(','),
    seccompRoot: join(dataDir, 'seccomp'),
  };
  const logRoot = join(dataDir, 'logs');
  const services = startInformer(client, SERVICES, { clock, random, log });
  const recorder = createEventRecorder(client, { clock, log, component: 'kubelet', host: nodeName });
  const runtimePath = podman.info.host.ociRuntime.path;
  const exec = await openRuntimeExec({ runtimePath, root: join(dataDir, 'exec'), clock });
  const rotator = startLogRotator({ clock, log });
  const lookups = new Lookups({
    client,
    clock,
    random,
    log,
    common: services,
    onChange: (uid) => manager.sourcesChanged(uid),
  });
  const sources = createSources(lookups, services, allocatableOf(facts));
  const sandboxes = createSandboxes({ root: join(dataDir, 'sandboxes'), network: podNetwork, nodeIp, clusterDomain });
  const images = new ImageManager({
    calls: imageCalls,
    clock,
    signal: stopped.signal,
    pullSecrets: (pod) =>
      (pod.spec?.imagePullSecrets ?? []).flatMap(
        ({ name = '' }) => lookups.secret(pod.metadata?.namespace ?? '', name) ?? [],
      ),
  });
  const volumes = createVolumes({
    root: join(dataDir, 'pods'),
    secretRoot: join(dataDir, 'secrets'),
    sources: { configMap: sources.configMap, secret: sources.secret, token: createTokenSource(client) },
    allocatable: sources.allocatable,
    environment: (pod, name) => resolveEnvironment(pod, findContainer(pod, name)!, sources),
    clock,
    log,
  });
  const probes = startProbes({
    clock,
    random,
    exec,
    onResult: (uid) => manager.changed(uid),
    onFailure: (pod, container, type, message) => {
      const uid = pod.metadata?.uid ?? '';
      if (manager.isEnding(uid) && type !== 'readiness') return;
      manager.entries.get(uid)?.assumed.delete(container);
      actions.record(pod, container)('Warning', 'Unhealthy', `${titleOf(type)} probe failed: ${message}`);
      manager.changed(uid);
    },
    onWarning: (pod, container, type, message) =>
      actions.record(pod, container)('Warning', 'ProbeWarning', `${titleOf(type)} probe warning: ${message}`),
  });
  const table = new ContainerTable({
    calls,
    nodeName,
    onChange: (uid) => manager.changed(uid),
    onStart: (container) => {
      exits.follow(container);
      followLog(rotator, logRoot, container);
    },
    onExit: (container) => complete(container),
  });
  const exits = new ExitWatch({ table, clock, log });
  const manifests = createManifests(join(dataDir, 'manifests'), log);
  const ownNode = followNode(options, facts);
  const manager = new PodManager({
    ...{ client, clock, random, log, table, probes, lookups, manifests, nodeIp },
    node: ownNode,
  });
  const actions = new PodActions({
    calls,
    table,
    volumes,
    sandboxes,
    sources,
    node,
    logRoot,
    clock,
    images,
    lookups,
    probes,
    exec,
    recorder,
    log,
    nodeIp,
    changed: (uid) => manager.changed(uid),
  });

  /** What must be read before it is gone. */
  const complete = (container: ObservedContainer) => {
    rotator.remove(container.id);
    // podman says it of none; the control group goes a moment after the container.
    if (container.exitCode !== 0 && !container.oomKilled)
      container.oomKilled =
        readOomKills(`${cgroupParent(container.uid, node.cgroupManager)}/libpod-${container.id}`) > 0;
    const entry = manager.entries.get(container.uid);
    entry?.stopping.get(container.id)?.finish();
    entry?.stopping.delete(container.id);
    const specification = entry ? findContainer(entry.pod, container.name) : undefined;
    if (!specification) return;
    const reference = { uid: container.uid, namespace: container.namespace, name: container.pod };
    container.message = readTerminationMessage(
      specification,
      container.exitCode,
      sandboxes.messagePath(container.uid, container.name, container.restartCount),
      containerLogPath(logRoot, reference, container.name, container.restartCount),
    );
  };

  await table.refreshAll(true);
  for (const pod of await manifests.load()) manager.set(pod, false);
  exits.start();
  manager.use(actions);
  const pods = startInformer<Pod>(client, PODS, {
    selection: { fieldSelector: `spec.nodeName=${nodeName}` },
    clock,
    random,
    log,
  });
  pods.onChange(({ before, after }) => {
    if (after) manager.set(after);
    else if (before) manager.remove(before.metadata?.uid ?? '');
  });
  const adoption = new Adoption({
    ...{ client, nodeName, manager, table, pods, network: podNetwork, recorder, clock, log },
    signal: stopped.signal,
  });
  void adoption.run();
  for (const uid of manager.entries.keys()) manager.changed(uid);
  const kept = keepNode({
    client,
    identity: {
      name: nodeName,
      ip: nodeIp,
      podCidr: options.podCidr,
      kubeletVersion: options.kubeletVersion ?? KUBELET_VERSION,
      runtimeVersion: `podman://${podman.info.version.Version}`,
    },
    observe: async () => ({
      facts,
      use: await readHostUse(dataDir),
      ...(await runtimeState(imageCalls.list)),
    }),
    recorder,
    clock,
    log,
  });
  void followEvents({
    http: podman.http,
    clock,
    log,
    signal: stopped.signal,
    onGap: () => void table.refreshAll().catch(() => {}),
    onEvent: ({ type, id, action, labels }) => {
      if (type === 'image') images.invalidate();
      else if (labels[LABEL.node] === nodeName && action !== 'create' && action !== 'init' && action !== 'start')
        void table.refresh(id).catch(() => {});
    },
  });
  void repeat(RESYNC_MS, () => table.refreshAll());
  void repeat(RESYNC_MS, () => adoption.check());
  void repeat(VOLUME_CHECK_MS, () => checkVolumes());

  async function repeat(periodMs: number, act: () => Promise<void>): Promise<void> {
    while (!stopped.signal.aborted) {
      await sleep(clock, periodMs, stopped.signal);
      if (stopped.signal.aborted) return;
      await act().catch((error: unknown) => log.warn({ error: String(error) }, 'a periodic check failed'));
    }
  }

  /** Tokens near their end are renewed; a pod that has filled its emptyDir is evicted. */
  async function checkVolumes(): Promise<void> {
    for (const [uid, entry] of manager.entries) {
      if (!entry.prepared || manager.isEnding(uid)) continue;
      await actions.updateVolumes(entry);
      const problem = await volumes.overLimit(entry.pod);
      if (problem === undefined) continue;
      actions.judge(entry, 'Evicted', problem);
      manager.changed(uid);
    }
  }

  const kubeletVersion = options.kubeletVersion ?? KUBELET_VERSION;
  const stats = startStats({
    ...{ nodeName, kubeletVersion, dataDir, logRoot, table, manager, volumes, probes, clock, log, clusterDomain },
    clusterDns: podNetwork.dnsAddress,
    cgroupManager: podman.info.host.cgroupManager,
    podmanSocket: options.podmanSocket ?? PODMAN_SOCKET,
  });
  const dialer = createNamespaceDialer();
  const nodeService = createNodeService({
    pod: (reference) => manager.reference(reference),
    onEnd: (containerId, listener) => table.onEnd(containerId, listener),
    logRoot,
    podman: podman.http,
    runtime: exec,
    dialer,
    stats,
    clock,
  });

  const halt = async () => {
    stopped.abort();
    manager.stop();
    probes.stop();
    lookups.stop();
    pods.stop();
    services.stop();
    ownNode.stop();
    stats.stop();
    exits.stop();
    rotator.stop();
    dialer.close();
    await kept.stop();
  };
  return {
    nodeService,
    findProcess: (uid) => table.ofPod(uid).find(({ state, pid }) => state === 'running' && pid > 0)?.pid,
    async stop() {
      await halt();
      await recorder.flush();
      await podman.stop();
    },
    async removeEverything() {
      await halt();
      await removeContainers(calls, nodeName);
      for (const [uid, entry] of manager.entries) await actions.cleanUp(uid, entry, true);
      for (const uid of manager.entries.keys()) await manifests.remove(uid);
      await unmountBelow(join(dataDir, 'secrets'));
      await podman.stop();
    },
  };
}

async function removeContainers(calls: ContainerCalls, nodeName: string): Promise<void> {
  for (const { Id } of await calls.list([`${LABEL.node}=${nodeName}`])) await calls.remove(Id);
}

const titleOf = (type: ProbeType) => `${type[0]!.toUpperCase()}${type.slice(1)}`;

function followLog(rotator: LogRotator, logRoot: string, container: Readonly<ObservedContainer>): void {
  const controlPath = controlPathOf(container.conmonPid);
  const { id, uid, namespace, pod, name, restartCount } = container;
  if (controlPath)
    rotator.add(id, {
      path: containerLogPath(logRoot, { uid, namespace, name: pod }, name, restartCount),
      controlPath,
    });
}

function createSources(
  lookups: Lookups,
  services: Informer<Service>,
  allocatable: Readonly<Record<string, string>>,
): EnvironmentSources {
  return {
    configMap: (namespace, name) => lookups.configMap(namespace, name),
    secret: (namespace, name) => lookups.secret(namespace, name),
    services: (namespace) => {
      const master = services.get({ namespace: 'default', name: 'kubernetes' });
      return [...(master ? [master] : []), ...services.inNamespace(namespace)];
    },
    allocatable: () => allocatable,
  };
}

/** Tokens for pods, by TokenRequest, bound to the pod. */
function createTokenSource(client: Client) {
  return async (
    pod: Readonly<Pod>,
    { audience, expirationSeconds }: { audience?: string; expirationSeconds: number },
  ) => {
    const { namespace, name, uid } = pod.metadata ?? {};
    const request: TokenRequest = {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenRequest',
      metadata: {},
      spec: {
        audiences: audience ? [audience] : [],
        expirationSeconds,
        boundObjectRef: { apiVersion: 'v1', kind: 'Pod', name, uid },
      },
    };
    const key = { namespace, name: pod.spec?.serviceAccountName || 'default' };
    const { status } = (await client.createSubresource(SERVICE_ACCOUNTS, key, 'token', request)) as TokenRequest;
    return { token: status?.token ?? '', expiresMs: parseTime(status?.expirationTimestamp ?? '') };
  };
}

async function runtimeState(list: ReturnType<typeof createImageCalls>['list']) {
  try {
    return { images: await list(), problem: undefined };
  } catch (error) {
    return { images: [], problem: `container runtime is down: ${(error as Error).message}` };
  }
}
