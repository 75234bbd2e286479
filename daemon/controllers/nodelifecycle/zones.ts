/**
 * How many of each zone's nodes are lost, and how fast a zone may be emptied (`node_lifecycle_controller.go`: ComputeZoneState,
 * handleDisruption). Pure but for the limiter's own count.
 */

import type { Node } from '../../kinds/types.generated.ts';
import { readiness } from '../shared/node.ts';

export type ZoneState = 'Normal' | 'PartialDisruption' | 'FullDisruption';

/** kube-controller-manager's --unhealthy-zone-threshold. */
const UNHEALTHY_SHARE = 0.55;
/** --large-cluster-size-threshold: smaller zones are not emptied at all while partly lost. */
const LARGE_ZONE_NODES = 50;
/** --node-eviction-rate and --secondary-node-eviction-rate, in nodes a second. */
const EVICTIONS_PER_MS = 0.1 / 1_000;
const EVICTIONS_PER_MS_PARTIAL = 0.01 / 1_000;

/** `region:zone`, empty when the node has no topology labels. */
export function zoneOf(node: Readonly<Node>): string {
  const labels = node.metadata?.labels ?? {};
  const [region, zone] = [labels['topology.kubernetes.io/region'], labels['topology.kubernetes.io/zone']];
  return region || zone ? `${region ?? ''}:\u0000:${zone ?? ''}` : '';
}

export interface Zones {
  states: ReadonlyMap<string, ZoneState>;
  sizes: ReadonlyMap<string, number>;
  everythingIsLost: boolean;
}

export function assessZones(nodes: readonly Readonly<Node>[]): Zones {
  const counts = new Map<string, { ready: number; lost: number }>();
  for (const node of nodes) {
    const zone = zoneOf(node);
    const count = counts.get(zone) ?? { ready: 0, lost: 0 };
    if (readiness(node) === 'True') count.ready += 1;
    else count.lost += 1;
    counts.set(zone, count);
  }
  const states = new Map([...counts].map(([zone, { ready, lost }]) => [zone, stateOf(ready, lost)]));
  const sizes = new Map([...counts].map(([zone, { ready, lost }]) => [zone, ready + lost]));
  const everythingIsLost = states.size > 0 && [...states.values()].every((state) => state === 'FullDisruption');
  return { states, sizes, everythingIsLost };
}

function stateOf(ready: number, lost: number): ZoneState {
  if (ready === 0 && lost > 0) return 'FullDisruption';
  return lost > 2 && lost / (lost + ready) >= UNHEALTHY_SHARE ? 'PartialDisruption' : 'Normal';
}

/** One node at once per zone, then as fast as the zone's state allows. */
export class EvictionLimiter {
  readonly #tokens = new Map<string, { count: number; atMs: number }>();

  allows(zone: string, state: ZoneState, size: number, nowMs: number): boolean {
    return this.#refill(zone, state, size, nowMs) >= 1;
  }

  take(zone: string): void {
    const tokens = this.#tokens.get(zone);
    if (tokens) tokens.count -= 1;
  }

  #refill(zone: string, state: ZoneState, size: number, nowMs: number): number {
    const before = this.#tokens.get(zone) ?? { count: 1, atMs: nowMs };
    const small = state === 'PartialDisruption' && size <= LARGE_ZONE_NODES;
    const perMs = small ? 0 : state === 'PartialDisruption' ? EVICTIONS_PER_MS_PARTIAL : EVICTIONS_PER_MS;
    const count = small ? 0 : Math.min(1, before.count + (nowMs - before.atMs) * perMs);
    this.#tokens.set(zone, { count, atMs: nowMs });
    return count;
  }
}
