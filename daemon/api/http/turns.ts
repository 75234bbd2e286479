/**
 * Turns of the event loop, shared out between users: a user whose requests fill one goes on in a later one, after everybody else, so that a flood of
 * small requests keeps no lease, probe or controller waiting. One request is never interrupted.
 */

import type { Clock } from '../../base/clock.ts';
import { afterTurn } from '../../base/turn.ts';

/** What one user's requests may take of the event loop in a row: one large list, or some hundred small answers. */
const SLICE_MS = 5;

/** Runs `work` now, or after others had their turn when the user has used up this one. What waits is bounded by `in-flight.ts`. */
export type InTurn = (username: string, work: () => Promise<void>) => Promise<void>;

export function createTurns({ monotonic }: Pick<Clock, 'monotonic'>): InTurn {
  const usedMs = new Map<string, number>();
  const waiting = new Map<string, (() => void)[]>();
  let isScheduled = false;
  const hasTime = (username: string) => (usedMs.get(username) ?? 0) < SLICE_MS;
  const run = (username: string, work: () => Promise<void>): Promise<void> => {
    schedule();
    const began = monotonic();
    const working = work();
    usedMs.set(username, (usedMs.get(username) ?? 0) + monotonic() - began);
    return working;
  };
  const schedule = () => {
    if (isScheduled) return;
    isScheduled = true;
    afterTurn(() => {
      isScheduled = false;
      usedMs.clear();
      for (const [username, queue] of waiting) {
        while (queue.length > 0 && hasTime(username)) queue.shift()!();
        if (queue.length === 0) waiting.delete(username);
      }
      if (waiting.size > 0) schedule();
    });
  };
  return (username, work) => {
    if (!waiting.has(username) && hasTime(username)) return run(username, work);
    const queue = waiting.get(username) ?? [];
    waiting.set(username, queue);
    schedule();
    return new Promise((resolve, reject) => {
      queue.push(() => void run(username, work).then(resolve, reject));
    });
  };
}
