/**
 * Wires a node: the pods' network, the service proxy, the resolver and the agent, all over one API client.
 */

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Agent, startAgent } from '../agent/agent.ts';
import { systemClock, systemIds, systemRandom } from '../base/clock.ts';
import { createIptables, type Iptables } from '../base/iptables.ts';
import type { Logger } from '../base/log.ts';
import type { Client } from '../client/client.ts';
import type { Informer } from '../client/informer.ts';
import { startInformer } from '../client/start-informer.ts';
import { parseResolvConf } from '../dns/forward.ts';
import { startDns } from '../dns/start-dns.ts';
import { ENDPOINT_SLICES, NODES, SERVICES } from '../kinds/resources.ts';
import type { Node } from '../kinds/types.generated.ts';
import { createPodNetwork, type PodNetwork } from '../network/create-pod-network.ts';
import { removeProxyRules } from '../proxy/apply.ts';
import { startProxy } from '../proxy/start-proxy.ts';
import { reportForeignRules } from './foreign-rules.ts';
import { seedNetworkRecords } from './network-records.ts';

/** Registering takes a second; longer only where podman does not work. */
const NODE_READY_MS_MAX = 15_000;

export interface NodeOptions {
  /** As the node: `system:node:<name>`. */
  client: Client;
  /** As `system:kube-proxy`: services and their endpoints, which the node itself may not read. The resolver shares what it watches. */
  proxyClient: Client;
  nodeName: string;
  nodeIp: string;
  /** This node's part of it is a /24. */
  podCidr: string;
  nodeCidr: string;
  serviceCidr: string;
  /** `DIR/agent` */
  directory: string;
  log: Logger;
  progress(text: string): void;
}

export interface RunningNode {
  readonly agent: Agent;
  /** Stops looking after the node; containers, networks and rules stay and go on working. */
  stop(): Promise<void>;
}

/** The container's resolv.conf upstreams; none when the file cannot be read. */
async function readUpstreams(own: readonly string[]): Promise<ReturnType<typeof parseResolvConf>> {
  const text = await readFile('/etc/resolv.conf', 'utf8').catch(() => '');
  return parseResolvConf(text, own);
}

const networkDirectory = ({ directory }: Pick<NodeOptions, 'directory'>): string => join(directory, 'network');

async function openNetwork(
  options: NodeOptions,
  iptables: Iptables,
  findProcess: (uid: string) => number | undefined = () => undefined,
  foreignRemoved?: (rules: readonly string[]) => void,
): Promise<PodNetwork> {
  return createPodNetwork({
    namespace: undefined,
    nodeCidr: options.nodeCidr,
    clusterCidr: options.podCidr,
    serviceCidr: options.serviceCidr,
    directory: networkDirectory(options),
    iptables,
    clock: systemClock,
    log: options.log,
    findProcess: async (uid) => findProcess(uid),
    ...(foreignRemoved ? { foreignRemoved } : {}),
  });
}

export async function startNode(options: NodeOptions): Promise<RunningNode> {
  const { client, proxyClient, nodeName, log, progress } = options;
  const clocks = { clock: systemClock, random: systemRandom, log };
  const iptables = createIptables({ namespace: undefined, clock: systemClock, log });
  progress('setting up the pod network');
  let agent: Agent | undefined;
  await seedNetworkRecords({ directory: networkDirectory(options), client, nodeName, log });
  const foreignRemoved = reportForeignRules(client, nodeName, log);
  const network = await openNetwork(options, iptables, (uid) => agent?.findProcess(uid), foreignRemoved);
  await network.ensureHost();
  network.startRepair();
  const services = startInformer(proxyClient, SERVICES, clocks);
  const slices = startInformer(proxyClient, ENDPOINT_SLICES, { ...clocks, indexes: {} });
  const nodes = startInformer(client, NODES, { ...clocks, selection: { fieldSelector: `metadata.name=${nodeName}` } });
  const zone = () => nodes.list()[0]?.metadata?.labels?.['topology.kubernetes.io/zone'];
  const proxy = startProxy({
    services,
    slices,
    topology: () => ({ nodeName, zone: zone() }),
    podCidr: options.podCidr,
    iptables,
    namespace: undefined,
    foreignRemoved,
    ...clocks,
  });
  const dns = await startDns({
    address: network.gateway,
    port: 53,
    services,
    slices,
    clusterDomain: 'cluster.local',
    upstreams: await readUpstreams([network.gateway]),
    clock: systemClock,
    log,
  });
  progress('starting the agent');
  const running = await startAgent({
    client,
    podNetwork: podNetworkOf(network),
    nodeName,
    nodeIp: options.nodeIp,
    podCidr: options.nodeCidr,
    dataDir: options.directory,
    ids: systemIds,
    ...clocks,
  });
  agent = running;
  await Promise.all([proxy.ready(), untilReady(nodes)]);
  return {
    agent: running,
    async stop() {
      await running.stop();
      proxy.stop();
      dns.stop();
      for (const informer of [services, slices, nodes]) informer.stop();
      network.stop();
      iptables.stop();
    },
  };
}

/** The node is registered and says that it is ready, or has had its time: then its conditions say what is wrong. */
function untilReady(nodes: Informer<Node>): Promise<void> {
  return new Promise((resolve) => {
    const cancel = systemClock.after(NODE_READY_MS_MAX, resolve);
    nodes.onChange(({ after }) => {
      if (!after?.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True')) return;
      cancel();
      resolve();
    });
  });
}

/** The agent's view of the network. */
function podNetworkOf(network: PodNetwork) {
  return {
    dnsAddress: network.gateway,
    attach: (uid: string, options: Parameters<PodNetwork['attach']>[1]) => network.attach(uid, options),
    detach: (uid: string) => network.detach(uid),
    adopt: (uids: readonly string[]) => network.adopt(uids),
  };
}

/** `reflet down`: network and rules of this host, whether a daemon ran or not. */
export async function removeNode(
  options: Pick<NodeOptions, 'podCidr' | 'nodeCidr' | 'serviceCidr' | 'directory' | 'log'>,
): Promise<void> {
  const iptables = createIptables({ namespace: undefined, clock: systemClock, log: options.log });
  try {
    const network = await openNetwork({ ...options } as NodeOptions, iptables);
    await network.removeEverything();
    await removeProxyRules(iptables);
  } finally {
    iptables.stop();
  }
}
