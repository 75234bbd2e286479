/**
 * `git push -o …`: what a push may ask for. Pure.
 */

import { WAIT_MS_DEFAULT, WAIT_MS_MAX } from '../limits.ts';

export interface PushOptions {
  /** How long the push's output follows the rollout; undefined: not at all. */
  waitMs: number | undefined;
  /** What was not understood; said to the pusher. */
  unknown: readonly string[];
}

const UNITS_MS: Readonly<Record<string, number>> = { '': 1_000, s: 1_000, m: 60_000, h: 3_600_000 };

/** `wait`, `wait=90`, `wait=120s`, `wait=5m` */
export function parsePushOptions(options: readonly string[]): PushOptions {
  let waitMs: number | undefined;
  const unknown: string[] = [];
  for (const option of options) {
    const parts = /^wait(?:=(\d{1,6})([smh]?))?$/.exec(option);
    if (!parts) unknown.push(option);
    else if (parts[1] === undefined) waitMs = WAIT_MS_DEFAULT;
    else waitMs = Math.min(WAIT_MS_MAX, Number(parts[1]) * UNITS_MS[parts[2] ?? '']!);
  }
  return { waitMs, unknown };
}
