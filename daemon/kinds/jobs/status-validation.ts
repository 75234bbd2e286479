/**
 * The rules of a Job's status (`pkg/apis/batch/validation`: ValidateJobStatusUpdate, with all that `getStatusValidationOptions` asks for since a
 * Job's status may come from a foreign controller, KEP-4368). A rule holds where what it is about has changed: one that was broken before does not
 * keep the rest from being told.
 */

import { parseTime } from '../../base/clock.ts';
import {
  duplicate,
  type FieldError,
  type FieldPath,
  invalidValue,
  invalidWhole,
  path,
  required,
} from '../../base/field.ts';
import { deepEqual } from '../../base/json.ts';
import { checkNotNegative } from '../common/checks.ts';
import { goMoment, goValue } from '../common/go-values.ts';
import { ownMetadataErrors } from '../common/metadata.ts';
import type { Job, JobStatus, UncountedTerminatedPods } from '../types.generated.ts';
import { isJobComplete, isJobFailed, isJobFinished, type JobConditionType, trueCondition } from './conditions.ts';
import { checkIndexes, overlapOf } from './indexes.ts';

const STATUS = path('status');
const CONDITIONS = STATUS.child('conditions');

interface Change {
  readonly job: Readonly<Job>;
  readonly old: Readonly<Job>;
  readonly status: Readonly<JobStatus>;
  readonly before: Readonly<JobStatus>;
  /** Whether any of these members, or whether the job has ended, is other than before. */
  changed(...members: readonly (keyof JobStatus)[]): boolean;
  turned(is: (job: Readonly<Job>) => boolean): boolean;
}

export function validateStatusUpdate(job: Readonly<Job>, old: Readonly<Job>): FieldError[] {
  const { status = {} } = job;
  const { status: before = {} } = old;
  const change: Change = {
    job,
    old,
    status,
    before,
    changed: (...members) => members.some((member) => !deepEqual(status[member] ?? null, before[member] ?? null)),
    turned: (is) => is(job) !== is(old),
  };
  const errors = ownMetadataErrors(job, old);
  checkCounts(errors, status);
  checkConditionsAgree(errors, change);
  checkTimes(errors, change);
  checkFinished(errors, change);
  checkIndexLists(errors, change);
  checkCountsOfFinished(errors, change);
  checkSuccessCriteria(errors, change);
  checkDirection(errors, change);
  return errors;
}

function checkCounts(errors: FieldError[], status: Readonly<JobStatus>): void {
  for (const count of ['active', 'succeeded', 'failed', 'ready', 'terminating'] as const)
    checkNotNegative(errors, STATUS.child(count), status[count]);
  if (status.uncountedTerminatedPods)
    checkUncounted(errors, status.uncountedTerminatedPods, STATUS.child('uncountedTerminatedPods'));
}

function checkUncounted(errors: FieldError[], uncounted: UncountedTerminatedPods, at: FieldPath): void {
  const seen = new Set<string>();
  for (const list of ['succeeded', 'failed'] as const) {
    (uncounted[list] ?? []).forEach((uid, index) => {
      const uidAt = at.child(list).index(index);
      if (uid === '') errors.push(invalidValue(uidAt, uid, 'must not be empty'));
      else if (seen.has(uid)) errors.push(duplicate(uidAt, uid));
      seen.add(uid);
    });
  }
}

const has = (type: JobConditionType) => (job: Readonly<Job>) => trueCondition(job, type) !== undefined;

function checkConditionsAgree(errors: FieldError[], { job, turned }: Change): void {
  const isComplete = isJobComplete(job);
  if ((turned(isJobComplete) || turned(isJobFailed)) && isComplete && isJobFailed(job))
    errors.push(invalidWhole(CONDITIONS, 'cannot set Complete=True and Failed=true conditions'));
  if ((turned(isJobComplete) || turned(has('FailureTarget'))) && isComplete && has('FailureTarget')(job))
    errors.push(invalidWhole(CONDITIONS, 'cannot set Complete=True and FailureTarget=true conditions'));
}

function checkTimes(errors: FieldError[], { job, status, changed, turned }: Change): void {
  const { startTime, completionTime } = status;
  const at = STATUS.child('completionTime');
  const isTold = turned(isJobComplete) || changed('completionTime');
  if (isTold && completionTime && !isJobComplete(job))
    errors.push(
      invalidValue(at, goMoment(completionTime), 'cannot set completionTime when there is no Complete=True condition'),
    );
  if (isTold && !completionTime && isJobComplete(job))
    errors.push(required(at, 'completionTime is required for Complete jobs'));
  const isBefore = startTime && completionTime && parseTime(completionTime) < parseTime(startTime);
  if (changed('startTime', 'completionTime') && isBefore)
    errors.push(invalidValue(at, goMoment(completionTime), 'completionTime cannot be set before startTime'));
}

function checkFinished(errors: FieldError[], { job, status, changed, turned }: Change): void {
  const isTold = turned(isJobFailed) || turned(has('FailureTarget'));
  if (isTold && isJobFailed(job) && !has('FailureTarget')(job))
    errors.push(invalidWhole(CONDITIONS, 'cannot set Failed=True condition without the FailureTarget=true condition'));
  if (
    (turned(isJobComplete) || turned(has('SuccessCriteriaMet'))) &&
    isJobComplete(job) &&
    !has('SuccessCriteriaMet')(job)
  )
    errors.push(
      invalidWhole(CONDITIONS, 'cannot set Complete=True condition without the SuccessCriteriaMet=true condition'),
    );
  if (!isJobFinished(job)) return;
  const { active = 0, startTime, uncountedTerminatedPods: uncounted } = status;
  const hasEnded = turned(isJobFinished);
  if ((hasEnded || changed('active')) && active > 0)
    errors.push(invalidValue(STATUS.child('active'), active, 'active>0 is invalid for finished job'));
  if ((hasEnded || changed('startTime')) && !startTime)
    errors.push(required(STATUS.child('startTime'), 'startTime is required for finished job'));
  const left = (uncounted?.succeeded?.length ?? 0) + (uncounted?.failed?.length ?? 0);
  if ((hasEnded || changed('uncountedTerminatedPods')) && left > 0) {
    const value = goValue('batch.UncountedTerminatedPods', uncounted);
    const detail = 'uncountedTerminatedPods needs to be empty for finished job';
    errors.push(invalidValue(STATUS.child('uncountedTerminatedPods'), value, detail));
  }
}

function checkIndexLists(errors: FieldError[], { job, status, changed }: Change): void {
  const { completions, completionMode, backoffLimitPerIndex } = job.spec ?? { template: {} };
  const { completedIndexes = '', failedIndexes } = status;
  const check = (field: 'completedIndexes' | 'failedIndexes', text: string) => {
    const problem = checkIndexes(text, completions!);
    if (typeof problem === 'string')
      errors.push(invalidValue(STATUS.child(field), text, `error parsing ${field}: ${problem}`));
  };
  const isCompletedTold = changed('completedIndexes');
  const isFailedTold = changed('failedIndexes');
  const failedAt = STATUS.child('failedIndexes');
  if (isCompletedTold && completions !== undefined) check('completedIndexes', completedIndexes);
  if (isFailedTold && completions !== undefined && backoffLimitPerIndex !== undefined && failedIndexes !== undefined)
    check('failedIndexes', failedIndexes);
  if (isCompletedTold && completedIndexes !== '' && completionMode !== 'Indexed') {
    const detail = 'cannot set non-empty completedIndexes when non-indexed completion mode';
    errors.push(invalidValue(STATUS.child('completedIndexes'), completedIndexes, detail));
  }
  if (failedIndexes === undefined) return;
  if (isFailedTold && backoffLimitPerIndex === undefined) {
    const detail = 'cannot set non-null failedIndexes when backoffLimitPerIndex is null';
    errors.push(invalidValue(failedAt, failedIndexes, detail));
  }
  if (!(isFailedTold || isCompletedTold) || completions === undefined) return;
  const overlap = overlapOf(completedIndexes, failedIndexes, completions);
  if (overlap !== undefined)
    errors.push(
      invalidValue(failedAt, failedIndexes, `failedIndexes and completedIndexes overlap at index: ${overlap}`),
    );
}

function checkCountsOfFinished(errors: FieldError[], { job, status, changed, turned }: Change): void {
  const { terminating = 0, ready, active = 0 } = status;
  if ((turned(isJobFinished) || changed('terminating')) && terminating > 0 && isJobFinished(job))
    errors.push(invalidValue(STATUS.child('terminating'), terminating, 'terminating>0 is invalid for finished job'));
  if (changed('ready', 'active') && ready !== undefined && ready > active)
    errors.push(invalidValue(STATUS.child('ready'), ready, 'cannot set more ready pods than active'));
}

function checkSuccessCriteria(errors: FieldError[], { job }: Change): void {
  const isMet = has('SuccessCriteriaMet')(job);
  if (isMet && isJobFailed(job))
    errors.push(invalidWhole(CONDITIONS, 'cannot set SuccessCriteriaMet=True and Failed=true conditions'));
  if (isMet && has('FailureTarget')(job))
    errors.push(invalidWhole(CONDITIONS, 'cannot set SuccessCriteriaMet=True and FailureTarget=true conditions'));
  if (!isMet && job.spec?.successPolicy && isJobComplete(job)) {
    const detail = 'cannot set Complete=True for Job with SuccessPolicy unless SuccessCriteriaMet=True';
    errors.push(invalidWhole(CONDITIONS, detail));
  }
}

/** What ended stays ended, and nothing is counted back. */
function checkDirection(errors: FieldError[], { job, old, status, before }: Change): void {
  for (const type of ['Failed', 'Complete', 'FailureTarget'] as const) {
    if (has(type)(old) && !has(type)(job))
      errors.push(invalidWhole(CONDITIONS, `cannot disable the terminal ${type}=True condition`));
  }
  if ((status.failed ?? 0) < (before.failed ?? 0))
    errors.push(invalidValue(STATUS.child('failed'), status.failed ?? 0, 'cannot decrease the failed counter'));
  const { completionMode, completions, parallelism, suspend } = job.spec ?? { template: {} };
  const mayShrink = completionMode === 'Indexed' && completions === parallelism;
  if (!mayShrink && (status.succeeded ?? 0) < (before.succeeded ?? 0)) {
    const at = STATUS.child('succeeded');
    errors.push(invalidValue(at, status.succeeded ?? 0, 'cannot decrease the succeeded counter'));
  }
  const { completionTime, startTime } = status;
  if (completionTime && before.completionTime && completionTime !== before.completionTime)
    errors.push(
      invalidValue(STATUS.child('completionTime'), goMoment(completionTime), 'completionTime cannot be mutated'),
    );
  // One that resumes begins anew.
  const resumes = has('Suspended')(old) && !has('Suspended')(job);
  if (before.startTime && before.startTime !== startTime && !suspend && !resumes)
    errors.push(required(STATUS.child('startTime'), 'startTime cannot be removed for unsuspended job'));
  const wasMet = has('SuccessCriteriaMet')(old);
  if (wasMet && !has('SuccessCriteriaMet')(job))
    errors.push(invalidWhole(CONDITIONS, 'cannot disable the SuccessCriteriaMet=True condition'));
  if (isJobComplete(old) && !wasMet && has('SuccessCriteriaMet')(job)) {
    const detail = 'cannot set SuccessCriteriaMet=True for Job already has Complete=true conditions';
    errors.push(invalidWhole(CONDITIONS, detail));
  }
}
