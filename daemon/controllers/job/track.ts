/**
 * The status a Job is to have next, and which Pods it needs no longer (`job_controller.go`: trackJobStatusAndRemoveFinalizers). Pure.
 */

import { formatTime } from '../../base/clock.ts';
import { isJobComplete, trueCondition } from '../../kinds/jobs/conditions.ts';
import { countIndexes, formatIndexes, indexesOf, parseIndexes, unite } from '../../kinds/jobs/indexes.ts';
import type { JobCondition, JobStatus, Pod } from '../../kinds/types.generated.ts';
import { findCondition } from '../shared/conditions.ts';
import type { JobEvent } from './actions.ts';
import type { Count } from './count.ts';
import { judgeFailure } from './failure-policy.ts';
import type { End } from './finish.ts';
import { isFailed, isSucceeded, isTracked, uidOf, validIndexOf } from './pods.ts';

/** As upstream: a status that lists this many uids has some 20 kB. */
const UNCOUNTED_MAX = 500;

export interface Tracking {
  status: JobStatus;
  events: JobEvent[];
  /** Once the status is written these may go. */
  removable: Pod[];
}

export function track(count: Count, end: End | undefined, now: number): Tracking {
  const { job, status: before, spec } = count;
  const { counters, uncounted, removable, succeededIndexes } = countEnded(count, end);
  const status: JobStatus = {
    ...before,
    ...counters,
    ...(count.indexes ? indexCounters(count, succeededIndexes) : {}),
    active: count.active.length,
    ready: count.ready,
    terminating: count.terminating,
    uncountedTerminatedPods: {
      ...(uncounted.succeeded.length > 0 ? { succeeded: uncounted.succeeded } : {}),
      ...(uncounted.failed.length > 0 ? { failed: uncounted.failed } : {}),
    },
  };
  if (!status.startTime && !spec.suspend) status.startTime = formatTime(now);
  const events: JobEvent[] = [];
  if (end) {
    tellEnd(status, end, now);
    const isLeft = removable.length > 0 || uncounted.succeeded.length + uncounted.failed.length > 0;
    const isTold = trueCondition(job, end.type) !== undefined;
    if (isTold && !isLeft && count.active.length + count.terminating === 0) finish(count, status, end, events, now);
  } else if (!job.metadata?.deletionTimestamp) tellSuspension(count, status, events, now);
  return { status, events, removable };
}

/** Those whose finalizer is gone move into the counters; those that have ended since are noted. */
function countEnded(count: Count, end: End | undefined) {
  const { pods, status, spec } = count;
  const tracked = pods.filter(isTracked);
  const isThere = new Set(tracked.map(uidOf));
  const before = status.uncountedTerminatedPods ?? {};
  const left = (uids: readonly string[] = []) => uids.filter((uid) => isThere.has(uid));
  const uncounted = { succeeded: left(before.succeeded), failed: left(before.failed) };
  const counters = {
    succeeded: (status.succeeded ?? 0) + (before.succeeded?.length ?? 0) - uncounted.succeeded.length,
    failed: (status.failed ?? 0) + (before.failed?.length ?? 0) - uncounted.failed.length,
  };
  const removable: Pod[] = [];
  const succeededIndexes: number[] = [];
  for (const pod of inOrder(tracked, count)) {
    if (!mayGo(count, end, pod)) continue;
    removable.push(pod);
    const uid = uidOf(pod);
    const index = validIndexOf(pod, spec);
    if (isSucceeded(pod) && !uncounted.failed.includes(uid)) {
      if (count.indexes) succeededIndexes.push(...(index === undefined ? [] : [index]));
      else if (!uncounted.succeeded.includes(uid)) uncounted.succeeded.push(uid);
    } else if (isFailed(pod, spec) || end?.type === 'FailureTarget') {
      const isOne = !count.indexes || index !== undefined;
      const isNew = isOne && !uncounted.failed.includes(uid);
      if (isNew && judgeFailure(spec.podFailurePolicy, pod).isCounted) uncounted.failed.push(uid);
    }
    if (succeededIndexes.length + uncounted.succeeded.length + uncounted.failed.length >= UNCOUNTED_MAX) break;
  }
  return { counters, uncounted, removable, succeededIndexes };
}

/** By index, so that lists of indexes grow from their beginning. */
const inOrder = (pods: readonly Pod[], { indexes, spec }: Count): readonly Pod[] =>
  indexes ? [...pods].sort((a, b) => (validIndexOf(a, spec) ?? -1) - (validIndexOf(b, spec) ?? -1)) : pods;

function mayGo({ job, spec, indexes }: Count, end: End | undefined, pod: Pod): boolean {
  if (job.metadata?.deletionTimestamp || end || isSucceeded(pod)) return true;
  return isFailed(pod, spec) && indexes?.waiting.get(validIndexOf(pod, spec) ?? -1) !== pod;
}

function indexCounters(count: Count, succeededIndexes: readonly number[]): Partial<JobStatus> {
  const { completions = 0 } = count.spec;
  const succeeded = unite(parseIndexes(count.status.completedIndexes, completions), indexesOf(succeededIndexes));
  const { failed } = count.indexes!;
  return {
    succeeded: countIndexes(succeeded),
    completedIndexes: formatIndexes(succeeded),
    ...(failed ? { failedIndexes: formatIndexes(failed) } : {}),
  };
}

function tellEnd(status: JobStatus, { type, reason, message }: End, now: number): void {
  if (findCondition(status.conditions, type)?.status === 'True') return;
  setCondition(status, { type, status: 'True', reason, message }, now);
}

function finish(
  count: Count,
  status: JobStatus,
  { type, reason, message }: End,
  events: JobEvent[],
  now: number,
): void {
  if (type === 'FailureTarget') {
    setCondition(status, { type: 'Failed', status: 'True', reason, message }, now);
    events.push({ type: 'Warning', reason, message });
    return;
  }
  setCondition(status, { type: 'Complete', status: 'True', reason, message }, now);
  status.completionTime = formatTime(now);
  const { completions } = count.spec;
  if (completions !== undefined && (status.succeeded ?? 0) > completions) {
    const text = 'Too many succeeded pods running after completion count reached';
    events.push({ type: 'Warning', reason: 'TooManySucceededPods', message: text });
  }
  events.push({ type: 'Normal', reason: 'Completed', message: 'Job completed' });
}

/** One that goes on after a suspension begins its time anew. */
function tellSuspension({ spec, job }: Count, status: JobStatus, events: JobEvent[], now: number): void {
  const known = findCondition(status.conditions, 'Suspended');
  if (spec.suspend) {
    if (known?.status === 'True' || isJobComplete(job)) return;
    setCondition(status, { type: 'Suspended', status: 'True', reason: 'JobSuspended', message: 'Job suspended' }, now);
    events.push({ type: 'Normal', reason: 'Suspended', message: 'Job suspended' });
  } else if (known?.status === 'True') {
    setCondition(status, { type: 'Suspended', status: 'False', reason: 'JobResumed', message: 'Job resumed' }, now);
    events.push({ type: 'Normal', reason: 'Resumed', message: 'Job resumed' });
    status.startTime = formatTime(now);
  }
}

/** In its place when there is one of its type, else at the end. */
function setCondition(
  status: JobStatus,
  told: Pick<JobCondition, 'type' | 'status' | 'reason' | 'message'>,
  now: number,
): void {
  const time = formatTime(now);
  const condition: JobCondition = { ...told, lastProbeTime: time, lastTransitionTime: time };
  const conditions = [...(status.conditions ?? [])];
  const position = conditions.findIndex(({ type }) => type === told.type);
  conditions.splice(position < 0 ? conditions.length : position, position < 0 ? 0 : 1, condition);
  status.conditions = conditions;
}
