/**
 * Every firewall rule that a node should have, and whose it is: rendered by the very functions that the proxy and the pod network use. Pure.
 *
 * A rule belongs to the Service (or Pod) that it serves; rules that serve all of them say what they do.
 */

import type { DesiredTable } from '../../base/iptables-rules.ts';
import { formatIpv4, formatIpv4Range, parseIpv4Range } from '../../base/ipv4.ts';
import { SlicesByService } from '../../client/slices-by-service.ts';
import type { EndpointSlice, Node, Pod, Service } from '../../kinds/types.generated.ts';
import { type HostPort, type PodPorts, renderFilter, renderNat } from '../../network/rules.ts';
import { renderService, type ServiceRules } from '../../proxy/render-service.ts';
import { RuleSet } from '../../proxy/rule-set.ts';

export interface RuleOwner {
  readonly kind: 'Service' | 'Pod';
  readonly namespace: string;
  readonly name: string;
}

export interface ExplainedRule {
  readonly table: 'nat' | 'filter';
  readonly chain: string;
  /** As `iptables-save` prints it, without `-A <chain> `. */
  readonly rule: string;
  /** Undefined: it serves all of them. */
  readonly owner?: RuleOwner;
  readonly about: string;
}

export interface NodeState {
  readonly node: Readonly<Node>;
  readonly services: readonly Readonly<Service>[];
  readonly slices: readonly Readonly<EndpointSlice>[];
  /** Of the node. */
  readonly pods: readonly Readonly<Pod>[];
  readonly podCidr: string;
  readonly serviceCidr: string;
}

export function explainRules(state: NodeState): ExplainedRule[] {
  return [...explainProxy(state), ...explainNetwork(state)];
}

const SERVICE_CHAINS: Readonly<Record<string, string>> = {
  SVC: 'spreads connections over all endpoints',
  SVL: 'spreads connections over the endpoints of this node',
  EXT: 'takes traffic from outside the cluster',
  FW: 'admits the balancer’s source ranges',
  SEP: 'one endpoint: rewrites the destination',
};

function explainProxy({ node, services, slices, podCidr }: NodeState): ExplainedRule[] {
  const rules = new RuleSet();
  const bySlice = new SlicesByService();
  for (const slice of slices) bySlice.apply({ before: undefined, after: slice as EndpointSlice, key: keyOf(slice) });
  const chainOwners = new Map<string, RuleOwner>();
  const ruleOwners = new Map<string, RuleOwner>();
  const topology = {
    nodeName: node.metadata?.name ?? '',
    zone: node.metadata?.labels?.['topology.kubernetes.io/zone'],
  };
  for (const service of services) {
    const key = keyOf(service);
    const rendered = renderService(service as Service, bySlice.of(key), topology, { podCidr });
    const { namespace = '', name = '' } = service.metadata ?? {};
    noteOwner(rendered, { kind: 'Service', namespace, name }, chainOwners, ruleOwners);
    rules.put(key, rendered.ports, rendered.healthPort);
  }
  const explain = (chain: string, rule: string): Pick<ExplainedRule, 'owner' | 'about'> => {
    const owner = chainOwners.get(chain) ?? ruleOwners.get(rule);
    const kind = /^REFLET-(SVC|SVL|EXT|FW|SEP)-/.exec(chain)?.[1];
    if (owner)
      return { owner, about: kind ? SERVICE_CHAINS[kind]! : 'leads the service’s traffic to its rules, or refuses it' };
    return { about: aboutShared(chain) };
  };
  return (['nat', 'filter'] as const).flatMap((table) => withExplanation(table, rules.desired(table), explain));
}

function noteOwner(
  { ports, healthPort }: ServiceRules,
  owner: RuleOwner,
  chains: Map<string, RuleOwner>,
  rules: Map<string, RuleOwner>,
): void {
  for (const port of ports.values()) {
    for (const chain of port.chains.keys()) chains.set(chain, owner);
    for (const entry of port.entries) for (const rule of entry.rules) rules.set(rule, owner);
  }
  if (healthPort !== undefined) rules.set(`-p tcp -m tcp --dport ${healthPort} -j ACCEPT`, owner);
}

/** What the chains that serve all services do. */
function aboutShared(chain: string): string {
  if (/^REFLET-IP/.test(chain)) return 'finds the service of an address';
  if (/^REFLET-NP/.test(chain)) return 'finds the service of a node port';
  if (/^REFLET-(RJ|RX|RN)/.test(chain)) return 'finds services without endpoints, whose traffic is refused';
  if (/^REFLET-SR/.test(chain)) return 'finds balancer addresses that only some sources may use';
  const known: Readonly<Record<string, string>> = {
    'REFLET-SERVICES': 'where traffic to services begins',
    'REFLET-NODEPORTS': 'where traffic to node ports begins',
    'REFLET-MASQ': 'gives service traffic the node’s own address as source where answers must come back through it',
    'REFLET-ACCEPT': 'lets service traffic be forwarded',
    'REFLET-MARTIANS': 'drops packets to the loopback network that come from elsewhere',
    'REFLET-EXTERNAL': 'where refusals of traffic from outside begin',
    'REFLET-HEALTH': 'opens health check ports of balancers',
  };
  return known[chain] ?? 'leads into chains of reflet';
}

const NETWORK_CHAINS: Readonly<Record<string, string>> = {
  'REFLET-POSTROUTING': 'gives pods’ traffic that leaves the cluster the node’s address as source',
  'REFLET-FORWARD': 'lets pods’ traffic be forwarded',
  'REFLET-INPUT': 'lets pods ask the node’s DNS server',
  'REFLET-HP-MARK': 'marks host port traffic that needs another source',
};

function explainNetwork({ node, pods, podCidr, serviceCidr }: NodeState): ExplainedRule[] {
  const nodeRange = parseIpv4Range(node.spec?.podCIDR ?? '');
  const clusterRange = parseIpv4Range(podCidr);
  const serviceRange = parseIpv4Range(serviceCidr);
  if (!nodeRange || !clusterRange) return [];
  const settings = {
    clusterCidr: formatIpv4Range(clusterRange),
    nodeCidr: formatIpv4Range(nodeRange),
    serviceCidr: serviceRange && formatIpv4Range(serviceRange),
    gateway: formatIpv4(nodeRange.base + 1),
  };
  const owners = new Map<string, RuleOwner>();
  const ports: PodPorts[] = [];
  for (const pod of pods) {
    const { uid = '', namespace = '', name = '' } = pod.metadata ?? {};
    const ip = pod.status?.podIP;
    if (!ip || pod.spec?.hostNetwork) continue;
    owners.set(uid, { kind: 'Pod', namespace, name });
    ports.push({ uid, ip, hostPorts: hostPortsOf(pod) });
  }
  const explain = (chain: string, rule: string): Pick<ExplainedRule, 'owner' | 'about'> => {
    const owner = owners.get(/--comment ([0-9a-f-]{36}) /.exec(rule)?.[1] ?? '');
    if (owner) return { owner, about: 'leads a host port to its pod' };
    return { about: NETWORK_CHAINS[chain] ?? 'leads into chains of reflet' };
  };
  return [
    ...withExplanation('nat', renderNat(settings, ports), explain),
    ...withExplanation('filter', renderFilter(settings), explain),
  ];
}

function hostPortsOf(pod: Readonly<Pod>): HostPort[] {
  const containers = [...(pod.spec?.initContainers ?? []), ...(pod.spec?.containers ?? [])];
  return containers.flatMap(({ ports = [] }) =>
    ports
      .filter(({ hostPort }) => hostPort)
      .map(({ hostIP = '', hostPort = 0, containerPort, protocol = 'TCP' }) => ({
        hostIp: hostIP,
        hostPort,
        containerPort,
        protocol: protocol as HostPort['protocol'],
      })),
  );
}

function withExplanation(
  table: ExplainedRule['table'],
  { chains, jumps }: DesiredTable,
  explain: (chain: string, rule: string) => Pick<ExplainedRule, 'owner' | 'about'>,
): ExplainedRule[] {
  const own = [...chains].flatMap(([chain, rules]) =>
    rules.map((rule): ExplainedRule => ({ table, chain, rule, ...explain(chain, rule) })),
  );
  const built = jumps.map(({ from, rule }): ExplainedRule => ({ table, chain: from, rule, ...explain(from, rule) }));
  return [...built, ...own];
}

const keyOf = ({ metadata }: { metadata?: { namespace?: string; name?: string } }): string =>
  `${metadata?.namespace ?? ''}/${metadata?.name ?? ''}`;
