/**
 * The Service allocator. Every address and port has at most one holder, named by the Service's namespace and name.
 *
 * Invariants: an address or port is given to one Service only, also among Services that are being written at the same time; what a failed write
 * took is free again; what stands in the store counts, whoever wrote it.
 */

import type { Random } from '../../base/clock.ts';
import { type FieldError, goText, invalidValue, path } from '../../base/field.ts';
import { formatIpv4, parseIpv4 } from '../../base/ipv4.ts';
import { formatKey, type KubeObject, keyOf } from '../../base/object.ts';
import { DEFAULT_NODE_PORTS, type NumberRange, parseServiceCidr, pickFree, portRange } from './ranges.ts';
import { type Allocation, NO_RESERVATION, type Reservation, type ServiceAllocator } from './service-allocator.ts';

export interface ServiceAllocatorOptions {
  /** `10.96.0.0/16` */
  serviceCidr: string;
  /** Inclusive. */
  nodePorts?: { first: number; last: number };
  random: Random;
  /** The stored Services at start. */
  services: Iterable<Readonly<KubeObject>>;
}

interface ServicePort {
  name?: string;
  protocol?: string;
  port?: number;
  nodePort?: number;
}

interface ServiceSpec {
  type?: string;
  clusterIP?: string;
  clusterIPs?: string[];
  ipFamilies?: string[];
  ipFamilyPolicy?: string;
  selector?: Record<string, string>;
  allocateLoadBalancerNodePorts?: boolean;
  externalTrafficPolicy?: string;
  healthCheckNodePort?: number;
  ports?: ServicePort[];
}

export function createServiceAllocator(options: ServiceAllocatorOptions): ServiceAllocator {
  const allocator = new MemoryAllocator(options);
  for (const service of options.services) allocator.observe(undefined, service);
  return allocator;
}

class MemoryAllocator implements ServiceAllocator {
  readonly #cidrText: string;
  readonly #addresses: NumberRange;
  readonly #ports: NumberRange;
  readonly #random: Random;
  readonly #addressHolders = new Holders();
  readonly #portHolders = new Holders();

  constructor({ serviceCidr, nodePorts, random }: ServiceAllocatorOptions) {
    const { text, addresses } = parseServiceCidr(serviceCidr);
    this.#cidrText = text;
    this.#addresses = addresses;
    this.#ports = portRange(nodePorts ?? DEFAULT_NODE_PORTS);
    this.#random = random;
  }

  observe(before: Readonly<KubeObject> | undefined, after: Readonly<KubeObject> | undefined): void {
    const holder = formatKey(keyOf((after ?? before)!));
    const kept = after ? heldBy(specOf(after)) : EMPTY;
    const had = before ? heldBy(specOf(before)) : EMPTY;
    this.#addressHolders.replace(holder, had.addresses, kept.addresses);
    this.#portHolders.replace(holder, had.ports, kept.ports);
  }

  allocate(
    service: KubeObject,
    old: Readonly<KubeObject> | undefined,
    releasing: ReadonlySet<string> = NOBODY,
  ): Allocation {
    const spec = specOf(service);
    const holder = formatKey(keyOf(service));
    const attempt = new Attempt(holder, releasing, this.#addressHolders, this.#portHolders);
    const errors = [
      ...setFamilies(spec),
      ...this.#allocateAddress(spec, attempt),
      ...this.#allocatePorts(spec, old && specOf(old), attempt),
    ];
    if (errors.length === 0) return { reservation: attempt, errors };
    attempt.rollback();
    return { reservation: NO_RESERVATION, errors };
  }

  #allocateAddress(spec: ServiceSpec, attempt: Attempt): FieldError[] {
    if (spec.type === 'ExternalName' || spec.clusterIP === 'None') return [];
    const wanted = spec.clusterIPs?.[0] || spec.clusterIP;
    if (!wanted) {
      const free = pickFree(this.#addresses, (value) => this.#addressHolders.isTaken(value), this.#random.next());
      if (free === undefined)
        return [internal(path('spec').child('clusterIPs'), 'failed to allocate a serviceIP: range is full')];
      attempt.takeAddress(free);
      spec.clusterIP = formatIpv4(free);
      spec.clusterIPs = [spec.clusterIP];
      return [];
    }
    const value = parseIpv4(wanted);
    const why =
      value === undefined || value < this.#addresses.first || value > this.#addresses.last
        ? `the provided IP (${wanted}) is not in the valid range. The range of valid IPs is ${this.#cidrText}`
        : attempt.takeAddress(value)
          ? undefined
          : 'provided IP is already allocated';
    if (why)
      return [
        invalidValue(
          path('spec').child('clusterIPs'),
          goText(`[]string{"${wanted}"}`),
          `failed to allocate IP ${wanted}: ${why}`,
        ),
      ];
    spec.clusterIP = wanted;
    spec.clusterIPs = [wanted];
    return [];
  }

  #allocatePorts(spec: ServiceSpec, old: ServiceSpec | undefined, attempt: Attempt): FieldError[] {
    const errors: FieldError[] = [];
    if (spec.type === 'NodePort' || spec.type === 'LoadBalancer') {
      const given = new Map<number, number>();
      for (const [index, port] of (spec.ports ?? []).entries())
        errors.push(...this.#allocatePort({ spec, port, index, given, attempt, updating: old !== undefined }));
    }
    if (needsHealthCheck(spec)) errors.push(...this.#allocateHealthPort(spec, attempt));
    return errors;
  }

  /** Ports of one number (TCP and UDP of a DNS server) share a node port when the Service is created. */
  #allocatePort(one: {
    spec: ServiceSpec;
    port: ServicePort;
    index: number;
    given: Map<number, number>;
    attempt: Attempt;
    updating: boolean;
  }): FieldError[] {
    const { spec, port, index, given, attempt, updating } = one;
    const at = path('spec').child('ports').index(index).child('nodePort');
    if (!port.nodePort) {
      if (spec.type === 'LoadBalancer' && spec.allocateLoadBalancerNodePorts === false) return [];
      const same = spec.ports?.find((other) => other.port === port.port && other.nodePort)?.nodePort;
      const shared = updating ? undefined : (given.get(port.port ?? 0) ?? same);
      if (shared === undefined) {
        const free = this.#freePort();
        if (free === undefined) return [internal(at, 'failed to allocate a nodePort: range is full')];
        port.nodePort = free;
      } else port.nodePort = shared;
    }
    if (!given.has(port.port ?? 0)) given.set(port.port ?? 0, port.nodePort);
    const why = this.#takePort(port.nodePort, attempt);
    return why ? [invalidValue(at, port.nodePort, why)] : [];
  }

  #allocateHealthPort(spec: ServiceSpec, attempt: Attempt): FieldError[] {
    const at = path('spec').child('healthCheckNodePort');
    const port = spec.healthCheckNodePort || this.#freePort();
    if (port === undefined) return [internal(at, 'failed to allocate a HealthCheck NodePort 0: range is full')];
    spec.healthCheckNodePort = port;
    const why = this.#takePort(port, attempt);
    return why ? [internal(at, `failed to allocate requested HealthCheck NodePort ${port}: ${why}`)] : [];
  }

  #freePort(): number | undefined {
    return pickFree(this.#ports, (value) => this.#portHolders.isTaken(value), this.#random.next());
  }

  #takePort(port: number, attempt: Attempt): string | undefined {
    const { first, last } = this.#ports;
    // A port that the Service already holds stays its own even when the range has changed since.
    if (this.#portHolders.isHeldBy(port, attempt.holder)) return undefined;
    if (port < first || port > last)
      return `provided port is not in the valid range. The range of valid ports is ${first}-${last}`;
    return attempt.takePort(port) ? undefined : 'provided port is already allocated';
  }
}

/** Who claims which number; the store may hold two Services with one address, and then both count. */
class Holders {
  readonly #claims = new Map<number, readonly string[]>();

  isTaken(value: number): boolean {
    return this.#claims.has(value);
  }

  isHeldBy(value: number, holder: string): boolean {
    return this.#claims.get(value)?.includes(holder) ?? false;
  }

  /** True when nobody else claims it, apart from those who are giving it up. */
  isFreeFor(value: number, holder: string, releasing: ReadonlySet<string>): boolean {
    return this.#claims.get(value)?.every((other) => other === holder || releasing.has(other)) ?? true;
  }

  add(value: number, holder: string): void {
    const claims = this.#claims.get(value) ?? [];
    if (!claims.includes(holder)) this.#claims.set(value, [...claims, holder]);
  }

  remove(value: number, holder: string): void {
    const left = this.#claims.get(value)?.filter((other) => other !== holder) ?? [];
    if (left.length > 0) this.#claims.set(value, left);
    else this.#claims.delete(value);
  }

  replace(holder: string, had: ReadonlySet<number>, kept: ReadonlySet<number>): void {
    for (const value of had) if (!kept.has(value)) this.remove(value, holder);
    for (const value of kept) this.add(value, holder);
  }
}

const NOBODY: ReadonlySet<string> = new Set();

/** What one admission newly took. */
class Attempt implements Reservation {
  readonly holder: string;
  readonly #releasing: ReadonlySet<string>;
  readonly #addresses: Holders;
  readonly #ports: Holders;
  #taken: { from: Holders; value: number }[] = [];

  constructor(holder: string, releasing: ReadonlySet<string>, addresses: Holders, ports: Holders) {
    this.holder = holder;
    this.#releasing = releasing;
    this.#addresses = addresses;
    this.#ports = ports;
  }

  takeAddress(value: number): boolean {
    return this.#take(this.#addresses, value);
  }

  takePort(value: number): boolean {
    return this.#take(this.#ports, value);
  }

  #take(from: Holders, value: number): boolean {
    if (!from.isFreeFor(value, this.holder, this.#releasing)) return false;
    if (from.isHeldBy(value, this.holder)) return true;
    from.add(value, this.holder);
    this.#taken.push({ from, value });
    return true;
  }

  commit(): void {
    this.#taken = [];
  }

  rollback(): void {
    for (const { from, value } of this.#taken) from.remove(value, this.holder);
    this.#taken = [];
  }
}

const EMPTY = { addresses: new Set<number>(), ports: new Set<number>() };

function heldBy(spec: ServiceSpec): { addresses: Set<number>; ports: Set<number> } {
  const ips = spec.clusterIPs ?? (spec.clusterIP ? [spec.clusterIP] : []);
  const addresses = ips.map(parseIpv4).filter((value) => value !== undefined);
  const ports = (spec.ports ?? []).map((port) => port.nodePort ?? 0);
  return {
    addresses: new Set(addresses),
    ports: new Set([...ports, spec.healthCheckNodePort ?? 0].filter((port) => port > 0)),
  };
}

/** A single-stack IPv4 cluster's choice of families, where the Service leaves it open. */
function setFamilies(spec: ServiceSpec): FieldError[] {
  if (spec.type === 'ExternalName') return [];
  const isFree = spec.clusterIP === 'None' && Object.keys(spec.selector ?? {}).length === 0;
  spec.ipFamilyPolicy ??= isFree ? 'RequireDualStack' : 'SingleStack';
  if (spec.ipFamilyPolicy === 'SingleStack' && spec.ipFamilies?.length === 2) {
    const detail = "must be 'RequireDualStack' or 'PreferDualStack' when multiple IP families are specified";
    return [invalidValue(path('spec').child('ipFamilyPolicy'), spec.ipFamilyPolicy, detail)];
  }
  if (isFree) return setFreeFamilies(spec);
  if (spec.ipFamilyPolicy === 'RequireDualStack')
    return [
      invalidValue(
        path('spec').child('ipFamilyPolicy'),
        spec.ipFamilyPolicy,
        'this cluster is not configured for dual-stack services',
      ),
    ];
  const foreign = (spec.ipFamilies ?? []).findIndex((family) => family !== 'IPv4');
  if (foreign >= 0)
    return [
      invalidValue(
        path('spec').child('ipFamilies').index(foreign),
        spec.ipFamilies?.[foreign],
        'not configured on this cluster',
      ),
    ];
  if (!spec.ipFamilies?.length) spec.ipFamilies = ['IPv4'];
  return [];
}

/** Nothing is allocated, and whoever writes the endpoints knows of what family they are: both, whatever the cluster has. */
function setFreeFamilies(spec: ServiceSpec): FieldError[] {
  const [first = 'IPv4', ...others] = spec.ipFamilies ?? [];
  const isBoth = others.length === 0 && spec.ipFamilyPolicy !== 'SingleStack';
  spec.ipFamilies = [first, ...(isBoth ? [first === 'IPv4' ? 'IPv6' : 'IPv4'] : others)];
  return [];
}

function needsHealthCheck(spec: ServiceSpec): boolean {
  return spec.type === 'LoadBalancer' && spec.externalTrafficPolicy === 'Local';
}

function internal(at: { toString(): string }, detail: string): FieldError {
  return { type: 'InternalError', field: at.toString(), detail };
}

function specOf(service: Readonly<KubeObject>): ServiceSpec {
  return ((service as { spec?: ServiceSpec }).spec ?? {}) as ServiceSpec;
}
