/**
 * How far a commit's rollout is, from what its objects look like now. Pure. Never healthy before every object that it changed is.
 *
 * Workloads go by the rules of `kubectl rollout status` at their present generation; a removed object is done when it is gone; anything else when it
 * is stored. A Deployment fails by its own progress deadline, as its controller says; what has no controller's word fails when it made no step for as
 * long.
 */

import type { KubeObject } from '../../base/object.ts';
import { heldFor } from '../../kinds/common/rollout-order.ts';
import type { Job } from '../../kinds/types.generated.ts';
import { PROGRESS_MS_DEFAULT } from '../limits.ts';
import { type Health, healthOf } from '../progress/health.ts';
import type { ObjectStatus } from './commit-status.ts';

export interface TrackedObject {
  /** In the store. */
  readonly key: string;
  /** `deployment default/web` */
  readonly object: string;
  readonly action: ObjectStatus['action'];
  /** What is told of it. */
  readonly health: Health;
  /** What it looked like at its last step, and when that was (milliseconds since the epoch). */
  readonly step: string;
  readonly stepMs: number;
}

export interface StatusInput {
  objects: readonly TrackedObject[];
  /** When the commit came into force. */
  sinceMs: number;
  now: number;
  live(key: string): Readonly<KubeObject> | undefined;
  /** What a held workload waits for has failed: what, for people. */
  failedCondition(key: string): string | undefined;
}

export interface StatusDecision {
  objects: readonly TrackedObject[];
  /** When a deadline passes although nothing changes; milliseconds from `now`. */
  afterMs: number | undefined;
}

export function decideStatus(input: StatusInput): StatusDecision {
  const { now } = input;
  let afterMs: number | undefined;
  const objects = input.objects.map((one): TrackedObject => {
    const live = input.live(one.key);
    const seen = healthNow(input, one, live);
    const step = `${seen.state} ${seen.text}`;
    const stepMs = step === one.step ? one.stepMs : now;
    const deadlineMs = seen.state === 'progressing' && live ? ownDeadlineMs(one, live, input.sinceMs) : undefined;
    const leftMs = deadlineMs === undefined ? Number.POSITIVE_INFINITY : stepMs + deadlineMs - now;
    const common = { ...one, step, stepMs };
    if (leftMs <= 0) {
      const text = `${seen.text}: no progress for ${Math.round(deadlineMs! / 1_000)} s`;
      return { ...common, health: { state: 'failed', text } };
    }
    if (Number.isFinite(leftMs)) afterMs = Math.min(afterMs ?? leftMs, leftMs);
    return { ...common, health: seen };
  });
  return { objects, afterMs };
}

function healthNow({ sinceMs, failedCondition }: StatusInput, one: TrackedObject, live?: Readonly<KubeObject>): Health {
  if (one.action === 'deleted') {
    // What was made again under the same name is somebody else's.
    const isGoing = live?.metadata?.deletionTimestamp !== undefined;
    return isGoing ? { state: 'progressing', text: 'is being deleted' } : { state: 'healthy', text: 'deleted' };
  }
  if (!live) return { state: 'progressing', text: 'is missing' };
  const health = healthOf(live, sinceMs);
  if (health.state !== 'progressing' || heldFor(live) === undefined) return health;
  const failed = failedCondition(one.key);
  return failed === undefined ? health : { state: 'failed', text: `${WAITS_IN_VAIN}${failed}` };
}

const WAITS_IN_VAIN = 'waits for ';

/** It has not failed itself: what it waits for has. */
export const waitsForFailure = ({ state, text }: ObjectStatus): boolean =>
  state === 'failed' && text.startsWith(WAITS_IN_VAIN);

/** Undefined: its controller says when it has failed, or it waits for something else. */
function ownDeadlineMs({ action }: TrackedObject, live: Readonly<KubeObject>, sinceMs: number): number | undefined {
  if (action === 'deleted' || heldFor(live) !== undefined) return undefined;
  // However long it takes: a Job that runs says itself when it has failed. One of which nothing runs has no such word.
  if (live.kind === 'Job' && ((live as Job).status?.ready ?? 0) > 0) return undefined;
  if (live.kind !== 'Deployment') return PROGRESS_MS_DEFAULT;
  const { spec } = live as { spec?: { progressDeadlineSeconds?: number } };
  const saysFailed = healthOf(live).state === 'failed' && healthOf(live, sinceMs).state !== 'failed';
  // Its controller does not say once more that an earlier rollout had failed.
  return saysFailed ? (spec?.progressDeadlineSeconds ?? PROGRESS_MS_DEFAULT / 1_000) * 1_000 : undefined;
}

export function toObjectStatus({ key, object, action, health }: TrackedObject): ObjectStatus {
  return { object, key, action, state: health.state, text: health.text };
}
