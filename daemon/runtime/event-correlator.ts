/**
 * Keeps events few: counts repeats, aggregates similar ones, drops spam. The rules are client-go's EventCorrelator's
 * (`tools/record/events_cache.go`); all memory is bounded. Pure but for its own caches: time is an argument.
 */

import type { Event } from '../kinds/types.generated.ts';

/** As client-go: keys remembered per cache. */
const CACHE_SIZE_MAX = 4096;
/** As client-go: similar events (differing in message only) before they are combined … */
const SIMILAR_EVENTS_MAX = 10;
/** … within this time. */
const SIMILAR_WINDOW_MS = 600_000;
/** As client-go: events of one source about one object at once, and how fast that allowance grows back (one in 300 s). */
const SPAM_BURST = 25;
const SPAM_REFILL_PER_MS = 1 / 300_000;

/** A map that forgets what was used least recently. */
class Remembered<V> {
  readonly #map = new Map<string, V>();

  get(key: string): V | undefined {
    const value = this.#map.get(key);
    if (value === undefined) return undefined;
    this.#map.delete(key);
    this.#map.set(key, value);
    return value;
  }

  set(key: string, value: V): void {
    this.#map.delete(key);
    this.#map.set(key, value);
    if (this.#map.size <= CACHE_SIZE_MAX) return;
    const [oldest] = this.#map.keys();
    if (oldest !== undefined) this.#map.delete(oldest);
  }

  delete(key: string): void {
    this.#map.delete(key);
  }
}

/** What to do with an event: write it anew, or raise the count of one written before; undefined drops it. */
export type Correlated =
  | { type: 'create'; event: Event; key: string }
  | { type: 'count'; event: Event; key: string; name: string; namespace: string };

export class EventCorrelator {
  readonly #similar = new Remembered<{ messages: Set<string>; lastMs: number }>();
  readonly #seen = new Remembered<{ name: string; namespace: string; count: number; first: string | undefined }>();
  readonly #allowance = new Remembered<{ tokens: number; atMs: number }>();

  correlate(event: Event, now: number): Correlated | undefined {
    const combined = this.#combine(event, now);
    const key = countKey(combined.event, combined.similarKey);
    const seen = this.#seen.get(key);
    let result: Correlated;
    if (seen) {
      const counted = { ...combined.event, count: seen.count + 1, firstTimestamp: seen.first };
      counted.metadata = { ...combined.event.metadata, name: seen.name, namespace: seen.namespace };
      result = { type: 'count', event: counted, key, name: seen.name, namespace: seen.namespace };
    } else {
      result = { type: 'create', event: combined.event, key };
    }
    this.#remember(key, result.event);
    return this.#allowed(event, now) ? result : undefined;
  }

  /** The stored event is gone (its time to live ended): the next repeat is written anew. */
  forget(key: string): void {
    this.#seen.delete(key);
  }

  #remember(key: string, event: Event): void {
    const { name = '', namespace = '' } = event.metadata;
    this.#seen.set(key, { name, namespace, count: event.count ?? 1, first: event.firstTimestamp });
  }

  #combine(event: Event, now: number): { event: Event; similarKey: string | undefined } {
    const similarKey = aggregateKey(event);
    const before = this.#similar.get(similarKey);
    const isRecent = before !== undefined && now - before.lastMs <= SIMILAR_WINDOW_MS;
    const record = isRecent ? before : { messages: new Set<string>(), lastMs: now };
    record.lastMs = now;
    record.messages.add(event.message ?? '');
    this.#similar.set(similarKey, record);
    if (record.messages.size < SIMILAR_EVENTS_MAX) return { event, similarKey: undefined };
    // As upstream: one message stays behind so that the set stays at its bound.
    const [oldest] = record.messages;
    if (oldest !== undefined) record.messages.delete(oldest);
    return { event: { ...event, message: `(combined from similar events): ${event.message ?? ''}` }, similarKey };
  }

  #allowed(event: Event, now: number): boolean {
    const key = JSON.stringify([event.source ?? {}, objectKey(event)]);
    const before = this.#allowance.get(key) ?? { tokens: SPAM_BURST, atMs: now };
    const grown = Math.min(SPAM_BURST, before.tokens + Math.max(0, now - before.atMs) * SPAM_REFILL_PER_MS);
    const allowed = grown >= 1;
    this.#allowance.set(key, { tokens: allowed ? grown - 1 : grown, atMs: now });
    return allowed;
  }
}

const objectKey = ({ involvedObject: object }: Event): string[] => [
  object.kind ?? '',
  object.namespace ?? '',
  object.name ?? '',
  object.uid ?? '',
  object.apiVersion ?? '',
];

const aggregateKey = (event: Event): string =>
  JSON.stringify([
    event.source ?? {},
    objectKey(event),
    event.type,
    event.reason,
    event.reportingComponent,
    event.reportingInstance,
  ]);

/** A combined event counts under its similarity, whatever its message says. */
const countKey = (event: Event, similarKey: string | undefined): string =>
  similarKey ??
  JSON.stringify([
    event.source ?? {},
    objectKey(event),
    event.involvedObject.fieldPath,
    event.type,
    event.reason,
    event.message,
  ]);
