/** A log that tells how its writes fare: for whoever asks whether the store is well. Around any log; changes nothing about it. */

import type { Clock } from '../base/clock.ts';
import type { Log } from './log.ts';

export interface LogObservations {
  /** What the newest write that ended died of; undefined when it succeeded, or none has ended. */
  failure(): Error | undefined;
  /** How long the oldest write in hand has been waiting; 0 without any. */
  waitingMs(): number;
}

export function observeLog(log: Log, clock: Pick<Clock, 'monotonic'>): { log: Log; observations: LogObservations } {
  /** When each write in hand began, oldest first: they end in that order. */
  const begun = new Set<{ atMs: number }>();
  let failure: Error | undefined;
  const observed: Log = {
    ...{ read: () => log.read(), snapshot: (snapshot) => log.snapshot(snapshot), close: () => log.close() },
    async append(batch, expectedSequence) {
      const write = { atMs: clock.monotonic() };
      begun.add(write);
      try {
        await log.append(batch, expectedSequence);
        failure = undefined;
      } catch (error) {
        failure = error as Error;
        throw error;
      } finally {
        begun.delete(write);
      }
    },
  };
  return {
    log: observed,
    observations: {
      failure: () => failure,
      waitingMs() {
        const [oldest] = begun;
        return oldest ? clock.monotonic() - oldest.atMs : 0;
      },
    },
  };
}
