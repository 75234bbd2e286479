/**
 * A Service as the proxy needs it: one flat record per port, every value checked so that it can stand in a rule.
 *
 * Invariants: names match Kubernetes' label syntax, addresses are IPv4, ports are 1–65535; what does not pass is left out with a problem
 * that names it, and never reaches a rule. Pure. Must not look at endpoints.
 */

import { parseIpv4, parseIpv4Range } from '../base/ipv4.ts';
import type { Service, ServicePort as ServicePortSpec } from '../kinds/types.generated.ts';

export type Protocol = 'TCP' | 'UDP' | 'SCTP';

export interface ServicePort {
  /** `namespace/name:port`, or `namespace/name` for an unnamed port: stands in comments and seeds chain names. */
  readonly id: string;
  /** The port's name, `''` when unnamed: what matches an EndpointSlice's port. */
  readonly portName: string;
  readonly protocol: Protocol;
  readonly port: number;
  readonly clusterIp: string;
  readonly nodePort: number | undefined;
  readonly externalIps: readonly string[];
  readonly loadBalancerIps: readonly string[];
  /** `spec.loadBalancerSourceRanges`; empty: everybody. */
  readonly sourceRanges: readonly string[];
  /** `spec.sessionAffinityConfig.clientIP.timeoutSeconds`; undefined: no affinity. */
  readonly affinitySeconds: number | undefined;
  readonly isInternalLocal: boolean;
  readonly isExternalLocal: boolean;
}

export interface ServicePorts {
  readonly ports: readonly ServicePort[];
  /** What was left out and why, for a log or an event. */
  readonly problems: readonly string[];
}

/** RFC 1123 label, as the API validates namespaces, service names and port names. */
const LABEL = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;
/** `sessionAffinityConfig.clientIP.timeoutSeconds`: default 10800, at most a day (API validation). */
const AFFINITY_SECONDS_DEFAULT = 10_800;
const AFFINITY_SECONDS_MAX = 86_400;
/** No Service needs more; bounds what one object can put into the rule set. */
const PORTS_MAX = 1_000;
const ADDRESSES_MAX = 100;

/** The ports of a Service that are to be proxied; none for headless and ExternalName services. */
export function readServicePorts(service: Service): ServicePorts {
  const spec = service.spec;
  const namespace = service.metadata?.namespace ?? '';
  const name = service.metadata?.name ?? '';
  const clusterIp = spec?.clusterIP ?? '';
  if (!spec || spec.type === 'ExternalName' || clusterIp === '' || clusterIp === 'None')
    return { ports: [], problems: [] };
  if (service.metadata?.labels?.['service.kubernetes.io/service-proxy-name']) return { ports: [], problems: [] };
  if (!LABEL.test(namespace) || !LABEL.test(name))
    return { ports: [], problems: ['its name or namespace is no DNS label'] };
  if (parseIpv4(clusterIp) === undefined)
    return { ports: [], problems: [`clusterIP ${quote(clusterIp)} is no IPv4 address`] };
  const problems: string[] = [];
  const shared = {
    clusterIp,
    externalIps: addresses(spec.externalIPs, 'externalIPs', problems),
    loadBalancerIps: spec.type === 'LoadBalancer' ? loadBalancerIps(service, problems) : [],
    sourceRanges: spec.type === 'LoadBalancer' ? ranges(spec.loadBalancerSourceRanges, problems) : [],
    affinitySeconds: affinitySeconds(spec.sessionAffinity, spec.sessionAffinityConfig?.clientIP?.timeoutSeconds),
    isInternalLocal: spec.internalTrafficPolicy === 'Local',
    isExternalLocal: spec.externalTrafficPolicy === 'Local',
  };
  const hasNodePorts = spec.type === 'NodePort' || spec.type === 'LoadBalancer';
  const ports: ServicePort[] = [];
  for (const port of (spec.ports ?? []).slice(0, PORTS_MAX)) {
    const read = readPort(port, problems);
    if (!read) continue;
    const id = read.portName ? `${namespace}/${name}:${read.portName}` : `${namespace}/${name}`;
    ports.push({ ...shared, ...read, id, nodePort: hasNodePorts ? read.nodePort : undefined });
  }
  return { ports, problems };
}

function readPort(
  port: ServicePortSpec,
  problems: string[],
): Pick<ServicePort, 'portName' | 'protocol' | 'port' | 'nodePort'> | undefined {
  const portName = port.name ?? '';
  const protocol = port.protocol ?? 'TCP';
  if (portName !== '' && !LABEL.test(portName)) problems.push(`port name ${quote(portName)} is no DNS label`);
  else if (protocol !== 'TCP' && protocol !== 'UDP' && protocol !== 'SCTP')
    problems.push(`protocol ${quote(protocol)} is unknown`);
  else if (!isPort(port.port)) problems.push(`port ${quote(port.port)} is out of range`);
  else {
    const nodePort = port.nodePort ? port.nodePort : undefined;
    if (nodePort === undefined || isPort(nodePort)) return { portName, protocol, port: port.port, nodePort };
    problems.push(`nodePort ${quote(nodePort)} is out of range`);
  }
  return undefined;
}

export function isPort(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= 65_535;
}

function addresses(values: readonly string[] | undefined, field: string, problems: string[]): string[] {
  const valid = new Set<string>();
  for (const value of (values ?? []).slice(0, ADDRESSES_MAX)) {
    if (parseIpv4(value) === undefined) problems.push(`${field}: ${quote(value)} is no IPv4 address`);
    else valid.add(value);
  }
  return [...valid];
}

/** `status.loadBalancer.ingress[].ip`, unless the balancer delivers to the node itself (`ipMode: Proxy`, KEP-1860). */
function loadBalancerIps(service: Service, problems: string[]): string[] {
  const ingress = service.status?.loadBalancer?.ingress ?? [];
  const ips = ingress.filter((entry) => entry.ip && entry.ipMode !== 'Proxy').map((entry) => entry.ip ?? '');
  return addresses(ips, 'status.loadBalancer.ingress', problems);
}

/** Fails closed: a range that cannot be read admits nobody, it is never dropped so that everybody could enter. */
function ranges(values: readonly string[] | undefined, problems: string[]): string[] {
  if (!values || values.length === 0) return [];
  const valid: string[] = [];
  for (const value of values.slice(0, ADDRESSES_MAX)) {
    const range = parseIpv4Range(value.trim());
    if (range) valid.push(value.trim());
    else problems.push(`loadBalancerSourceRanges: ${quote(value)} is no IPv4 range`);
  }
  return valid.length > 0 ? valid : ['255.255.255.255/32'];
}

function affinitySeconds(affinity: string | undefined, seconds: number | undefined): number | undefined {
  if (affinity !== 'ClientIP') return undefined;
  if (seconds === undefined || !Number.isInteger(seconds) || seconds < 1) return AFFINITY_SECONDS_DEFAULT;
  return Math.min(seconds, AFFINITY_SECONDS_MAX);
}

function quote(value: unknown): string {
  return JSON.stringify(String(value).slice(0, 100));
}
