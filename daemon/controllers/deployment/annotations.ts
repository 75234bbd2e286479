/**
 * The annotations that Deployments and their ReplicaSets carry for rollout history and proportional scaling. Pure.
 */

import { WAITS_FOR } from '../../kinds/common/rollout-order.ts';
import type { Deployment, ReplicaSet } from '../../kinds/types.generated.ts';
import { maxSurge, replicasOf } from './fenceposts.ts';

export const REVISION = 'deployment.kubernetes.io/revision';
const REVISION_HISTORY = 'deployment.kubernetes.io/revision-history';
const DESIRED_REPLICAS = 'deployment.kubernetes.io/desired-replicas';
const MAX_REPLICAS = 'deployment.kubernetes.io/max-replicas';
/** As upstream: the history of one ReplicaSet's earlier revisions, in characters. */
const REVISION_HISTORY_LENGTH_MAX = 2_000;

const NOT_COPIED = new Set([
  'kubectl.kubernetes.io/last-applied-configuration',
  REVISION,
  REVISION_HISTORY,
  DESIRED_REPLICAS,
  MAX_REPLICAS,
  'deprecated.deployment.rollback.to',
  WAITS_FOR,
]);

type Annotations = Record<string, string>;

export function revisionOf(object: Readonly<Deployment> | Readonly<ReplicaSet>): number {
  const revision = Number(object.metadata?.annotations?.[REVISION] ?? 0);
  return Number.isSafeInteger(revision) ? revision : 0;
}

function numberAt(replicaSet: Readonly<ReplicaSet>, annotation: string): number | undefined {
  const text = replicaSet.metadata?.annotations?.[annotation];
  return text !== undefined && /^[0-9]+$/.test(text) ? Number(text) : undefined;
}

export const desiredReplicas = (replicaSet: Readonly<ReplicaSet>) => numberAt(replicaSet, DESIRED_REPLICAS);
export const maxReplicas = (replicaSet: Readonly<ReplicaSet>) => numberAt(replicaSet, MAX_REPLICAS);

/** `desired-replicas` and `max-replicas` as they should be on every ReplicaSet that the Deployment scales. */
export function sizeAnnotations(deployment: Readonly<Deployment>): Annotations {
  const desired = replicasOf(deployment);
  return { [DESIRED_REPLICAS]: String(desired), [MAX_REPLICAS]: String(desired + maxSurge(deployment)) };
}

/**
 * The annotations of the ReplicaSet of the present template: the Deployment's own (change-cause among them), its revision raised to
 * `revision` when it was lower (the earlier one goes into the history), and for a new one its sizes.
 */
export function newReplicaSetAnnotations(
  deployment: Readonly<Deployment>,
  existing: Readonly<Annotations> | undefined,
  revision: number,
): Annotations {
  const result: Annotations = { ...existing };
  for (const [key, value] of Object.entries(deployment.metadata?.annotations ?? {})) {
    if (!NOT_COPIED.has(key)) result[key] = value;
  }
  const before = existing?.[REVISION];
  if (Number(before ?? 0) < revision) {
    result[REVISION] = String(revision);
    if (before !== undefined) result[REVISION_HISTORY] = appendHistory(existing?.[REVISION_HISTORY], before);
  }
  return existing ? result : { ...result, ...sizeAnnotations(deployment) };
}

function appendHistory(history: string | undefined, revision: string): string {
  const all = history ? [...history.split(','), revision] : [revision];
  while (all.length > 1 && all.join(',').length > REVISION_HISTORY_LENGTH_MAX) all.shift();
  return all.join(',');
}
