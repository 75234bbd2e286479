/**
 * The two strategies: how large the new and the old ReplicaSets should be next (`deployment/rolling.go`, `recreate.go`). Pure.
 *
 * Safety (checked by the simulation): pods never exceed replicas + maxSurge, and no scale-down makes available pods fewer than
 * replicas − maxUnavailable. A ReplicaSet's status may be older than its spec, so what it reports available counts up to its size only.
 */

import type { Deployment, ReplicaSet } from '../../kinds/types.generated.ts';
import type { DeploymentAction } from './actions.ts';
import { maxUnavailable, newReplicaSetSize, replicasOf, sumReplicas } from './fenceposts.ts';
import { byCreation, isActive } from './replica-sets.ts';
import { scaleTo } from './scale.ts';

export interface Rollout {
  key: string;
  deployment: Readonly<Deployment>;
  newReplicaSet: Readonly<ReplicaSet>;
  old: readonly Readonly<ReplicaSet>[];
}

const availableOf = (replicaSet: Readonly<ReplicaSet>): number =>
  Math.min(replicaSet.status?.availableReplicas ?? 0, replicasOf(replicaSet));

/** Up first; only when nothing is left to add, down. */
export function rollingActions(rollout: Rollout): DeploymentAction[] {
  const up = reconcileNew(rollout);
  return up.length > 0 ? up : reconcileOld(rollout);
}

function reconcileNew({ key, deployment, newReplicaSet, old }: Rollout): DeploymentAction[] {
  const size = replicasOf(newReplicaSet);
  const wanted = replicasOf(deployment);
  if (size === wanted) return [];
  const next = size > wanted ? wanted : newReplicaSetSize(deployment, old, newReplicaSet);
  return scaleTo(key, deployment, newReplicaSet, next);
}

function reconcileOld({ key, deployment, newReplicaSet, old }: Rollout): DeploymentAction[] {
  const active = old.filter(isActive).sort(byCreation);
  if (active.length === 0) return [];
  const minAvailable = replicasOf(deployment) - maxUnavailable(deployment);
  const newUnavailable = replicasOf(newReplicaSet) - availableOf(newReplicaSet);
  const removable = sumReplicas([...old, newReplicaSet]) - minAvailable - newUnavailable;
  if (removable <= 0) return [];
  const sizes = new Map(active.map((replicaSet) => [replicaSet, replicasOf(replicaSet)]));
  const unhealthy = takeUnhealthy(active, sizes, removable);
  const available = [...old, newReplicaSet].reduce((sum, replicaSet) => sum + availableOf(replicaSet), 0);
  takeAvailable(active, sizes, Math.min(available - minAvailable, removable - unhealthy));
  return active.flatMap((replicaSet) => {
    const size = sizes.get(replicaSet)!;
    return size === replicasOf(replicaSet) ? [] : scaleTo(key, deployment, replicaSet, size);
  });
}

/** First those that serve nobody (`cleanupUnhealthyReplicas`). Returns how many were taken. */
function takeUnhealthy(
  active: readonly Readonly<ReplicaSet>[],
  sizes: Map<Readonly<ReplicaSet>, number>,
  most: number,
): number {
  let taken = 0;
  for (const replicaSet of active) {
    const count = Math.min(most - taken, replicasOf(replicaSet) - availableOf(replicaSet));
    if (count <= 0) continue;
    sizes.set(replicaSet, sizes.get(replicaSet)! - count);
    taken += count;
  }
  return taken;
}

function takeAvailable(
  active: readonly Readonly<ReplicaSet>[],
  sizes: Map<Readonly<ReplicaSet>, number>,
  most: number,
): void {
  let left = most;
  for (const replicaSet of active) {
    if (left <= 0) return;
    const size = sizes.get(replicaSet)!;
    const count = Math.min(size, left);
    sizes.set(replicaSet, size - count);
    left -= count;
  }
}

/** Recreate, first half: everything old goes. */
export function scaleDownOld(
  key: string,
  deployment: Readonly<Deployment>,
  old: readonly Readonly<ReplicaSet>[],
): DeploymentAction[] {
  return old.filter(isActive).flatMap((replicaSet) => scaleTo(key, deployment, replicaSet, 0));
}

/** Old ReplicaSets beyond the history limit that nothing runs in any more (`cleanupDeployment`). */
export function surplusHistory(
  deployment: Readonly<Deployment>,
  old: readonly ReplicaSet[],
  revisionOf: (replicaSet: Readonly<ReplicaSet>) => number,
): ReplicaSet[] {
  const limit = deployment.spec?.revisionHistoryLimit;
  if (limit === undefined || limit === 2 ** 31 - 1) return [];
  const kept = old.filter(({ metadata }) => metadata?.deletionTimestamp === undefined);
  const surplus = kept.length - limit;
  if (surplus <= 0) return [];
  return [...kept]
    .sort((a, b) => revisionOf(a) - revisionOf(b) || byCreation(a, b))
    .slice(0, surplus)
    .filter(
      ({ metadata, spec, status }) =>
        (status?.replicas ?? 0) === 0 &&
        (spec?.replicas ?? 1) === 0 &&
        (metadata?.generation ?? 0) <= (status?.observedGeneration ?? 0),
    );
}
