/**
 * What a Job sees in a Pod (`job_controller.go`, `indexed_job_utils.go`). Pure.
 */

import {
  COMPLETION_INDEX,
  INDEX_FAILURE_COUNT,
  INDEX_IGNORED_FAILURE_COUNT,
  TRACKING_FINALIZER,
} from '../../kinds/jobs/names.ts';
import type { JobSpec, Pod } from '../../kinds/types.generated.ts';
import { isPodTerminal } from '../shared/pod.ts';

const INT32_MAX = 2_147_483_647;

export const isTracked = ({ metadata }: Readonly<Pod>): boolean =>
  metadata?.finalizers?.includes(TRACKING_FINALIZER) ?? false;

export const uidOf = ({ metadata }: Readonly<Pod>): string => metadata?.uid ?? '';

export const isSucceeded = ({ status }: Readonly<Pod>): boolean => status?.phase === 'Succeeded';

export const isTerminating = (pod: Readonly<Pod>): boolean =>
  pod.metadata?.deletionTimestamp !== undefined && !isPodTerminal(pod);

/** A Pod that is stopping is not replaced before it has ended. */
export const replacesOnlyFailed = (spec: Readonly<JobSpec>): boolean =>
  spec.podReplacementPolicy === 'Failed' || spec.podFailurePolicy !== undefined;

/** One that is being deleted has failed, too: it may never come to say so itself. */
export const isFailed = (pod: Readonly<Pod>, spec: Readonly<JobSpec>): boolean =>
  pod.status?.phase === 'Failed' || (!replacesOnlyFailed(spec) && isTerminating(pod));

/** Undefined: it has none, or one that is none. */
export function indexOf({ metadata }: Readonly<Pod>): number | undefined {
  const text = metadata?.annotations?.[COMPLETION_INDEX];
  return text !== undefined && /^\+?\d{1,15}$/.test(text) ? Number(text) : undefined;
}

/** The index, when the Job has it. */
export function validIndexOf(pod: Readonly<Pod>, { completions = 0 }: Readonly<JobSpec>): number | undefined {
  const index = indexOf(pod);
  return index !== undefined && index < completions ? index : undefined;
}

function countIn(pod: Readonly<Pod>, annotation: string): number {
  const count = Number(pod.metadata?.annotations?.[annotation] ?? 0);
  return Number.isInteger(count) && count >= 0 && count <= INT32_MAX ? count : 0;
}

/** How often its index had failed before this Pod: what counted, and what was to be ignored. */
export const failuresBefore = (pod: Readonly<Pod>): { counted: number; ignored: number } => ({
  counted: countIn(pod, INDEX_FAILURE_COUNT),
  ignored: countIn(pod, INDEX_IGNORED_FAILURE_COUNT),
});
