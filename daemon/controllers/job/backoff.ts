/**
 * How long a failed Pod's successor waits (`backoff_utils.go`): 10 s, doubled with each failure since the last success, 10 min at most. Pure.
 */

import { parseTime } from '../../base/clock.ts';
import type { Pod } from '../../kinds/types.generated.ts';
import { podCondition } from '../shared/pod.ts';

const BACKOFF_MS = 10_000;
const BACKOFF_MS_MAX = 10 * 60_000;

/** Failures since the last success. It is remembered and not stored: after a restart the count begins anew, as upstream's does. */
export interface Backoff {
  readonly failures: number;
  /** Milliseconds since the epoch; 0 when there was none. */
  readonly lastFailureMs: number;
}

export const NO_BACKOFF: Backoff = { failures: 0, lastFailureMs: 0 };

export function nextBackoff(before: Backoff, succeeded: readonly Pod[], failed: readonly Pod[]): Backoff {
  if (succeeded.length === 0 && failed.length === 0) return before;
  const failures = failed.map(finishedMs);
  const lastFailureMs = Math.max(0, ...failures);
  if (succeeded.length === 0) return { failures: before.failures + failures.length, lastFailureMs };
  const lastSuccessMs = Math.max(...succeeded.map(finishedMs));
  const since = failures.filter((at) => at > lastSuccessMs);
  return since.length > 0 ? { failures: since.length, lastFailureMs } : NO_BACKOFF;
}

/** Milliseconds until the next Pod may be made; 0: now. */
export function waitMs({ failures, lastFailureMs }: Backoff, now: number): number {
  if (failures === 0) return 0;
  const length = Math.min(BACKOFF_MS * 2 ** (failures - 1), BACKOFF_MS_MAX);
  return Math.max(0, lastFailureMs + length - now);
}

/** When a Pod ended: its containers know best, then its conditions, then who deleted it. */
export function finishedMs(pod: Readonly<Pod>): number {
  const { metadata = {}, status = {} } = pod;
  const ends = (status.containerStatuses ?? []).map(({ state }) => state?.terminated?.finishedAt);
  if (ends.length > 0 && ends.every(Boolean)) return Math.max(...ends.map((end) => parseTime(end!)));
  const ready = podCondition(pod, 'Ready');
  if (ready?.status === 'False' && ready.lastTransitionTime) return parseTime(ready.lastTransitionTime);
  if (metadata.deletionTimestamp)
    return parseTime(metadata.deletionTimestamp) - (metadata.deletionGracePeriodSeconds ?? 0) * 1_000;
  return parseTime(metadata.creationTimestamp ?? '') || 0;
}
