/**
 * What the Job loop can do, and what it decides by.
 */

import type { Job, JobStatus, Pod } from '../../kinds/types.generated.ts';
import type { Backoff } from './backoff.ts';

export interface JobEvent {
  type: 'Normal' | 'Warning';
  reason: string;
  message: string;
}

/** A Pod to make: of an Indexed Job with its index, and how often that has failed where it has a limit of its own. */
export interface NewPod {
  index?: number;
  failures?: number;
  ignoredFailures?: number;
}

export type JobAction =
  | { type: 'adoptPod'; key: string; job: Job; pod: Pod }
  | { type: 'releasePod'; key: string; job: Job; pod: Pod }
  | { type: 'createPods'; key: string; job: Job; pods: readonly NewPod[] }
  /** `isCounted`: they keep their finalizers, so that their end counts; else they go as if they had never been. */
  | { type: 'deletePods'; key: string; job: Job; pods: readonly Pod[]; isCounted: boolean }
  | { type: 'removeFinalizers'; key: string; pods: readonly Pod[] }
  /** `backoff`: what is remembered of failures once the status is written. `events` are told then, too. */
  | { type: 'updateStatus'; key: string; job: Job; status: JobStatus; backoff: Backoff; events: readonly JobEvent[] };

/** What `decide` sees. */
export interface JobSnapshot {
  key: string;
  /** Undefined when it is gone. */
  job: Job | undefined;
  /** Controlled already, and orphans of the namespace. */
  candidates: readonly Pod[];
  /** Pods with the tracking finalizer that belong under this key. */
  tracked: readonly Pod[];
  backoff: Backoff;
}
