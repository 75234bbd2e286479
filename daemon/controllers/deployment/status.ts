/**
 * A Deployment's status and conditions, as `deployment/progress.go` and `sync.go` upstream compute them. Pure.
 */

import { formatTime, parseTime } from '../../base/clock.ts';
import { heldFor } from '../../kinds/common/rollout-order.ts';
import type { Deployment, DeploymentCondition, DeploymentStatus, ReplicaSet } from '../../kinds/types.generated.ts';
import { findCondition, withCondition, withoutCondition } from '../shared/conditions.ts';
import { maxUnavailable, replicasOf } from './fenceposts.ts';

/** Upstream's way to say "no deadline". */
const NO_DEADLINE_SECONDS = 2 ** 31 - 1;

export const REASONS = {
  replicaSetUpdated: 'ReplicaSetUpdated',
  createFailed: 'ReplicaSetCreateError',
  created: 'NewReplicaSetCreated',
  found: 'FoundNewReplicaSet',
  available: 'NewReplicaSetAvailable',
  timedOut: 'ProgressDeadlineExceeded',
  paused: 'DeploymentPaused',
  /** Ours: held by `reflet.dev/waits-for`. */
  held: 'DeploymentHeld',
  resumed: 'DeploymentResumed',
} as const;

export function hasProgressDeadline({ spec }: Readonly<Deployment>): boolean {
  return spec?.progressDeadlineSeconds !== undefined && spec.progressDeadlineSeconds !== NO_DEADLINE_SECONDS;
}

export function condition(
  type: string,
  status: 'True' | 'False' | 'Unknown',
  reason: string,
  message: string,
  now: number,
): DeploymentCondition {
  const time = formatTime(now);
  return { type, status, lastUpdateTime: time, lastTransitionTime: time, reason, message };
}

export function isComplete(deployment: Readonly<Deployment>, status: Readonly<DeploymentStatus>): boolean {
  const wanted = replicasOf(deployment);
  return (
    (status.updatedReplicas ?? 0) === wanted &&
    (status.replicas ?? 0) === wanted &&
    (status.availableReplicas ?? 0) === wanted &&
    (status.observedGeneration ?? 0) >= (deployment.metadata?.generation ?? 0)
  );
}

function isProgressing(before: Readonly<DeploymentStatus>, after: Readonly<DeploymentStatus>): boolean {
  const old = (status: DeploymentStatus) => (status.replicas ?? 0) - (status.updatedReplicas ?? 0);
  return (
    (after.updatedReplicas ?? 0) > (before.updatedReplicas ?? 0) ||
    old(after) < old(before) ||
    (after.readyReplicas ?? 0) > (before.readyReplicas ?? 0) ||
    (after.availableReplicas ?? 0) > (before.availableReplicas ?? 0)
  );
}

/** When the progress deadline passes, in ms since the epoch; undefined when none runs. */
export function deadlineAt(deployment: Readonly<Deployment>, status: Readonly<DeploymentStatus>): number | undefined {
  const progressing = findCondition(status.conditions, 'Progressing');
  if (!hasProgressDeadline(deployment) || !progressing?.lastUpdateTime) return undefined;
  if (progressing.reason === REASONS.available || progressing.reason === REASONS.timedOut) return undefined;
  return parseTime(progressing.lastUpdateTime) + deployment.spec!.progressDeadlineSeconds! * 1_000;
}

function isTimedOut(deployment: Readonly<Deployment>, status: Readonly<DeploymentStatus>, now: number): boolean {
  if (findCondition(status.conditions, 'Progressing')?.reason === REASONS.timedOut) return true;
  const at = deadlineAt(deployment, status);
  return at !== undefined && at < now;
}

/** Counts, and the condition Available (`calculateStatus`). Starts from the present conditions. */
export function countedStatus(
  deployment: Readonly<Deployment>,
  all: readonly Readonly<ReplicaSet>[],
  newReplicaSet: Readonly<ReplicaSet> | undefined,
  conditions: readonly DeploymentCondition[],
  now: number,
): DeploymentStatus {
  const sum = (of: (replicaSet: Readonly<ReplicaSet>) => number | undefined) =>
    all.reduce((total, replicaSet) => total + (of(replicaSet) ?? 0), 0);
  const replicas = sum(({ status }) => status?.replicas);
  const available = sum(({ status }) => status?.availableReplicas);
  const hasMinimum = available >= replicasOf(deployment) - maxUnavailable(deployment);
  const availability = hasMinimum
    ? condition('Available', 'True', 'MinimumReplicasAvailable', 'Deployment has minimum availability.', now)
    : condition(
        'Available',
        'False',
        'MinimumReplicasUnavailable',
        'Deployment does not have minimum availability.',
        now,
      );
  return {
    observedGeneration: deployment.metadata?.generation,
    replicas,
    updatedReplicas: newReplicaSet?.status?.replicas ?? 0,
    readyReplicas: sum(({ status }) => status?.readyReplicas),
    availableReplicas: available,
    unavailableReplicas: Math.max(0, replicas - available),
    collisionCount: deployment.status?.collisionCount,
    conditions: withCondition(conditions, availability),
  };
}

/** The status during and after a rollout: counts, Progressing, ReplicaFailure (`syncRolloutStatus`). */
export function rolloutStatus(
  deployment: Readonly<Deployment>,
  all: readonly Readonly<ReplicaSet>[],
  newReplicaSet: Readonly<ReplicaSet> | undefined,
  conditions: readonly DeploymentCondition[],
  now: number,
): DeploymentStatus {
  const status = countedStatus(deployment, all, newReplicaSet, conditions, now);
  let next = status.conditions ?? [];
  if (!hasProgressDeadline(deployment)) next = withoutCondition(next, 'Progressing');
  const current = findCondition(next, 'Progressing');
  const wasComplete = status.replicas === status.updatedReplicas && current?.reason === REASONS.available;
  if (hasProgressDeadline(deployment) && !wasComplete) {
    next = withProgress(deployment, { ...status, conditions: next }, newReplicaSet, now);
  }
  const failure = replicaFailure(all, newReplicaSet);
  next = failure ? withCondition(next, failure) : withoutCondition(next, 'ReplicaFailure');
  return { ...status, conditions: next };
}

function withProgress(
  deployment: Readonly<Deployment>,
  status: Readonly<DeploymentStatus>,
  newReplicaSet: Readonly<ReplicaSet> | undefined,
  now: number,
): DeploymentCondition[] {
  const conditions = status.conditions ?? [];
  const subject = newReplicaSet
    ? `ReplicaSet "${newReplicaSet.metadata?.name}"`
    : `Deployment "${deployment.metadata?.name}"`;
  if (isComplete(deployment, status)) {
    const message = `${subject} has successfully progressed.`;
    return withCondition(conditions, condition('Progressing', 'True', REASONS.available, message, now));
  }
  if (isProgressing(deployment.status ?? {}, status)) {
    const made = condition('Progressing', 'True', REASONS.replicaSetUpdated, `${subject} is progressing.`, now);
    const current = findCondition(conditions, 'Progressing');
    if (current?.status === 'True') made.lastTransitionTime = current.lastTransitionTime;
    // Replaced even when status and reason are the same: each step forward restarts the deadline.
    return [...withoutCondition(conditions, 'Progressing'), made];
  }
  if (!isTimedOut(deployment, status, now)) return conditions;
  const message = `${subject} has timed out progressing.`;
  return withCondition(conditions, condition('Progressing', 'False', REASONS.timedOut, message, now));
}

/** The new ReplicaSet's failure, or else any other's. */
function replicaFailure(
  all: readonly Readonly<ReplicaSet>[],
  newReplicaSet: Readonly<ReplicaSet> | undefined,
): DeploymentCondition | undefined {
  const of = (replicaSet: Readonly<ReplicaSet> | undefined) =>
    findCondition(replicaSet?.status?.conditions, 'ReplicaFailure');
  const found = of(newReplicaSet) ?? all.map(of).find((failure) => failure !== undefined);
  return found && { ...found, lastUpdateTime: found.lastTransitionTime };
}

/** Why nothing new is rolled out: paused by its spec, or held for what it waits for; undefined: it rolls out. */
export function pauseOf(deployment: Readonly<Deployment>): { reason: string; message: string } | undefined {
  if (deployment.spec?.paused === true) return { reason: REASONS.paused, message: 'Deployment is paused' };
  const held = heldFor(deployment);
  return held === undefined ? undefined : { reason: REASONS.held, message: `Deployment waits for ${held}` };
}

/** Progressing while paused or held and just after (`checkPausedConditions`); the conditions as they were when nothing changes. */
export function pausedConditions(deployment: Readonly<Deployment>, now: number): readonly DeploymentCondition[] {
  const conditions = deployment.status?.conditions ?? [];
  const current = findCondition(conditions, 'Progressing');
  const pause = pauseOf(deployment);
  // A rollout that failed stays failed while it is paused; a held one is a new rollout.
  const isOver = current?.reason === REASONS.timedOut && pause?.reason !== REASONS.held;
  if (!hasProgressDeadline(deployment) || isOver) return conditions;
  const saysPaused = current?.reason === REASONS.paused || current?.reason === REASONS.held;
  if (pause && (current?.reason !== pause.reason || current.message !== pause.message)) {
    const paused = condition('Progressing', 'Unknown', pause.reason, pause.message, now);
    return [...withoutCondition(conditions, 'Progressing'), paused];
  }
  if (!pause && saysPaused) {
    const resumed = condition('Progressing', 'Unknown', REASONS.resumed, 'Deployment is resumed', now);
    return withCondition(conditions, resumed);
  }
  return conditions;
}
