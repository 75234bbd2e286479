/**
 * What a Job's conditions say of it. Pure.
 */

import type { Job, JobCondition } from '../types.generated.ts';

export type JobConditionType = 'Complete' | 'Failed' | 'FailureTarget' | 'SuccessCriteriaMet' | 'Suspended';

/** The condition, when it is true. */
export function trueCondition({ status }: Readonly<Job>, type: JobConditionType): JobCondition | undefined {
  return status?.conditions?.find((condition) => condition.type === type && condition.status === 'True');
}

export const isJobComplete = (job: Readonly<Job>): boolean => trueCondition(job, 'Complete') !== undefined;
export const isJobFailed = (job: Readonly<Job>): boolean => trueCondition(job, 'Failed') !== undefined;
export const isJobFinished = (job: Readonly<Job>): boolean => isJobComplete(job) || isJobFailed(job);
