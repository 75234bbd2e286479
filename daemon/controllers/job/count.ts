/**
 * A Job's Pods, counted: what stands in its status already, and what ended since (`job_controller.go`: syncJob's first half). Pure.
 *
 * A Pod keeps a finalizer until its end is counted: its uid is written into the status, the finalizer is removed, then it moves from there into the
 * counters. So each counts once, whatever is lost in between, and a Job is as far as its status says although its Pods may be gone.
 */

import { countIndexes, hasIndex, type Indexes, indexesOf, parseIndexes, unite } from '../../kinds/jobs/indexes.ts';
import type { Job, JobSpec, JobStatus, Pod } from '../../kinds/types.generated.ts';
import { isPodActive, isPodReady } from '../shared/pod.ts';
import { finishedMs } from './backoff.ts';
import { judgeFailure } from './failure-policy.ts';
import {
  failuresBefore,
  indexOf,
  isFailed,
  isSucceeded,
  isTerminating,
  isTracked,
  uidOf,
  validIndexOf,
} from './pods.ts';

export interface Count {
  readonly job: Readonly<Job>;
  readonly spec: Readonly<JobSpec>;
  readonly status: Readonly<JobStatus>;
  readonly pods: readonly Pod[];
  readonly active: readonly Pod[];
  readonly ready: number;
  readonly terminating: number;
  /** Ended, with a finalizer, and not in the status yet. */
  readonly newSucceeded: readonly Pod[];
  readonly newFailed: readonly Pod[];
  readonly succeeded: number;
  readonly failed: number;
  /** Of Indexed Jobs. */
  readonly indexes?: IndexCount;
}

export interface IndexCount {
  readonly succeeded: Indexes;
  /** Where each index has a limit of its own. */
  readonly failed?: Indexes;
  /** Index → its last failed Pod, which stays until its successor is there, to hand on how often the index has failed. */
  readonly waiting: ReadonlyMap<number, Pod>;
}

export function countPods(job: Readonly<Job>, pods: readonly Pod[]): Count {
  const spec = job.spec!;
  const { status = {} } = job;
  const active = pods.filter(isPodActive);
  const isIndexed = spec.completionMode === 'Indexed';
  const countable = pods.filter((pod) => isTracked(pod) && (!isIndexed || validIndexOf(pod, spec) !== undefined));
  const { succeeded = [], failed = [] } = status.uncountedTerminatedPods ?? {};
  const newSucceeded = countable.filter((pod) => isSucceeded(pod) && !succeeded.includes(uidOf(pod)));
  const newFailed = countable.filter((pod) => isFailed(pod, spec) && !failed.includes(uidOf(pod)));
  const counted = newFailed.filter((pod) => judgeFailure(spec.podFailurePolicy, pod).isCounted);
  const indexes = isIndexed ? countByIndex(spec, status, countable, active) : undefined;
  return {
    job,
    spec,
    status,
    pods,
    active,
    ready: active.filter(isPodReady).length,
    terminating: pods.filter(isTerminating).length,
    newSucceeded,
    newFailed,
    succeeded: indexes
      ? countIndexes(indexes.succeeded)
      : (status.succeeded ?? 0) + newSucceeded.length + succeeded.length,
    failed: (status.failed ?? 0) + counted.length + failed.length,
    ...(indexes ? { indexes } : {}),
  };
}

function countByIndex(
  spec: Readonly<JobSpec>,
  status: Readonly<JobStatus>,
  countable: readonly Pod[],
  active: readonly Pod[],
): IndexCount {
  const { completions = 0, backoffLimitPerIndex } = spec;
  const succeeded = unite(
    parseIndexes(status.completedIndexes, completions),
    indexesOf(countable.filter(isSucceeded).map((pod) => indexOf(pod)!)),
  );
  if (backoffLimitPerIndex === undefined) return { succeeded, waiting: new Map() };
  const failed = unite(
    parseIndexes(status.failedIndexes, completions),
    indexesOf(countable.filter((pod) => isIndexFailed(pod, spec)).map((pod) => indexOf(pod)!)),
  );
  const isRunning = new Set(active.map(indexOf));
  const waiting = new Map<number, Pod>();
  for (const pod of countable.filter((one) => isFailed(one, spec))) {
    const index = indexOf(pod)!;
    if (hasIndex(succeeded, index) || hasIndex(failed, index) || isRunning.has(index)) continue;
    const before = waiting.get(index);
    if (!before || isLaterFailure(pod, before)) waiting.set(index, pod);
  }
  return { succeeded, failed, waiting };
}

function isIndexFailed(pod: Readonly<Pod>, spec: Readonly<JobSpec>): boolean {
  if (!isFailed(pod, spec)) return false;
  const { action, isCounted } = judgeFailure(spec.podFailurePolicy, pod);
  return action === 'FailIndex' || (isCounted && failuresBefore(pod).counted >= spec.backoffLimitPerIndex!);
}

export function failuresOf(pod: Readonly<Pod>): number {
  const { counted, ignored } = failuresBefore(pod);
  return counted + ignored;
}

const isLaterFailure = (pod: Pod, before: Pod): boolean =>
  failuresOf(before) <= failuresOf(pod) && finishedMs(pod) >= finishedMs(before);
