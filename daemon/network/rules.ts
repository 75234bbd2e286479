/**
 * The pod network's firewall rules: masquerading of what leaves the cluster, forwarding for pods, DNS from pods, host ports. Pure.
 * Its chains are exactly those that `isNetworkChain` accepts; the service proxy's are another part's.
 */

import type { DesiredTable } from '../base/iptables-rules.ts';
import { parseIpv4 } from '../base/ipv4.ts';
import { BRIDGE } from './names.ts';

export interface HostPort {
  /** `''` or 0.0.0.0: every address of the host. */
  readonly hostIp: string;
  readonly hostPort: number;
  readonly containerPort: number;
  readonly protocol: 'TCP' | 'UDP' | 'SCTP';
}

export interface PodPorts {
  readonly uid: string;
  readonly ip: string;
  readonly hostPorts: readonly HostPort[];
}

export interface RuleSettings {
  /** All pods of the cluster. */
  readonly clusterCidr: string;
  /** Pods of this node. */
  readonly nodeCidr: string;
  /** Packets to it that no service took are left to the proxy's refusals. */
  readonly serviceCidr: string | undefined;
  readonly gateway: string;
}

const POSTROUTING = 'REFLET-POSTROUTING';
const FORWARD = 'REFLET-FORWARD';
const INPUT = 'REFLET-INPUT';
export const HOST_PORTS = 'REFLET-HOSTPORTS';
const HOST_PORT_MARK = 'REFLET-HP-MARK';

export function isNetworkChain(name: string): boolean {
  return /^REFLET-(POSTROUTING|FORWARD|INPUT|HOSTPORTS|HP-MARK)$/.test(name);
}

/** Host port flows that need another source (loopback, a pod reaching itself). Another bit than the service proxy's. */
const MARK = '0x2000/0x2000';

export function renderNat(settings: RuleSettings, pods: readonly PodPorts[]): DesiredTable {
  const { clusterCidr, nodeCidr } = settings;
  const chains = new Map<string, readonly string[]>([
    [
      POSTROUTING,
      [
        `-m comment --comment "host port traffic requiring SNAT" -m mark --mark ${MARK} -j MASQUERADE --random-fully`,
        `-s ${nodeCidr} -d ${clusterCidr} -j RETURN`,
        `-s ${nodeCidr} -d 224.0.0.0/4 -j RETURN`,
        `-s ${nodeCidr} -m comment --comment "pods to what lies outside the cluster" -j MASQUERADE --random-fully`,
      ],
    ],
    [HOST_PORT_MARK, [`-j MARK --set-xmark ${MARK}`]],
    [HOST_PORTS, pods.flatMap(renderHostPorts)],
  ]);
  const jumps = [
    {
      from: 'PREROUTING',
      rule: `-m comment --comment "reflet host ports" -m addrtype --dst-type LOCAL -j ${HOST_PORTS}`,
    },
    { from: 'OUTPUT', rule: `-m comment --comment "reflet host ports" -m addrtype --dst-type LOCAL -j ${HOST_PORTS}` },
    { from: 'POSTROUTING', rule: `-m comment --comment "reflet pods" -j ${POSTROUTING}` },
  ];
  return { chains, jumps };
}

export function renderFilter(settings: RuleSettings): DesiredTable {
  const { clusterCidr, serviceCidr, gateway } = settings;
  const toServices = serviceCidr ? [`-d ${serviceCidr} -m comment --comment "left to service rules" -j RETURN`] : [];
  const dns = (protocol: string) =>
    `-d ${gateway}/32 -i ${BRIDGE} -p ${protocol} -m comment --comment "DNS for pods" -m ${protocol} --dport 53 -j ACCEPT`;
  const chains = new Map<string, readonly string[]>([
    [FORWARD, [...toServices, `-s ${clusterCidr} -j ACCEPT`, `-d ${clusterCidr} -j ACCEPT`]],
    [INPUT, [dns('udp'), dns('tcp')]],
  ]);
  const jumps = [
    { from: 'FORWARD', rule: `-m comment --comment "reflet pods" -j ${FORWARD}` },
    { from: 'INPUT', rule: `-m comment --comment "reflet pods" -j ${INPUT}` },
  ];
  return { chains, jumps };
}

/** The rules of one pod's host ports. */
export function renderHostPorts(pod: PodPorts): string[] {
  return pod.hostPorts.flatMap((port) => {
    const protocol = port.protocol.toLowerCase();
    const isAny = port.hostIp === '' || port.hostIp === '0.0.0.0';
    const destination = isAny ? '' : `-d ${port.hostIp}/32 `;
    const match = (source: string) =>
      `${source ? `-s ${source}/32 ` : ''}${destination}-p ${protocol} -m comment --comment ${pod.uid} -m ${protocol} --dport ${port.hostPort}`;
    return [
      `${match(pod.ip)} -j ${HOST_PORT_MARK}`,
      `${match('127.0.0.1')} -j ${HOST_PORT_MARK}`,
      `${match('')} -j DNAT --to-destination ${pod.ip}:${port.containerPort}`,
    ];
  });
}

/** What is wrong with a host port, or undefined. IPv6 addresses are not served. */
export function hostPortProblem(port: HostPort): string | undefined {
  const isPort = (value: number) => Number.isInteger(value) && value >= 1 && value <= 65_535;
  if (!isPort(port.hostPort)) return `hostPort ${port.hostPort}: expected 1 to 65535`;
  if (!isPort(port.containerPort)) return `containerPort ${port.containerPort}: expected 1 to 65535`;
  if (!['TCP', 'UDP', 'SCTP'].includes(port.protocol))
    return `protocol ${JSON.stringify(port.protocol)}: expected TCP, UDP or SCTP`;
  if (port.hostIp !== '' && parseIpv4(port.hostIp) === undefined)
    return `hostIP ${JSON.stringify(port.hostIp)}: expected an IPv4 address`;
  return undefined;
}
