/**
 * When an ended container is started again (kubelet's restart back-off): at once the first time, then after 10 s, doubled up to 5 min, and
 * from the beginning again after it has run for 10 min. The state stands in the instances' labels. Pure.
 */

import type { ObservedContainer } from './observed.ts';

const BACKOFF_MS_MIN = 10_000;
const BACKOFF_MS_MAX = 300_000;
/** `flowcontrol.Backoff`: forgotten after twice the longest delay. */
const FORGET_MS = 2 * BACKOFF_MS_MAX;

export interface Restart {
  /** Not before. */
  dueMs: number;
  /** What the container waits for now; 0: nothing. */
  delayMs: number;
  /** The next instance's own. */
  nextBackoffMs: number;
}

/** `ended`: the newest instance, which has ended. */
export function restartOf({ backoffMs, createdMs, finishedMs, lost }: Readonly<ObservedContainer>): Restart {
  // Who is not to blame does not wait, and what the container had to wait before stays as it was.
  if (lost) return { dueMs: finishedMs, delayMs: 0, nextBackoffMs: backoffMs };
  const forgotten = backoffMs === 0 || finishedMs - createdMs > FORGET_MS;
  if (forgotten) return { dueMs: finishedMs, delayMs: 0, nextBackoffMs: BACKOFF_MS_MIN };
  return {
    dueMs: finishedMs + backoffMs,
    delayMs: backoffMs,
    nextBackoffMs: Math.min(BACKOFF_MS_MAX, backoffMs * 2),
  };
}

/** As Go prints a duration of whole seconds: `10s`, `1m20s`, `5m0s`. */
export function formatDelay(ms: number): string {
  const seconds = Math.round(ms / 1000);
  return seconds < 60 ? `${seconds}s` : `${Math.floor(seconds / 60)}m${seconds % 60}s`;
}
