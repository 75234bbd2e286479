/** What the node lifecycle loop sees of one node. Reads informers and its own record of heartbeats only. */

import type { Clock } from '../../base/clock.ts';
import type { SharedInformers } from '../../runtime/shared-informers.ts';
import { isPodReady, isPodTerminal } from '../shared/pod.ts';
import type { NodeLifecycleSnapshot } from './actions.ts';
import type { Heartbeats } from './heartbeats.ts';
import { type EvictionLimiter, type Zones, zoneOf } from './zones.ts';

export interface NodeLifecycleSources {
  informers: SharedInformers;
  heartbeats: Heartbeats;
  limiter: EvictionLimiter;
  zones: () => Zones;
  clock: Clock;
}

export function observe(sources: NodeLifecycleSources, key: string): NodeLifecycleSnapshot | undefined {
  const { informers, heartbeats, limiter, clock } = sources;
  const node = informers.nodes.get({ name: key });
  if (!node) return undefined;
  const zones = sources.zones();
  const zone = zoneOf(node);
  const state = zones.states.get(zone) ?? 'Normal';
  return {
    key,
    node,
    silentMs: heartbeats.silentMs(key),
    zone: state,
    everythingIsLost: zones.everythingIsLost,
    mayEvict: limiter.allows(zone, state, zones.sizes.get(zone) ?? 1, clock.monotonic()),
    hasReadyPods: informers.pods.by('node', key).some((pod) => isPodReady(pod) && !isPodTerminal(pod)),
  };
}
