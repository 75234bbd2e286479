/**
 * Whether a Job has come to its end, and which (`job_controller.go`: syncJob). The end is told first by a condition of what is to be (FailureTarget,
 * SuccessCriteriaMet), and is there when no Pod is left to count. Pure.
 */

import { parseTime } from '../../base/clock.ts';
import { trueCondition } from '../../kinds/jobs/conditions.ts';
import { countIndexes, intersectIndexes, parseIndexes } from '../../kinds/jobs/indexes.ts';
import type { SuccessPolicyRule } from '../../kinds/types.generated.ts';
import type { Count } from './count.ts';
import { judgeFailure } from './failure-policy.ts';
import { isFailed } from './pods.ts';

export interface End {
  type: 'FailureTarget' | 'SuccessCriteriaMet';
  reason: string;
  message: string;
}

const failure = (reason: string, message: string): End => ({ type: 'FailureTarget', reason, message });
const success = (reason: string, message: string): End => ({ type: 'SuccessCriteriaMet', reason, message });

/** Undefined: it goes on. What its status says of its end stands. */
export function endOf(count: Count, now: number): End | undefined {
  for (const type of ['SuccessCriteriaMet', 'FailureTarget'] as const) {
    const told = trueCondition(count.job, type);
    if (told) return { type, reason: told.reason ?? '', message: told.message ?? '' };
  }
  return byFailurePolicy(count) ?? byLimits(count, now) ?? byIndexes(count) ?? byCompletions(count);
}

function byFailurePolicy({ spec, pods }: Count): End | undefined {
  if (!spec.podFailurePolicy) return undefined;
  for (const pod of pods.filter((one) => isFailed(one, spec))) {
    const { message } = judgeFailure(spec.podFailurePolicy, pod);
    if (message !== undefined) return failure('PodFailurePolicy', message);
  }
  return undefined;
}

function byLimits(count: Count, now: number): End | undefined {
  if (count.failed > (count.spec.backoffLimit ?? 0) || hasRestartedTooOften(count))
    return failure('BackoffLimitExceeded', 'Job has reached the specified backoff limit');
  const left = deadlineInMs(count, now);
  if (left !== undefined && left <= 0)
    return failure('DeadlineExceeded', 'Job was active longer than specified deadline');
  return undefined;
}

/** With OnFailure it is the containers that are started again, within their Pods. */
function hasRestartedTooOften({ spec, pods }: Count): boolean {
  if (spec.template?.spec?.restartPolicy !== 'OnFailure') return false;
  const live = pods.filter(({ status }) => status?.phase === 'Running' || status?.phase === 'Pending');
  const restarts = live
    .flatMap(({ status }) => [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])])
    .reduce((sum, { restartCount }) => sum + (restartCount ?? 0), 0);
  const { backoffLimit = 0 } = spec;
  return backoffLimit === 0 ? restarts > 0 : restarts >= backoffLimit;
}

/** Until `activeDeadlineSeconds` are over; undefined when they do not count. */
export function deadlineInMs({ spec, status }: Pick<Count, 'spec' | 'status'>, now: number): number | undefined {
  // One that has just been resumed still shows when it began before: its time begins anew.
  const isSuspended = spec.suspend || trueCondition({ status }, 'Suspended') !== undefined;
  if (spec.activeDeadlineSeconds === undefined || !status.startTime || isSuspended) return undefined;
  return parseTime(status.startTime) + spec.activeDeadlineSeconds * 1_000 - now;
}

function byIndexes({ spec, indexes }: Count): End | undefined {
  if (!indexes) return undefined;
  const { completions = 0, maxFailedIndexes, successPolicy } = spec;
  const failed = countIndexes(indexes.failed ?? []);
  if (maxFailedIndexes !== undefined && failed > maxFailedIndexes)
    return failure('MaxFailedIndexesExceeded', 'Job has exceeded the specified maximal number of failed indexes');
  if (failed > 0 && failed + countIndexes(indexes.succeeded) >= completions)
    return failure('FailedIndexes', 'Job has failed indexes');
  const met = indexes.succeeded.length === 0 ? -1 : (successPolicy?.rules ?? []).findIndex(isMet);
  return met < 0 ? undefined : success('SuccessPolicy', `Matched rules at index ${met}`);

  function isMet({ succeededIndexes, succeededCount }: SuccessPolicyRule): boolean {
    const { succeeded } = indexes!;
    if (succeededIndexes === undefined)
      return succeededCount !== undefined && countIndexes(succeeded) >= succeededCount;
    const asked = parseIndexes(succeededIndexes, completions);
    if (asked.length === 0) return false;
    const done = countIndexes(intersectIndexes(asked, succeeded));
    return done === countIndexes(asked) || (succeededCount !== undefined && done >= succeededCount);
  }
}

function byCompletions({ spec, succeeded, active }: Count): End | undefined {
  // Without a number of completions the first success ends it, once the others have ended, too.
  const isDone = spec.completions === undefined ? succeeded > 0 : succeeded >= spec.completions;
  if (!isDone || active.length > 0) return undefined;
  return success('CompletionsReached', 'Reached expected number of succeeded pods');
}
