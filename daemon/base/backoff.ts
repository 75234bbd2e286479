/**
 * Exponential back-off with jitter. Pure: chance is an argument.
 */

import type { Random } from './clock.ts';

export interface Backoff {
  /** Delay after the first failure. */
  readonly baseMs: number;
  /** Never longer than this. */
  readonly maxMs: number;
}

/**
 * The delay after `failures` failures in a row (1 or more), doubled each time and spread over the upper half of its span,
 * so that many who failed together do not come back together.
 */
export function backoffDelayMs(backoff: Backoff, failures: number, random: Random): number {
  const doublings = Math.min(Math.max(failures - 1, 0), 30); // 2^30 exceeds any maxMs; more would only lose precision
  const span = Math.min(backoff.maxMs, backoff.baseMs * 2 ** doublings);
  return span / 2 + (span / 2) * random.next();
}
