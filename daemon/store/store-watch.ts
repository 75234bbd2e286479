/**
 * A subscription as an async iterator with a bounded backlog: a reader that falls behind is cut with 410, and others do not notice.
 */

import { expired } from '../base/status.ts';
import type { StoreEvent, StoreListener, StoreWatch } from './store.ts';

/** A reader this far behind relists cheaper than it catches up; bounds the memory that one watcher can hold. */
export const BACKLOG_EVENTS_MAX = 16_384;

export function watchAsIterator(subscribe: (listener: StoreListener) => () => void): StoreWatch {
  let backlog: (readonly StoreEvent[])[] = [];
  let waiting = 0;
  let closed = false;
  let behind = false;
  let wake: (() => void) | undefined;
  const unsubscribe = subscribe({
    events(batch) {
      waiting += batch.length;
      if (waiting > BACKLOG_EVENTS_MAX) {
        behind = true;
        backlog = [];
        unsubscribe();
      } else backlog.push(batch);
      wake?.();
    },
  });
  const close = () => {
    closed = true;
    unsubscribe();
    wake?.();
  };
  async function* iterate(): AsyncGenerator<readonly StoreEvent[]> {
    try {
      for (;;) {
        if (closed) return;
        if (behind) throw expired('too many events are waiting for this watch: list again and watch from there');
        const batch = backlog.shift();
        if (batch) {
          waiting -= batch.length;
          yield batch;
          continue;
        }
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
        wake = undefined;
      }
    } finally {
      close();
    }
  }
  return { [Symbol.asyncIterator]: iterate, close };
}
