/**
 * Scaling ReplicaSets: one by one, or all in proportion when a Deployment is scaled in the middle of a rollout
 * (`deployment/sync.go`: scale, `deployment_util.go`: GetProportion). Pure.
 *
 * Worked example: 10 replicas, maxSurge 3, sizes 8 + 5, scaled to 20: allowed 23, to add 10. Fractions of the former limit 13:
 * 8 → round(8 × 23 / 13) = 14, 5 → 9; 23 in all. What rounding leaves over goes to the largest.
 */

import { cloneJson } from '../../base/json.ts';
import type { Deployment, ReplicaSet } from '../../kinds/types.generated.ts';
import type { DeploymentAction } from './actions.ts';
import { desiredReplicas, maxReplicas, sizeAnnotations } from './annotations.ts';
import { isRollingUpdate, maxSurge, replicasOf, sumReplicas } from './fenceposts.ts';
import { byCreation, isActive } from './replica-sets.ts';

/** The action that gives `replicaSet` its size and size annotations, or none when it has them. */
export function scaleTo(
  key: string,
  deployment: Readonly<Deployment>,
  replicaSet: Readonly<ReplicaSet>,
  size: number,
): DeploymentAction[] {
  const annotations = { ...replicaSet.metadata?.annotations, ...sizeAnnotations(deployment) };
  const isAnnotated = Object.entries(sizeAnnotations(deployment)).every(
    ([name, value]) => replicaSet.metadata?.annotations?.[name] === value,
  );
  const from = replicasOf(replicaSet);
  if (from === size && isAnnotated) return [];
  const next = cloneJson(replicaSet) as ReplicaSet;
  next.metadata = { ...next.metadata, annotations };
  next.spec = { ...next.spec!, replicas: size };
  return [{ type: 'scaleReplicaSet', key, deployment, replicaSet: next, from }];
}

/** True when the Deployment's size is not the one its active ReplicaSets were last scaled for. */
export function isScalingEvent(deployment: Readonly<Deployment>, all: readonly Readonly<ReplicaSet>[]): boolean {
  return all.some((replicaSet) => {
    const desired = desiredReplicas(replicaSet);
    return isActive(replicaSet) && desired !== undefined && desired !== replicasOf(deployment);
  });
}

export function scaleAll(
  key: string,
  deployment: Readonly<Deployment>,
  newReplicaSet: ReplicaSet | undefined,
  old: readonly ReplicaSet[],
): DeploymentAction[] {
  const wanted = replicasOf(deployment);
  const all = newReplicaSet ? [...old, newReplicaSet] : old;
  const active = all.filter(isActive);
  if (active.length <= 1) {
    const only = active[0] ?? newReplicaSet ?? [...old].sort(byCreation).at(-1);
    return only && replicasOf(only) !== wanted ? scaleTo(key, deployment, only, wanted) : [];
  }
  if (newReplicaSet && isSaturated(deployment, newReplicaSet)) {
    return old.filter(isActive).flatMap((replicaSet) => scaleTo(key, deployment, replicaSet, 0));
  }
  if (!isRollingUpdate(deployment)) return [];
  return proportionalSizes(deployment, active).flatMap(({ replicaSet, size }) =>
    scaleTo(key, deployment, replicaSet, size),
  );
}

function isSaturated(deployment: Readonly<Deployment>, newReplicaSet: Readonly<ReplicaSet>): boolean {
  const wanted = replicasOf(deployment);
  return (
    desiredReplicas(newReplicaSet) === wanted &&
    replicasOf(newReplicaSet) === wanted &&
    (newReplicaSet.status?.availableReplicas ?? 0) === wanted
  );
}

function proportionalSizes(
  deployment: Readonly<Deployment>,
  active: readonly ReplicaSet[],
): { replicaSet: ReplicaSet; size: number }[] {
  const wanted = replicasOf(deployment);
  const allowed = wanted > 0 ? wanted + maxSurge(deployment) : 0;
  const toAdd = allowed - sumReplicas(active);
  const isGrowing = toAdd > 0;
  const sorted = [...active].sort(
    (a, b) => replicasOf(b) - replicasOf(a) || (isGrowing ? byCreation(b, a) : byCreation(a, b)),
  );
  let added = 0;
  const sizes = sorted.map((replicaSet) => {
    const share = proportion(deployment, replicaSet, toAdd, added);
    added += share;
    return { replicaSet, size: replicasOf(replicaSet) + share };
  });
  const largest = sizes[0];
  if (largest && toAdd !== 0) largest.size = Math.max(0, largest.size + toAdd - added);
  return sizes;
}

function proportion(
  deployment: Readonly<Deployment>,
  replicaSet: Readonly<ReplicaSet>,
  toAdd: number,
  added: number,
): number {
  const allowed = toAdd - added;
  if (replicasOf(replicaSet) === 0 || toAdd === 0 || allowed === 0) return 0;
  const share = fraction(deployment, replicaSet);
  return toAdd > 0 ? Math.min(share, allowed) : Math.max(share, allowed);
}

function fraction(deployment: Readonly<Deployment>, replicaSet: Readonly<ReplicaSet>): number {
  const size = replicasOf(replicaSet);
  const wanted = replicasOf(deployment);
  if (wanted === 0) return -size;
  const before = maxReplicas(replicaSet) || deployment.status?.replicas || 0;
  if (before === 0) return 0;
  return Math.round((size * (wanted + maxSurge(deployment))) / before) - size;
}
