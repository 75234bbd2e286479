/**
 * The newest events, in revision order: what watches resume from, and what a read of the past is undone by.
 */

import { firstIndex } from '../base/binary-search.ts';
import { lowerBound } from './sorted-keys.ts';
import type { Entry, StoreEvent } from './store.ts';

/** Older events are forgotten beyond this many: a push of 10,000 manifests fits three times; each event holds two object references. */
const EVENTS_MAX = 32_768;

export class History {
  #events: StoreEvent[] = [];
  /** Events at or below this revision are gone. */
  compacted: number;

  constructor(compacted: number) {
    this.compacted = compacted;
  }

  append(batch: readonly StoreEvent[]): void {
    for (const event of batch) this.#events.push(event);
    // Forgetting in large steps keeps the cost of an append constant.
    if (this.#events.length > EVENTS_MAX * 1.25)
      this.compact(this.#events[this.#events.length - EVENTS_MAX - 1]!.revision);
  }

  compact(revision: number): void {
    if (revision <= this.compacted) return;
    this.#events = this.#events.slice(this.#indexAfter(revision));
    this.compacted = revision;
  }

  #indexAfter(revision: number): number {
    return firstIndex(this.#events.length, (index) => this.#events[index]!.revision > revision);
  }

  /** Events after `revision` whose key begins with `prefix`. */
  after(revision: number, prefix: string): StoreEvent[] {
    return this.#events.slice(this.#indexAfter(revision)).filter((event) => event.key.startsWith(prefix));
  }

  /** What `present` (in key order, of this prefix) was at `revision`: the later events are undone, newest first. */
  rewind(present: readonly Entry[], revision: number, prefix: string): Entry[] {
    const changed = new Map<string, Entry | undefined>();
    for (const event of this.after(revision, prefix).reverse()) changed.set(event.key, event.previous);
    if (changed.size === 0) return [...present];
    const kept = present.filter(({ key }) => !changed.has(key));
    const keys = kept.map(({ key }) => key);
    for (const entry of changed.values()) {
      if (!entry) continue;
      const at = lowerBound(keys, entry.key);
      keys.splice(at, 0, entry.key);
      kept.splice(at, 0, entry);
    }
    return kept;
  }
}
