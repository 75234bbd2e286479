/**
 * Events are kept for an hour after their last change (the API server's `--event-ttl`), then deleted.
 * The order of changes is the order of ends, so one queue and one timer do; what has changed since was queued again.
 */

import { type Clock, parseTime } from '../../base/clock.ts';
import { registryPrefix } from '../../base/registry-key.ts';
import { EVENTS } from '../../kinds/resources.ts';
import type { Event } from '../../kinds/types.generated.ts';
import type { Entry, Store, StoreEvent } from '../../store/store.ts';

const TTL_MS = 3_600_000;
/** Ends within this time of the first are carried out with it: fewer commits. */
const SLACK_MS = 1_000;
/** Deletions of one commit; a burst of events ends in several. */
const BATCH_MAX = 500;

interface Due {
  key: string;
  revision: number;
  atMs: number;
}

/** Begins; returns how to stop. */
export function startEventExpiry({ store, clock }: { store: Store; clock: Clock }): () => void {
  const expiry = new EventExpiry(store, clock);
  expiry.start();
  return () => expiry.stop();
}

class EventExpiry {
  readonly #store: Store;
  readonly #clock: Clock;
  #queue: Due[] = [];
  #cancelTimer: (() => void) | undefined;
  #unsubscribe: (() => void) | undefined;

  constructor(store: Store, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  start(): void {
    const prefix = registryPrefix(EVENTS);
    const { entries, revision } = this.#store.range(prefix);
    this.#queue = entries.map((entry) => dueOf(entry, this.#clock.now())).sort((a, b) => a.atMs - b.atMs);
    this.#unsubscribe = this.#store.subscribe(prefix, revision, { events: (batch) => this.#observe(batch) });
    this.#setTimer();
  }

  #observe(batch: readonly StoreEvent[]): void {
    const atMs = this.#clock.now() + TTL_MS;
    for (const { type, key, revision } of batch) if (type === 'put') this.#queue.push({ key, revision, atMs });
    this.#setTimer();
  }

  #setTimer(): void {
    const first = this.#queue[0];
    if (this.#cancelTimer || !first || !this.#unsubscribe) return;
    this.#cancelTimer = this.#clock.after(Math.max(0, first.atMs - this.#clock.now()) + SLACK_MS, () => {
      this.#cancelTimer = undefined;
      void this.#expire();
    });
  }

  async #expire(): Promise<void> {
    const now = this.#clock.now();
    const later = this.#queue.findIndex(({ atMs }) => atMs > now);
    const end = Math.min(later < 0 ? this.#queue.length : later, BATCH_MAX);
    const due = this.#queue.splice(0, end).filter(({ key, revision }) => this.#isCurrent(key, revision));
    try {
      const operations = due.map(({ key, revision }) => ({ type: 'delete' as const, key, expect: revision }));
      const outcome = operations.length > 0 ? await this.#store.commit(operations) : undefined;
      // One of them has just changed and queued itself anew: the others are tried again.
      if (outcome && !outcome.ok) this.#queue.unshift(...due.filter((_, index) => index !== outcome.failed));
    } catch {
      // The disk is full: the events stay a little longer.
      this.#queue.unshift(...due);
    }
    this.#setTimer();
  }

  #isCurrent(key: string, revision: number): boolean {
    return this.#store.get(key)?.modRevision === revision;
  }

  stop(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    this.#unsubscribe?.();
    this.#unsubscribe = undefined;
  }
}

/** After a restart the time of the last change is what the event itself says; a time in the future counts as now. */
function dueOf({ key, modRevision, value }: Entry, now: number): Due {
  const { metadata, lastTimestamp, eventTime, series } = value as Event;
  const said = [metadata?.creationTimestamp, lastTimestamp, eventTime, series?.lastObservedTime]
    .map((time) => (time ? parseTime(time) : Number.NaN))
    .filter((time) => Number.isFinite(time));
  const changed = Math.min(now, Math.max(...said, 0) || now);
  return { key, revision: modRevision, atMs: changed + TTL_MS };
}
