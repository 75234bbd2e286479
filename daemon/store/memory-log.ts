/**
 * A log that lives in memory: for tests and simulation. Durable for as long as the value lives, so that a test can "restart" a store on it.
 */

import type { Batch, Log, Snapshot } from './log.ts';

export interface MemoryLog extends Log {
  /** Makes the next appends fail, as a full disk does, until called with undefined. */
  failWith(error: Error | undefined): void;
}

export function createMemoryLog(): MemoryLog {
  let snapshot: Snapshot | undefined;
  let batches: { sequence: number; batch: Batch }[] = [];
  let failure: Error | undefined;
  const lastSequence = () => batches.at(-1)?.sequence ?? snapshot?.sequence ?? 0;
  return {
    async append(batch, expectedSequence) {
      if (failure) throw failure;
      if (expectedSequence !== lastSequence() + 1) {
        throw new Error(`log: batch ${expectedSequence} does not follow ${lastSequence()}`);
      }
      batches.push({ sequence: expectedSequence, batch });
    },
    async *read() {
      if (snapshot) yield { snapshot };
      yield* batches;
    },
    async snapshot(next) {
      snapshot = { ...next, entries: [...next.entries] };
      batches = batches.filter(({ sequence }) => sequence > next.sequence);
    },
    async close() {},
    failWith(error) {
      failure = error;
    },
  };
}
