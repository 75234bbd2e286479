/**
 * Endpoints of a service port from its EndpointSlices, and which of them get which traffic.
 *
 * Invariants: only IPv4 endpoints that a rule may lead to (never loopback, link-local, 0/8, multicast or broadcast: such an endpoint would
 * reach the node's own private services); sorted and unique by `address:port`, so that equal inputs render equal rules. Pure.
 */

import { parseIpv4 } from '../base/ipv4.ts';
import type { EndpointSlice, Endpoint as SliceEndpoint } from '../kinds/types.generated.ts';
import { isPort, type ServicePort } from './service-ports.ts';

export interface Endpoint {
  readonly address: string;
  readonly port: number;
  readonly ready: boolean;
  readonly serving: boolean;
  readonly terminating: boolean;
  readonly isLocal: boolean;
  /** `hints.forZones`; empty: none given. */
  readonly zones: readonly string[];
}

export interface NodeTopology {
  readonly nodeName: string;
  /** The node's `topology.kubernetes.io/zone` label. */
  readonly zone: string | undefined;
}

export interface EndpointChoice {
  /** For traffic policy Cluster. */
  readonly cluster: readonly Endpoint[];
  /** For traffic policy Local. */
  readonly local: readonly Endpoint[];
  /** Any usable endpoint anywhere (decides REJECT against DROP). */
  readonly hasAny: boolean;
}

/** API validation allows 1,000 endpoints in a slice; several slices make a large service. More than this is refused to bound the rules. */
const ENDPOINTS_MAX = 10_000;

/** Endpoints for one service port, of all slices of the service. */
export function readEndpoints(port: ServicePort, slices: readonly EndpointSlice[], node: NodeTopology): Endpoint[] {
  const found = new Map<string, Endpoint>();
  for (const slice of slices) {
    if (slice.addressType !== 'IPv4') continue;
    const numbers = (slice.ports ?? [])
      .filter(
        (candidate) => (candidate.name ?? '') === port.portName && (candidate.protocol ?? 'TCP') === port.protocol,
      )
      .map((candidate) => candidate.port)
      .filter(isPort);
    for (const number of numbers) {
      for (const endpoint of slice.endpoints ?? []) {
        if (found.size >= ENDPOINTS_MAX) break;
        const read = readEndpoint(endpoint, number, node);
        if (!read) continue;
        const key = `${read.address}:${read.port}`;
        // A pod that stands in two slices while it moves between them: the ready view wins, as in kube-proxy's cache.
        const known = found.get(key);
        if (!known || rank(read) > rank(known)) found.set(key, read);
      }
    }
  }
  return [...found].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, endpoint]) => endpoint);
}

function rank(endpoint: Endpoint): number {
  return endpoint.ready ? 2 : endpoint.serving ? 1 : 0;
}

function readEndpoint(endpoint: SliceEndpoint, port: number, node: NodeTopology): Endpoint | undefined {
  const address = endpoint.addresses?.[0];
  if (address === undefined || !isUsableAddress(address)) return undefined;
  const conditions = endpoint.conditions ?? {};
  const ready = conditions.ready ?? true;
  return {
    address,
    port,
    ready,
    serving: conditions.serving ?? ready,
    terminating: conditions.terminating ?? false,
    isLocal: endpoint.nodeName !== undefined && endpoint.nodeName === node.nodeName,
    zones: (endpoint.hints?.forZones ?? []).map((zone) => zone.name),
  };
}

/** False for what must never be a destination: 0/8, 127/8, 169.254/16, multicast, reserved and broadcast addresses. */
function isUsableAddress(address: string): boolean {
  const value = parseIpv4(address);
  if (value === undefined) return false;
  const first = value >>> 24;
  return first !== 0 && first !== 127 && value >>> 16 !== 0xa9fe && first < 224;
}

/**
 * Which endpoints take traffic (KEP-1669, KEP-2433): ready ones; when there is none, those that still serve while terminating. Hints
 * restrict Cluster traffic to this node's zone, if every ready endpoint has hints and one of them names the zone.
 */
export function chooseEndpoints(endpoints: readonly Endpoint[], port: ServicePort, node: NodeTopology): EndpointChoice {
  const usesCluster = !port.isInternalLocal || (hasExternalWays(port) && !port.isExternalLocal);
  const usesLocal = port.isInternalLocal || (port.isExternalLocal && hasExternalWays(port));
  const ready = endpoints.filter((endpoint) => endpoint.ready);
  const useHints = canUseHints(ready, node.zone);
  const everywhere = withFallback(
    ready.filter((endpoint) => !useHints || endpoint.zones.includes(node.zone ?? '')),
    endpoints,
  );
  const local = usesLocal
    ? withFallback(
        ready.filter((endpoint) => endpoint.isLocal),
        endpoints.filter((endpoint) => endpoint.isLocal),
      )
    : [];
  // An external Local service still sends traffic that comes from the cluster itself to every endpoint.
  const cluster = usesCluster || port.isExternalLocal ? everywhere : [];
  return { cluster, local, hasAny: withFallback(ready, endpoints).length > 0 };
}

function withFallback(ready: readonly Endpoint[], all: readonly Endpoint[]): readonly Endpoint[] {
  return ready.length > 0 ? ready : all.filter((endpoint) => endpoint.serving && endpoint.terminating);
}

function canUseHints(ready: readonly Endpoint[], zone: string | undefined): boolean {
  if (zone === undefined || ready.length === 0) return false;
  return (
    ready.every((endpoint) => endpoint.zones.length > 0) && ready.some((endpoint) => endpoint.zones.includes(zone))
  );
}

/** True when traffic may come in from outside the cluster: node port, external or balancer address. */
export function hasExternalWays(port: ServicePort): boolean {
  return port.nodePort !== undefined || port.externalIps.length > 0 || port.loadBalancerIps.length > 0;
}
