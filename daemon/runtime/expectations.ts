/**
 * Read your own writes: a loop looks at a key again only when its informers show what it did to that key before.
 *
 * Without this, a loop whose watch lags would create what it has created already (fault: watches delayed by 30 s must not change replica
 * counts). A write is seen when the informer's revision has reached the written object's; a deletion, when the object is gone, was
 * replaced, or is terminating. It decides nothing; the queue asks it before each observation.
 */

import type { Clock } from '../base/clock.ts';
import { type KubeObject, keyOf } from '../base/object.ts';
import { compareRevisions } from '../base/revision.ts';
import type { Informer } from '../client/informer.ts';

/** As ReplicaSet's ExpectationsTimeout upstream: a watch that is later than this is broken, and acting is better than never acting. */
const EXPECTATION_TIMEOUT_MS = 5 * 60_000;
/** How often an unseen write is checked although no change arrives (bookmarks move revisions without a change). */
export const EXPECTATION_RECHECK_MS = 1_000;

interface Pending {
  since: number;
  seen: () => boolean;
}

export class Expectations {
  readonly #clock: Clock;
  /** Bounded: a key is not worked on while it has entries, so it never holds more than one round's writes. */
  readonly #pending = new Map<string, Pending[]>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** `written` was created or changed on behalf of `key`. */
  expectWrite<T extends KubeObject>(key: string, informer: Informer<T>, written: T): void {
    const revision = written.metadata?.resourceVersion;
    if (revision === undefined) return;
    this.#add(key, () => compareRevisions(informer.revision(), revision) >= 0);
  }

  /** `deleted` was deleted (perhaps gracefully) on behalf of `key`. */
  expectDeletion<T extends KubeObject>(key: string, informer: Informer<T>, deleted: T): void {
    const { uid } = deleted.metadata ?? {};
    this.#add(key, () => {
      const metadata = informer.get(keyOf(deleted))?.metadata;
      return metadata === undefined || metadata.uid !== uid || metadata.deletionTimestamp !== undefined;
    });
  }

  /**
   * Something was attempted on behalf of `key` and nobody knows whether it happened (the answer was lost). `probe` asks the API and gives
   * the test by which the informer shows it; it is asked again until it answers.
   */
  expectUnknown(key: string, probe: () => Promise<() => boolean>): void {
    let test: (() => boolean) | undefined;
    let isAsking = false;
    const ask = async (): Promise<void> => {
      isAsking = true;
      try {
        test = await probe();
      } catch {
        // The API does not answer; the next look asks again.
      } finally {
        isAsking = false;
      }
    };
    this.#add(key, () => {
      if (test) return test();
      if (!isAsking) void ask();
      return false;
    });
  }

  /** True when everything done for `key` is visible (or so old that waiting has no point). */
  satisfied(key: string): boolean {
    const all = this.#pending.get(key);
    if (!all) return true;
    const oldest = this.#clock.monotonic() - EXPECTATION_TIMEOUT_MS;
    const left = all.filter((pending) => pending.since > oldest && !pending.seen());
    if (left.length === 0) this.#pending.delete(key);
    else this.#pending.set(key, left);
    return left.length === 0;
  }

  #add(key: string, seen: () => boolean): void {
    const all = this.#pending.get(key) ?? [];
    all.push({ since: this.#clock.monotonic(), seen });
    this.#pending.set(key, all);
  }
}
