/**
 * One service port and its endpoints → the chains of its own and its entries in the dispatch trees. Pure.
 *
 * The rules give what kube-proxy's iptables mode gives (1.32): SVC picks among all endpoints, SVL among those on this node, EXT is entered by
 * traffic to node ports, external and balancer addresses, FW checks source ranges, SEP rewrites the destination. Rules are written in
 * iptables-save's own order of options, so that they can be compared with what the kernel holds.
 * Must not decide which endpoints are used (`endpoints.ts`) nor read any Kubernetes object.
 */

import { formatIpv4Range, parseIpv4, parseIpv4Range } from '../base/ipv4.ts';
import { portChainName, type TREE_ROOTS } from './chain-names.ts';
import { type Endpoint, type EndpointChoice, hasExternalWays } from './endpoints.ts';
import type { Protocol, ServicePort } from './service-ports.ts';
import { MARK_FOR_MASQUERADE } from './static-rules.ts';

export type TreeName = keyof typeof TREE_ROOTS;

export interface TreeEntry {
  readonly tree: TreeName;
  readonly key: number;
  readonly rules: readonly string[];
}

export interface RenderedPort {
  /** Chains of the nat table. */
  readonly chains: ReadonlyMap<string, readonly string[]>;
  readonly entries: readonly TreeEntry[];
}

export interface RenderSettings {
  /** The cluster's pod range: what comes from elsewhere to a cluster IP is masqueraded, so that answers come back this way. */
  readonly podCidr: string;
}

/** Everything of one port. The chain of an endpoint stands only where a chain leads to it. */
export function renderPort(port: ServicePort, choice: EndpointChoice, settings: RenderSettings): RenderedPort {
  const chains = new Map<string, readonly string[]>();
  const entries = new Map<string, { tree: TreeName; key: number; rules: string[] }>();
  const add = (tree: TreeName, key: number, rule: string) => {
    const id = `${tree} ${key}`;
    const entry = entries.get(id) ?? { tree, key, rules: [] };
    if (!entry.rules.includes(rule)) entry.rules.push(rule);
    entries.set(id, entry);
  };
  if (!choice.hasAny) {
    renderRefusals(port, 'has no endpoints', REJECT, { internal: true, external: true }, add);
    return { chains, entries: [...entries.values()] };
  }
  renderInternal(port, choice, settings, chains, add);
  if (hasExternalWays(port)) renderExternal(port, choice, settings, chains, add);
  const lacksLocal = choice.local.length === 0;
  const refused = { internal: port.isInternalLocal && lacksLocal, external: port.isExternalLocal && lacksLocal };
  renderRefusals(port, 'has no local endpoints', DROP, refused, add);
  return { chains, entries: [...entries.values()] };
}

type AddEntry = (tree: TreeName, key: number, rule: string) => void;
type Chains = Map<string, readonly string[]>;

const REJECT = '-j REJECT --reject-with icmp-port-unreachable';
const DROP = '-j DROP';

function renderInternal(
  port: ServicePort,
  choice: EndpointChoice,
  settings: RenderSettings,
  chains: Chains,
  add: AddEntry,
): void {
  const used = port.isInternalLocal ? choice.local : choice.cluster;
  if (used.length === 0) return;
  const chain = port.isInternalLocal ? chainOf('SVL', port) : chainOf('SVC', port);
  const match = destination(port, port.clusterIp, 'cluster IP');
  const range = parseIpv4Range(settings.podCidr);
  // SVL is also entered by outside clients whose address must stay; whoever enters SVC from outside is marked already.
  const where = port.isInternalLocal ? ` ${match}` : '';
  const masquerade = range ? [`! -s ${formatIpv4Range(range)}${where} ${MARK_FOR_MASQUERADE}`] : [];
  renderBalancer(port, chain, used, masquerade, chains);
  add('addresses', parseIpv4(port.clusterIp)!, `${match} -j ${chain}`);
}

function renderExternal(
  port: ServicePort,
  choice: EndpointChoice,
  settings: RenderSettings,
  chains: Chains,
  add: AddEntry,
): void {
  const chain = chainOf('EXT', port);
  chains.set(
    chain,
    port.isExternalLocal ? localOnly(port, choice, settings, chains) : everywhere(port, choice, chains),
  );
  for (const address of port.externalIps) {
    add('addresses', parseIpv4(address)!, `${destination(port, address, 'external IP')} -j ${chain}`);
  }
  const entry =
    port.sourceRanges.length > 0 && port.loadBalancerIps.length > 0 ? renderSourceRanges(port, chain, chains) : chain;
  for (const address of port.loadBalancerIps) {
    add('addresses', parseIpv4(address)!, `${destination(port, address, 'loadbalancer IP')} -j ${entry}`);
    if (entry === chain) continue;
    add('firewall', parseIpv4(address)!, `${destination(port, address, `traffic not accepted by ${entry}`)} ${DROP}`);
  }
  if (port.nodePort !== undefined) {
    add(nodePortTree('nodePorts', port.protocol), port.nodePort, `${nodePort(port, port.nodePort, '')} -j ${chain}`);
  }
}

/** Policy Cluster: the source is hidden, because the endpoint's answer must come back through this node. */
function everywhere(port: ServicePort, choice: EndpointChoice, chains: Chains): string[] {
  const chain = chainOf('SVC', port);
  if (!chains.has(chain)) renderBalancer(port, chain, choice.cluster, [], chains);
  return [
    `${comment(`masquerade traffic for ${port.id} external destinations`)} ${MARK_FOR_MASQUERADE}`,
    `-j ${chain}`,
  ];
}

/** Policy Local: the source is kept; what comes from pods or from this node itself may go to any endpoint. */
function localOnly(port: ServicePort, choice: EndpointChoice, settings: RenderSettings, chains: Chains): string[] {
  const rules: string[] = [];
  if (choice.cluster.length > 0) {
    const cluster = chainOf('SVC', port);
    if (!chains.has(cluster)) renderBalancer(port, cluster, choice.cluster, [], chains);
    const range = parseIpv4Range(settings.podCidr);
    if (range)
      rules.push(
        `-s ${formatIpv4Range(range)} ${comment(`pod traffic for ${port.id} external destinations`)} -j ${cluster}`,
      );
    const own = `-m addrtype --src-type LOCAL`;
    rules.push(
      `${comment(`masquerade LOCAL traffic for ${port.id} external destinations`)} ${own} ${MARK_FOR_MASQUERADE}`,
    );
    rules.push(`${comment(`route LOCAL traffic for ${port.id} external destinations`)} ${own} -j ${cluster}`);
  }
  if (choice.local.length > 0) {
    const local = chainOf('SVL', port);
    if (!chains.has(local)) renderBalancer(port, local, choice.local, [], chains);
    rules.push(`-j ${local}`);
  }
  return rules;
}

function renderSourceRanges(port: ServicePort, external: string, chains: Chains): string {
  const chain = chainOf('FW', port);
  const text = comment(`${port.id} loadbalancer IP`);
  const sources = port.sourceRanges.map((range) => formatIpv4Range(parseIpv4Range(range)!));
  // A node or pod that uses the balancer's address appears with that very address as source after hairpin.
  const own = port.loadBalancerIps.map((address) => `${address}/32`);
  chains.set(
    chain,
    [...new Set([...sources, ...own])].map(
      (source) => `${source === '0.0.0.0/0' ? '' : `-s ${source} `}${text} -j ${external}`,
    ),
  );
  return chain;
}

/** Affinity first (a client seen lately goes where it was), then an even choice by chance. */
function renderBalancer(
  port: ServicePort,
  chain: string,
  endpoints: readonly Endpoint[],
  first: readonly string[],
  chains: Chains,
): void {
  const rules = [...first];
  const names = endpoints.map((endpoint) => endpointChain(port, endpoint));
  if (port.affinitySeconds !== undefined) {
    for (const [index, endpoint] of endpoints.entries()) {
      const seen = `-m recent --rcheck --seconds ${port.affinitySeconds} --reap --name ${names[index]} --mask 255.255.255.255 --rsource`;
      rules.push(`${comment(leadsTo(port, endpoint))} ${seen} -j ${names[index]}`);
    }
  }
  for (const [index, endpoint] of endpoints.entries()) {
    const left = endpoints.length - index;
    const chance = left === 1 ? '' : ` -m statistic --mode random --probability ${formatProbability(1 / left)}`;
    rules.push(`${comment(leadsTo(port, endpoint))}${chance} -j ${names[index]}`);
    chains.set(names[index]!, endpointRules(port, endpoint, names[index]!));
  }
  chains.set(chain, rules);
}

/** The kernel keeps probabilities as multiples of 2⁻³¹ and iptables prints eleven decimals of that. */
function formatProbability(probability: number): string {
  return (Math.round(probability * 2 ** 31) / 2 ** 31).toFixed(11);
}

/** Without comments (the rule that leads here has it): at each change the kernel checks every match of every reachable rule. */
function endpointRules(port: ServicePort, endpoint: Endpoint, name: string): string[] {
  const protocol = port.protocol.toLowerCase();
  const remember =
    port.affinitySeconds === undefined ? '' : ` -m recent --set --name ${name} --mask 255.255.255.255 --rsource`;
  return [
    // Hairpin: a pod that reaches itself must see another source than itself.
    `-s ${endpoint.address}/32 ${MARK_FOR_MASQUERADE}`,
    `-p ${protocol}${remember} -j DNAT --to-destination ${endpoint.address}:${endpoint.port}`,
  ];
}

function renderRefusals(
  port: ServicePort,
  why: string,
  verdict: string,
  refused: { internal: boolean; external: boolean },
  add: AddEntry,
): void {
  if (refused.internal)
    add('refusals', parseIpv4(port.clusterIp)!, `${destination(port, port.clusterIp, why)} ${verdict}`);
  if (!refused.external) return;
  for (const address of [...port.externalIps, ...port.loadBalancerIps]) {
    add('externalRefusals', parseIpv4(address)!, `${destination(port, address, why)} ${verdict}`);
  }
  if (port.nodePort !== undefined) {
    add(
      nodePortTree('nodePortRefusals', port.protocol),
      port.nodePort,
      `${nodePort(port, port.nodePort, why)} ${verdict}`,
    );
  }
}

function nodePortTree(which: 'nodePorts' | 'nodePortRefusals', protocol: Protocol): TreeName {
  if (protocol === 'TCP') return `${which}Tcp`;
  return protocol === 'UDP' ? `${which}Udp` : `${which}Sctp`;
}

function destination(port: ServicePort, address: string, what: string): string {
  const protocol = port.protocol.toLowerCase();
  return `-d ${address}/32 -p ${protocol} ${comment(`${port.id} ${what}`)} -m ${protocol} --dport ${port.port}`;
}

function nodePort(port: ServicePort, number: number, what: string): string {
  const protocol = port.protocol.toLowerCase();
  return `-p ${protocol} ${comment(what ? `${port.id} ${what}` : port.id)} -m ${protocol} --dport ${number}`;
}

/** iptables-save leaves a comment unquoted when it consists of letters, digits, `_` and `-` alone. */
function comment(text: string): string {
  return `-m comment --comment ${/^[A-Za-z0-9_-]+$/.test(text) ? text : `"${text}"`}`;
}

function leadsTo(port: ServicePort, endpoint: Endpoint): string {
  return `${port.id} -> ${endpoint.address}:${endpoint.port}`;
}

function chainOf(kind: 'SVC' | 'SVL' | 'EXT' | 'FW', port: ServicePort): string {
  return portChainName(kind, port.id, port.protocol);
}

function endpointChain(port: ServicePort, endpoint: Endpoint): string {
  return portChainName('SEP', port.id, port.protocol, `${endpoint.address}:${endpoint.port}`);
}
