/** Executes the node lifecycle loop's actions. */

import { type Clock, formatTime } from '../../base/clock.ts';
import { keyOf } from '../../base/object.ts';
import { isReason } from '../../base/status.ts';
import { NODES, PODS } from '../../kinds/resources.ts';
import type { Pod } from '../../kinds/types.generated.ts';
import { type EventRecorder, referenceOf } from '../../runtime/events.ts';
import type { Loop } from '../../runtime/loop.ts';
import type { SharedInformers } from '../../runtime/shared-informers.ts';
import type { TrackedWrites } from '../../runtime/tracked-writes.ts';
import { isPodReady, isPodTerminal } from '../shared/pod.ts';
import type { NodeLifecycleAction, NodeLifecycleSnapshot } from './actions.ts';
import { type EvictionLimiter, zoneOf } from './zones.ts';

export interface NodeLifecycleActors {
  writes: TrackedWrites;
  informers: SharedInformers;
  events: EventRecorder;
  limiter: EvictionLimiter;
  clock: Clock;
}

export function createAct(actors: NodeLifecycleActors): Loop<NodeLifecycleSnapshot, NodeLifecycleAction>['act'] {
  const { writes, events, limiter } = actors;
  return {
    markUnknown: async ({ key, node, conditions }) => {
      const status = { ...node.status, conditions };
      await writes.update(key, NODES, { ...node, status }, { subresource: 'status' });
      const message = `Node ${key} status is now: NodeNotReady`;
      events.record({ regarding: referenceOf(NODES, node), type: 'Normal', reason: 'NodeNotReady', message });
    },
    markPodsNotReady: async ({ key, node }) => {
      const pods = actors.informers.pods.by('node', node.metadata?.name ?? '');
      const serving = pods.filter((pod) => isPodReady(pod) && !isPodTerminal(pod));
      await Promise.all(serving.map((pod) => markNotReady(actors, key, pod)));
    },
    setTaints: async ({ key, node, taints, evicts }) => {
      if (evicts) limiter.take(zoneOf(node));
      const { uid, resourceVersion } = node.metadata ?? {};
      const patch = { metadata: { uid, resourceVersion }, spec: { taints: taints.length > 0 ? taints : null } };
      await writes.patch(key, NODES, keyOf(node), patch, { type: 'merge' });
    },
  };
}

async function markNotReady({ writes, events, clock }: NodeLifecycleActors, key: string, pod: Pod): Promise<void> {
  const lastTransitionTime = formatTime(clock.now());
  const conditions = (pod.status?.conditions ?? []).map((condition) =>
    condition.type === 'Ready' ? { ...condition, status: 'False', lastTransitionTime } : condition,
  );
  try {
    const next = { ...pod, status: { ...pod.status, conditions } };
    await writes.update(key, PODS, next, { subresource: 'status' });
  } catch (error) {
    if (isReason(error, 'NotFound')) return;
    throw error;
  }
  const regarding = referenceOf(PODS, pod);
  events.record({ regarding, type: 'Warning', reason: 'NodeNotReady', message: 'Node is not ready' });
}
