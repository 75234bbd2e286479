/**
 * How many pods a rolling update may add and miss: maxSurge and maxUnavailable in numbers or percent of replicas.
 * Surge rounds up, unavailable rounds down, and both may not be zero (`deployment_util.go`: ResolveFenceposts). Pure.
 *
 * Worked example: 3 replicas with 25 % and 25 % → surge 1, unavailable 0; 1 replica with 0 and 25 % → 0 and 0, so unavailable becomes 1.
 */

import type { Deployment, ReplicaSet } from '../../kinds/types.generated.ts';

export function replicasOf(object: Readonly<Deployment> | Readonly<ReplicaSet>): number {
  return object.spec?.replicas ?? 1;
}

export function isRollingUpdate(deployment: Readonly<Deployment>): boolean {
  return (deployment.spec?.strategy?.type ?? 'RollingUpdate') === 'RollingUpdate';
}

function scaled(value: string | number | undefined, total: number, round: (value: number) => number): number {
  if (typeof value === 'number') return value;
  const percent = /^([0-9]+)%$/.exec(value ?? '0%')?.[1];
  return round((Number(percent ?? 0) * total) / 100);
}

function fenceposts(deployment: Readonly<Deployment>): { maxSurge: number; maxUnavailable: number } {
  const { maxSurge = '25%', maxUnavailable = '25%' } = deployment.spec?.strategy?.rollingUpdate ?? {};
  const replicas = replicasOf(deployment);
  const surge = scaled(maxSurge, replicas, Math.ceil);
  const unavailable = scaled(maxUnavailable, replicas, Math.floor);
  return { maxSurge: surge, maxUnavailable: surge === 0 && unavailable === 0 ? 1 : unavailable };
}

/** 0 for Recreate. */
export function maxSurge(deployment: Readonly<Deployment>): number {
  return isRollingUpdate(deployment) ? fenceposts(deployment).maxSurge : 0;
}

/** 0 for Recreate and for no replicas; never more than replicas. */
export function maxUnavailable(deployment: Readonly<Deployment>): number {
  const replicas = replicasOf(deployment);
  if (!isRollingUpdate(deployment) || replicas === 0) return 0;
  return Math.min(replicas, fenceposts(deployment).maxUnavailable);
}

/**
 * How large the new ReplicaSet may be now, given the `old` ones (`NewRSNewReplicas`). Stricter than upstream: pods that a shrunk ReplicaSet
 * has not let go of yet still count, and while an old one has not even heard of its size nothing is added, so that the surge holds for
 * pods and not only for sizes.
 */
export function newReplicaSetSize(
  deployment: Readonly<Deployment>,
  old: readonly Readonly<ReplicaSet>[],
  newReplicaSet: Readonly<ReplicaSet> | undefined,
): number {
  const wanted = replicasOf(deployment);
  if (!isRollingUpdate(deployment)) return wanted;
  const current = newReplicaSet ? replicasOf(newReplicaSet) : 0;
  if (old.some((each) => (each.status?.observedGeneration ?? 0) < (each.metadata?.generation ?? 0))) return current;
  const held = (each: Readonly<ReplicaSet>) => Math.max(replicasOf(each), each.status?.replicas ?? 0);
  const pods = [...old, ...(newReplicaSet ? [newReplicaSet] : [])].reduce((sum, each) => sum + held(each), 0);
  const most = wanted + maxSurge(deployment);
  if (pods >= most) return current;
  return current + Math.min(most - pods, wanted - current);
}

export function sumReplicas(replicaSets: readonly Readonly<ReplicaSet>[]): number {
  return replicaSets.reduce((sum, replicaSet) => sum + replicasOf(replicaSet), 0);
}
