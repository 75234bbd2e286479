/**
 * What a ReplicaSet needs next (`replica_set.go`: syncReplicaSet). Pure and total.
 * A held one (`reflet.dev/waits-for`) makes no new pods; what runs stays.
 * Order: ownership, then the number of pods, then the status (which is counted from pods as seen, so it follows once they are seen).
 */

import { formatTime } from '../../base/clock.ts';
import { canonicalJson } from '../../base/json.ts';
import { compileLabelSelector } from '../../base/label-selector.ts';
import { heldFor } from '../../kinds/common/rollout-order.ts';
import type { Pod, ReplicaSet, ReplicaSetCondition, ReplicaSetStatus } from '../../kinds/types.generated.ts';
import type { Decision, Waiting } from '../../runtime/loop.ts';
import { withCondition, withoutCondition } from '../shared/conditions.ts';
import { claim } from '../shared/ownership.ts';
import { availableInMs, isPodActive, isPodReady } from '../shared/pod.ts';
import { podsToDelete } from '../shared/rank.ts';
import type { ReplicaSetAction, ReplicaSetSnapshot } from './actions.ts';

/** As upstream's BurstReplicas: pods created or deleted in one pass. */
const BURST_REPLICAS = 500;

export function decide(snapshot: ReplicaSetSnapshot, now: number): Decision<ReplicaSetAction> {
  const { key, replicaSet } = snapshot;
  const matches = compileLabelSelector(replicaSet.spec?.selector);
  const claims = claim(replicaSet, matches, snapshot.candidates.filter(isPodActive));
  const ownership: ReplicaSetAction[] = [
    ...claims.adoptable.map((pod) => ({ type: 'adoptPod' as const, key, replicaSet, pod })),
    ...claims.releasable.map((pod) => ({ type: 'releasePod' as const, key, replicaSet, pod })),
  ];
  if (ownership.length > 0) return { actions: ownership };
  const pods = claims.owned;
  const wanted = replicaSet.spec?.replicas ?? 1;
  const isTerminating = replicaSet.metadata?.deletionTimestamp !== undefined;
  const difference = isTerminating ? 0 : wanted - pods.length;
  const counted = countStatus(replicaSet, pods, now);
  const held = heldFor(replicaSet);
  if (difference > 0 && held === undefined) {
    const count = Math.min(difference, BURST_REPLICAS);
    return { actions: [{ type: 'createPods', key, replicaSet, count, status: counted.status }] };
  }
  if (difference < 0) {
    const count = Math.min(-difference, BURST_REPLICAS);
    const chosen = podsToDelete(pods, snapshot.relatedPods(), count, now);
    return { actions: [{ type: 'deletePods', key, replicaSet, pods: chosen, status: counted.status }] };
  }
  const conditions = withoutCondition(counted.status.conditions ?? [], 'ReplicaFailure');
  const status = withConditions(counted.status, conditions);
  const actions: ReplicaSetAction[] = isSameStatus(replicaSet.status, status)
    ? []
    : [{ type: 'updateStatus', key, replicaSet, status }];
  const waiting = counted.nextAvailableMs === undefined ? [] : [waitForAvailability(counted.nextAvailableMs)];
  if (difference > 0) waiting.push({ reason: 'ReplicaSetHeld', message: `ReplicaSet waits for ${held}` });
  return { actions, waiting };
}

const waitForAvailability = (afterMs: number): Waiting => ({
  reason: 'MinReadySeconds',
  message: 'waiting for ready pods to have been ready for minReadySeconds',
  afterMs,
});

function countStatus(
  replicaSet: Readonly<ReplicaSet>,
  pods: readonly Readonly<Pod>[],
  now: number,
): { status: ReplicaSetStatus; nextAvailableMs: number | undefined } {
  const labels = Object.entries(replicaSet.spec?.template?.metadata?.labels ?? {});
  const minReadySeconds = replicaSet.spec?.minReadySeconds ?? 0;
  const delays = pods.map((pod) => availableInMs(pod, minReadySeconds, now));
  const later = delays.filter((delay) => delay !== undefined && delay > 0) as number[];
  const status: ReplicaSetStatus = {
    replicas: pods.length,
    fullyLabeledReplicas: pods.filter(({ metadata }) =>
      labels.every(([name, value]) => metadata?.labels?.[name] === value),
    ).length,
    readyReplicas: pods.filter(isPodReady).length,
    availableReplicas: delays.filter((delay) => delay === 0).length,
    observedGeneration: replicaSet.metadata?.generation,
    conditions: replicaSet.status?.conditions,
  };
  return { status, nextAvailableMs: later.length > 0 ? Math.min(...later) : undefined };
}

/** The status to write when pods could not be created or deleted. The first failure stands until it is over. */
export function failedStatus(
  status: ReplicaSetStatus,
  reason: 'FailedCreate' | 'FailedDelete',
  message: string,
  now: number,
): ReplicaSetStatus {
  if (status.conditions?.some(({ type }) => type === 'ReplicaFailure')) return status;
  const failure: ReplicaSetCondition = {
    type: 'ReplicaFailure',
    status: 'True',
    lastTransitionTime: formatTime(now),
    reason,
    message,
  };
  return withConditions(status, withCondition(status.conditions ?? [], failure));
}

function withConditions(status: ReplicaSetStatus, conditions: ReplicaSetCondition[]): ReplicaSetStatus {
  const { conditions: _, ...counts } = status;
  return conditions.length > 0 ? { ...counts, conditions } : counts;
}

/** Zero counts may be absent in what the API answers; `replicas` never is. */
export function isSameStatus(a: Readonly<ReplicaSetStatus> | undefined, b: Readonly<ReplicaSetStatus>): boolean {
  const text = (status: Readonly<ReplicaSetStatus> | undefined) =>
    canonicalJson(
      Object.fromEntries(
        Object.entries(status ?? {}).filter(
          ([, value]) => value !== 0 && value !== undefined && !(Array.isArray(value) && value.length === 0),
        ),
      ),
    );
  return a !== undefined && text(a) === text(b);
}
