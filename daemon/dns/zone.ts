/**
 * What the cluster's zone holds, kept from Services and EndpointSlices: one compact entry per service, changed one at a time.
 *
 * Invariants: only ready endpoints are listed (`publishNotReadyAddresses` has made them ready in the slice); addresses are IPv4; names are
 * lower case. It answers no query itself (`resolve.ts`), and copies nothing from objects that was not checked.
 */

import { parseIpv4 } from '../base/ipv4.ts';
import type { EndpointSlice, Service } from '../kinds/types.generated.ts';

export interface ZoneEndpoint {
  readonly ip: string;
  /** `spec.hostname` of the pod, else the address with dashes: the label below the service's name. */
  readonly label: string;
  readonly ports: readonly ZonePort[];
}

export interface ZonePort {
  readonly name: string;
  /** `tcp`, `udp`, `sctp` */
  readonly protocol: string;
  readonly port: number;
}

export interface ZoneService {
  readonly namespace: string;
  readonly name: string;
  /** Undefined: headless. */
  readonly clusterIp: string | undefined;
  readonly externalName: string | undefined;
  readonly ports: readonly ZonePort[];
  readonly endpoints: readonly ZoneEndpoint[];
}

/** What resolution asks. */
export interface Zone {
  service(namespace: string, name: string): ZoneService | undefined;
  hasNamespace(namespace: string): boolean;
  servicesAt(clusterIp: string): readonly ZoneService[];
  endpointsAt(ip: string): readonly { service: ZoneService; endpoint: ZoneEndpoint }[];
}

const LABEL = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;
const HOST_NAME = /^[a-z0-9_]([-a-z0-9_.]{0,251}[a-z0-9_])?$/;

export class ZoneIndex implements Zone {
  readonly #services = new Map<string, ZoneService>();
  readonly #perNamespace = new Map<string, number>();
  readonly #byClusterIp = new Map<string, Set<ZoneService>>();
  readonly #byEndpointIp = new Map<string, Set<ZoneService>>();

  /** Replaces a service; undefined removes it. */
  put(key: string, next: ZoneService | undefined): void {
    const before = this.#services.get(key);
    if (before) this.#unindex(before);
    if (!next) {
      this.#services.delete(key);
      return;
    }
    this.#services.set(key, next);
    this.#perNamespace.set(next.namespace, (this.#perNamespace.get(next.namespace) ?? 0) + 1);
    if (next.clusterIp) add(this.#byClusterIp, next.clusterIp, next);
    for (const endpoint of next.endpoints) add(this.#byEndpointIp, endpoint.ip, next);
  }

  service(namespace: string, name: string): ZoneService | undefined {
    return this.#services.get(`${namespace}/${name}`);
  }

  hasNamespace(namespace: string): boolean {
    return this.#perNamespace.has(namespace);
  }

  servicesAt(clusterIp: string): readonly ZoneService[] {
    return [...(this.#byClusterIp.get(clusterIp) ?? [])];
  }

  endpointsAt(ip: string): readonly { service: ZoneService; endpoint: ZoneEndpoint }[] {
    const services = [...(this.#byEndpointIp.get(ip) ?? [])];
    return services.flatMap((service) =>
      service.endpoints.filter((endpoint) => endpoint.ip === ip).map((endpoint) => ({ service, endpoint })),
    );
  }

  #unindex(service: ZoneService): void {
    const left = (this.#perNamespace.get(service.namespace) ?? 1) - 1;
    if (left > 0) this.#perNamespace.set(service.namespace, left);
    else this.#perNamespace.delete(service.namespace);
    if (service.clusterIp) remove(this.#byClusterIp, service.clusterIp, service);
    for (const endpoint of service.endpoints) remove(this.#byEndpointIp, endpoint.ip, service);
  }
}

function add(index: Map<string, Set<ZoneService>>, key: string, service: ZoneService): void {
  const set = index.get(key) ?? new Set<ZoneService>();
  index.set(key, set.add(service));
}

function remove(index: Map<string, Set<ZoneService>>, key: string, service: ZoneService): void {
  const set = index.get(key);
  set?.delete(service);
  if (set?.size === 0) index.delete(key);
}

/** The zone's entry for a Service and its slices; undefined when it has no place there (no cluster IP given yet). */
export function readZoneService(service: Service, slices: readonly EndpointSlice[]): ZoneService | undefined {
  const namespace = service.metadata?.namespace ?? '';
  const name = service.metadata?.name ?? '';
  const { spec } = service;
  if (!spec || !LABEL.test(namespace) || !LABEL.test(name)) return undefined;
  const ports = (spec.ports ?? []).map((port) => ({
    name: port.name ?? '',
    protocol: (port.protocol ?? 'TCP').toLowerCase(),
    port: port.port,
  }));
  if (spec.type === 'ExternalName') {
    const target = (spec.externalName ?? '').toLowerCase().replace(/\.$/, '');
    return HOST_NAME.test(target)
      ? { namespace, name, clusterIp: undefined, externalName: target, ports: [], endpoints: [] }
      : undefined;
  }
  const isHeadless = spec.clusterIP === 'None';
  if (!isHeadless && parseIpv4(spec.clusterIP ?? '') === undefined) return undefined;
  const clusterIp = isHeadless ? undefined : spec.clusterIP;
  return { namespace, name, clusterIp, externalName: undefined, ports, endpoints: readEndpoints(slices) };
}

function readEndpoints(slices: readonly EndpointSlice[]): ZoneEndpoint[] {
  const found = new Map<string, ZoneEndpoint>();
  for (const slice of slices) {
    if (slice.addressType !== 'IPv4') continue;
    const ports = (slice.ports ?? []).map((port) => ({
      name: port.name ?? '',
      protocol: (port.protocol ?? 'TCP').toLowerCase(),
      port: port.port ?? 0,
    }));
    for (const endpoint of slice.endpoints ?? []) {
      const ip = endpoint.addresses?.[0] ?? '';
      if (endpoint.conditions?.ready === false || parseIpv4(ip) === undefined) continue;
      const hostname = endpoint.hostname?.toLowerCase() ?? '';
      const label = LABEL.test(hostname) ? hostname : ip.replaceAll('.', '-');
      const known = found.get(`${ip} ${label}`);
      found.set(`${ip} ${label}`, { ip, label, ports: known ? [...known.ports, ...ports] : ports });
    }
  }
  return [...found.values()].sort((a, b) => parseIpv4(a.ip)! - parseIpv4(b.ip)!);
}
