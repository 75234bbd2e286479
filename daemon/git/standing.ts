/** Whether a judgement still holds: as long as nothing that it looked at has been written since. */

import type { ReadRecord } from '../admission/read-record.ts';
import type { Store } from '../store/store.ts';

/** Answers for the newest revision; each revision is looked at once. What the store has forgotten counts as a change. */
export function createStanding(
  store: Pick<Store, 'revision' | 'subscribe'>,
  judgedAt: number,
  read: Pick<ReadRecord, 'isTouchedBy'>,
): () => boolean {
  let lookedAt = judgedAt;
  let stands = true;
  return () => {
    if (!stands || store.revision === lookedAt) return stands;
    const after = lookedAt;
    lookedAt = store.revision;
    stands = !isTouched(store, after, read);
    return stands;
  };
}

function isTouched(store: Pick<Store, 'subscribe'>, after: number, read: Pick<ReadRecord, 'isTouchedBy'>): boolean {
  let touched = false;
  try {
    // What was missed is told at once.
    const stop = store.subscribe('/registry/', after, {
      events(batch) {
        touched ||= batch.some(({ key }) => read.isTouchedBy(key));
      },
    });
    stop();
  } catch {
    return true;
  }
  return touched;
}
