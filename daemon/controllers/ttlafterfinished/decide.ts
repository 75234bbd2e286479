/**
 * Whether a finished Job has had its time (`ttlafterfinished_controller.go`). Pure and total.
 *
 * A Job of git stays, without its Pods, as long as its manifest does: git says that it is there, and would make it again, to be run again.
 */

import { parseTime } from '../../base/clock.ts';
import { isOfGit } from '../../kinds/common/git-ownership.ts';
import { trueCondition } from '../../kinds/jobs/conditions.ts';
import type { Job } from '../../kinds/types.generated.ts';
import type { Decision } from '../../runtime/loop.ts';
import type { TtlAction, TtlSnapshot } from './actions.ts';

export function decide({ key, job, pods }: TtlSnapshot, now: number): Decision<TtlAction> {
  const left = ttlInMs(job, now);
  if (left === undefined || job.metadata?.deletionTimestamp) return { actions: [] };
  if (left > 0)
    return { actions: [], waiting: [{ reason: 'TTL', message: 'until ttlSecondsAfterFinished', afterMs: left }] };
  if (!isOfGit(job)) return { actions: [{ type: 'deleteJob', key, job }] };
  const present = pods.filter(({ metadata }) => metadata?.deletionTimestamp === undefined);
  return { actions: present.length > 0 ? [{ type: 'deletePods', key, pods: present }] : [] };
}

/** Milliseconds until a Job may go; undefined when it stays. */
export function ttlInMs(job: Readonly<Job>, now: number): number | undefined {
  const seconds = job.spec?.ttlSecondsAfterFinished;
  const end = trueCondition(job, 'Complete') ?? trueCondition(job, 'Failed');
  if (seconds === undefined || !end?.lastTransitionTime) return undefined;
  return parseTime(end.lastTransitionTime) + seconds * 1_000 - now;
}
