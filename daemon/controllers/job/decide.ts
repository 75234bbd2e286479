/**
 * What a Job needs next (`job_controller.go`: syncJob). Pure and total.
 * Order: finalizers that nobody counts by, ownership, the status, the Pods. A held one (`reflet.dev/waits-for`) makes no new Pods.
 */

import { canonicalJson } from '../../base/json.ts';
import { compileLabelSelector } from '../../base/label-selector.ts';
import { controllerOf } from '../../base/object.ts';
import { heldFor } from '../../kinds/common/rollout-order.ts';
import { isJobFinished } from '../../kinds/jobs/conditions.ts';
import { JOB_CONTROLLER } from '../../kinds/jobs/names.ts';
import type { Job, JobStatus, Pod } from '../../kinds/types.generated.ts';
import type { Decision, Waiting } from '../../runtime/loop.ts';
import { claim } from '../shared/ownership.ts';
import type { JobAction, JobSnapshot } from './actions.ts';
import { type Backoff, nextBackoff } from './backoff.ts';
import { type Count, countPods } from './count.ts';
import { deadlineInMs, type End, endOf } from './finish.ts';
import { manage } from './manage.ts';
import { type Tracking, track } from './track.ts';

export function decide(snapshot: JobSnapshot, now: number): Decision<JobAction> {
  const { key, job, tracked } = snapshot;
  const strays = tracked.filter((pod) => isStray(pod, job));
  if (strays.length > 0) return { actions: [{ type: 'removeFinalizers', key, pods: strays }] };
  if (!job || isManagedElsewhere(job) || isJobFinished(job)) return { actions: [] };
  const matches = compileLabelSelector(job.spec?.selector);
  const claims = claim(job, matches, snapshot.candidates);
  const ownership: JobAction[] = [
    ...claims.adoptable.map((pod) => ({ type: 'adoptPod' as const, key, job, pod })),
    ...claims.releasable.map((pod) => ({ type: 'releasePod' as const, key, job, pod })),
  ];
  if (ownership.length > 0) return { actions: ownership };
  const count = countPods(job, claims.owned);
  const end = endOf(count, now);
  const tracking = track(count, end, now);
  const backoff = nextBackoff(snapshot.backoff, count.newSucceeded, count.newFailed);
  return act(key, count, end, tracking, backoff, now);
}

/** Whose Job is gone, is another by now, or has ended without it. */
function isStray(pod: Readonly<Pod>, job: Readonly<Job> | undefined): boolean {
  const controller = controllerOf(pod);
  const isOpen = job && !isJobFinished(job);
  if (!controller) return !isOpen || !compileLabelSelector(job.spec?.selector)(pod.metadata?.labels);
  if (controller.kind !== 'Job' || controller.apiVersion !== 'batch/v1') return false;
  if (job?.metadata?.uid !== controller.uid) return true;
  return !isOpen && !isManagedElsewhere(job);
}

const isManagedElsewhere = ({ spec }: Readonly<Job>): boolean =>
  spec?.managedBy !== undefined && spec.managedBy !== JOB_CONTROLLER;

function act(
  key: string,
  count: Count,
  end: End | undefined,
  { status, events, removable }: Tracking,
  backoff: Backoff,
  now: number,
): Decision<JobAction> {
  const job = count.job as Job;
  const pods: JobAction[] = [];
  const waiting: Waiting[] = [];
  if (end) {
    // Their end counts: they keep their finalizers until the status says so.
    if (count.active.length > 0) pods.push({ type: 'deletePods', key, job, pods: count.active, isCounted: true });
  } else if (!job.metadata?.deletionTimestamp) {
    const changes = manage(count, backoff, now);
    const held = changes.create.length > 0 ? heldFor(job) : undefined;
    if (changes.delete.length > 0) pods.push({ type: 'deletePods', key, job, pods: changes.delete, isCounted: false });
    if (held !== undefined) waiting.push({ reason: 'JobHeld', message: `Job waits for ${held}` });
    else if (changes.create.length > 0) pods.push({ type: 'createPods', key, job, pods: changes.create });
    if (changes.waiting) waiting.push(changes.waiting);
    const afterMs = deadlineInMs({ spec: count.spec, status }, now);
    if (afterMs !== undefined) waiting.push({ reason: 'Deadline', message: 'until activeDeadlineSeconds', afterMs });
  }
  const update: JobAction[] = isSameStatus(count.status, status)
    ? []
    : [{ type: 'updateStatus', key, job, status, backoff, events }];
  const finalizers: JobAction[] = removable.length > 0 ? [{ type: 'removeFinalizers', key, pods: removable }] : [];
  return { actions: [...update, ...pods, ...finalizers], waiting };
}

/** Counts of zero may be absent in what the API answers. */
function isSameStatus(a: Readonly<JobStatus>, b: Readonly<JobStatus>): boolean {
  const text = ({ active, succeeded, failed, completedIndexes, ...others }: Readonly<JobStatus>) =>
    canonicalJson({
      ...others,
      active: active ?? 0,
      succeeded: succeeded ?? 0,
      failed: failed ?? 0,
      completedIndexes: completedIndexes ?? '',
    });
  return text(a) === text(b);
}
