/**
 * The store: all state in memory, every commit first in the log. See `store.ts` for what it promises.
 *
 * A commit is checked and numbered at once against the newest state including commits still on their way to the disk, and becomes visible, in
 * order, when the log has it. When the log fails, nothing that was on its way has happened.
 */

import { deepFreeze } from '../base/json.ts';
import type { KubeObject } from '../base/object.ts';
import { expired, StatusError, serviceUnavailable } from '../base/status.ts';
import { History } from './history.ts';
import { KeptRecords } from './kept-records.ts';
import { bucketOf, KeyIndex } from './key-index.ts';
import type { Batch, Log, LogOperation, Snapshot } from './log.ts';
import { SharedParts } from './shared-parts.ts';
import type {
  CommitOptions,
  CommitResult,
  Entry,
  JsonRecord,
  Kept,
  Operation,
  Page,
  RangeOptions,
  Store,
  StoreEvent,
  StoreListener,
  StoreWatch,
} from './store.ts';
import { watchAsIterator } from './store-watch.ts';

/** Batches after which a snapshot replaces the log: bounds both a restart's replay and the disk. */
const SNAPSHOT_BATCHES = 20_000;

export interface StoreOptions {
  /** The first revision of an empty store; a rebuilt one begins above every earlier revision. Default 1. */
  firstRevision?: number;
  snapshotBatches?: number;
}

/** Reads the log to its end and serves. */
export async function createStore(log: Log, options: StoreOptions = {}): Promise<Store> {
  const store = new LogStore(log, options);
  await store.load();
  return store;
}

interface Subscription {
  prefix: string;
  listener: StoreListener;
}

class LogStore implements Store {
  readonly #log: Log;
  readonly #snapshotBatches: number;
  readonly #index = new KeyIndex();
  readonly #parts = new SharedParts();
  /** Newest entry of every key that a commit on its way to the disk touches; undefined value: deleted. */
  readonly #pending = new Map<string, { entry: Entry | undefined; commits: number }>();
  readonly #records = new Map<string, { revision: number; record: JsonRecord }>();
  readonly #kept = new KeptRecords();
  readonly #subscriptions = new Map<string, Set<Subscription>>();
  #history = new History(0);
  /** Visible. */
  #revision: number;
  #sequence = 0;
  /** Assigned to the newest commit, visible or not. */
  #assignedRevision = 0;
  /** How often numbering began anew. */
  #numbering = 0;
  #assignedSequence = 0;
  /** Who waits for a revision to be readable. */
  #waiting: { revision: number; resolve: () => void }[] = [];
  #batchesSinceSnapshot = 0;
  #snapshotting: Promise<void> | undefined;
  #closed = false;

  constructor(log: Log, options: StoreOptions) {
    this.#log = log;
    this.#revision = Math.max(0, (options.firstRevision ?? 1) - 1);
    this.#snapshotBatches = options.snapshotBatches ?? SNAPSHOT_BATCHES;
  }

  get revision(): number {
    return this.#revision;
  }

  get compactedRevision(): number {
    return this.#history.compacted;
  }

  async load(): Promise<void> {
    for await (const part of this.#log.read()) {
      if ('snapshot' in part) this.#loadSnapshot(part.snapshot);
      else this.#loadBatch(part.sequence, part.batch);
    }
    this.#assignedRevision = this.#revision;
    this.#assignedSequence = this.#sequence;
    // Previous values before a restart are not kept: watches resume from here on.
    this.#history = new History(this.#revision);
  }

  #loadSnapshot(snapshot: Snapshot): void {
    for (const { key, value, createRevision, modRevision } of snapshot.entries) {
      this.#index.set(decodeEntry(this.#parts, key, value, createRevision, modRevision));
    }
    for (const one of snapshot.records) this.#records.set(one.record.type, one);
    this.#kept.load(snapshot.kept);
    this.#revision = snapshot.revision;
    this.#sequence = snapshot.sequence;
  }

  #loadBatch(sequence: number, batch: Batch): void {
    for (const { key, revision, value } of batch.operations) {
      if (value) {
        const createRevision = this.#index.get(key)?.createRevision ?? revision;
        this.#index.set(decodeEntry(this.#parts, key, value, createRevision, revision));
      } else this.#index.delete(key);
      this.#revision = revision;
    }
    if (batch.record) this.#addRecord(batch.record, sequence, this.#revision);
    this.#sequence = sequence;
    this.#batchesSinceSnapshot++;
  }

  #addRecord(record: JsonRecord, sequence: number, revision: number): void {
    this.#records.set(record.type, { revision, record });
    this.#kept.add(record, sequence, revision);
  }

  get(key: string): Entry | undefined {
    return this.#index.get(key);
  }

  count(prefix: string): number {
    return this.#index.count(prefix);
  }

  range(prefix: string, { revision, limit, from }: RangeOptions = {}): Page {
    if (revision !== undefined && revision !== this.#revision) return this.#rangeAt(prefix, revision, limit, from);
    const keys = this.#index.keys(prefix, from, limit === undefined ? undefined : limit + 1);
    const more = limit !== undefined && keys.length > limit;
    const page = more ? keys.slice(0, limit) : keys;
    const remaining = more ? this.#index.count(prefix, from) - page.length : 0;
    return {
      entries: page.map((key) => this.#index.get(key)!),
      revision: this.#revision,
      ...(more ? { next: keys[limit]! } : {}),
      remaining,
    };
  }

  #rangeAt(prefix: string, revision: number, limit: number | undefined, from: string | undefined): Page {
    if (revision > this.#revision)
      throw new StatusError(504, 'Timeout', `Too large resource version: ${revision}, current: ${this.#revision}`, {
        retryAfterSeconds: 1,
        causes: [
          {
            reason: 'ResourceVersionTooLarge',
            message: 'Too large resource version',
          },
        ],
      });
    if (revision < this.#history.compacted) throw expired(tooOld(revision, this.#history.compacted));
    const present = this.#index.keys(prefix).map((key) => this.#index.get(key)!);
    const entries = this.#history
      .rewind(present, revision, prefix)
      .filter(({ key }) => from === undefined || key >= from);
    const page = limit === undefined ? entries : entries.slice(0, limit);
    const next = entries[page.length];
    return {
      entries: page,
      revision,
      ...(next ? { next: next.key } : {}),
      remaining: entries.length - page.length,
    };
  }

  async commit(operations: readonly Operation[], { record }: CommitOptions = {}): Promise<CommitResult> {
    if (this.#closed) throw serviceUnavailable('the store is closed: reflet is stopping');
    const failed = this.#firstUnmet(operations);
    if (failed >= 0)
      return {
        ok: false,
        failed,
        present: this.#newest(operations[failed]!.key),
      };
    if (operations.length === 0 && !record) return { ok: true, revision: this.#assignedRevision, entries: [] };
    const events = this.#number(operations);
    const sequence = ++this.#assignedSequence;
    const numbering = this.#numbering;
    const batch: Batch = {
      operations: events.map(toLogOperation),
      ...(record ? { record } : {}),
    };
    try {
      await this.#log.append(batch, sequence);
    } catch (error) {
      if (numbering === this.#numbering) this.#rollBack();
      throw serviceUnavailable(
        `the write could not be made durable and was not done: ${error instanceof Error ? error.message : error}`,
      );
    }
    const revision = events.at(-1)?.revision ?? this.#revision;
    // Before publishing, which may begin a snapshot: that covers this batch, and must hold its record.
    if (record) this.#addRecord(record, sequence, revision);
    this.#publish(sequence, events);
    return {
      ok: true,
      revision,
      entries: events.flatMap(({ entry }) => (entry ? [entry] : [])),
    };
  }

  seen(revision: number): Promise<void> {
    if (revision <= this.#revision || revision > this.#assignedRevision) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push({ revision, resolve }));
  }

  #wakeWaiting(): void {
    const isOver = ({ revision }: { revision: number }) =>
      revision <= this.#revision || revision > this.#assignedRevision;
    for (const { resolve } of this.#waiting.filter(isOver)) resolve();
    this.#waiting = this.#waiting.filter((one) => !isOver(one));
  }

  #newest(key: string): Entry | undefined {
    const pending = this.#pending.get(key);
    return pending ? pending.entry : this.#index.get(key);
  }

  /** Index of the first operation whose condition does not hold; operations of one commit do not see each other. */
  #firstUnmet(operations: readonly Operation[]): number {
    return operations.findIndex(({ key, type, expect }) => {
      const present = this.#newest(key);
      if (type === 'delete' && !present) return true;
      return expect !== undefined && expect !== (present?.modRevision ?? 0);
    });
  }

  /** Gives each operation its revision and encodes it; remembers it as on its way. */
  #number(operations: readonly Operation[]): NumberedEvent[] {
    return operations.map((operation) => {
      const revision = ++this.#assignedRevision;
      const previous = this.#newest(operation.key);
      const entry =
        operation.type === 'put'
          ? encodeEntry(this.#parts, operation.key, operation.value, previous?.createRevision ?? revision, revision)
          : undefined;
      const pending = this.#pending.get(operation.key);
      this.#pending.set(operation.key, {
        entry,
        commits: (pending?.commits ?? 0) + 1,
      });
      return new NumberedEvent(operation.key, revision, entry, previous);
    });
  }

  /**
   * After a failed append: the log holds nothing beyond what is visible, so numbering goes on from there. Those that were numbered behind it fail
   * too, one by one, while new ones are already on their way: they must not be rolled back again.
   */
  #rollBack(): void {
    this.#numbering++;
    this.#pending.clear();
    this.#assignedRevision = this.#revision;
    this.#assignedSequence = this.#sequence;
    this.#wakeWaiting();
  }

  #publish(sequence: number, events: readonly NumberedEvent[]): void {
    this.#sequence = sequence;
    for (const event of events) {
      if (event.entry) this.#index.set(event.entry);
      else this.#index.delete(event.key);
      const pending = this.#pending.get(event.key)!;
      if (--pending.commits === 0) this.#pending.delete(event.key);
      this.#revision = event.revision;
    }
    this.#history.append(events);
    this.#notify(events);
    if (this.#waiting.length > 0) this.#wakeWaiting();
    if (++this.#batchesSinceSnapshot >= this.#snapshotBatches) this.#snapshotting ??= this.#snapshot();
  }

  #notify(events: readonly StoreEvent[]): void {
    const byBucket = new Map<string, StoreEvent[]>();
    for (const event of events) {
      const bucket = bucketOf(event.key) ?? '';
      const list = byBucket.get(bucket);
      if (list) list.push(event);
      else byBucket.set(bucket, [event]);
    }
    for (const [bucket, batch] of byBucket) {
      for (const subscription of this.#subscriptions.get(bucket) ?? []) deliver(subscription, batch);
    }
    for (const subscription of this.#subscriptions.get('') ?? []) deliver(subscription, events);
  }

  subscribe(prefix: string, afterRevision: number, listener: StoreListener): () => void {
    if (afterRevision < this.#history.compacted) throw expired(tooOld(afterRevision, this.#history.compacted));
    const missed = this.#history.after(afterRevision, prefix);
    const subscription = { prefix, listener };
    const bucket = bucketOf(prefix) ?? '';
    const set = this.#subscriptions.get(bucket) ?? new Set();
    this.#subscriptions.set(bucket, set.add(subscription));
    if (missed.length > 0) listener.events(missed);
    return () => set.delete(subscription);
  }

  watch(prefix: string, afterRevision: number): StoreWatch {
    return watchAsIterator((listener) => this.subscribe(prefix, afterRevision, listener));
  }

  lastRecord(type: string): { revision: number; record: JsonRecord } | undefined {
    return this.#records.get(type);
  }

  kept(type: string, afterSequence: number): readonly Kept[] {
    return this.#kept.after(type, afterSequence);
  }

  release(type: string, sequence: number): void {
    this.#kept.release(type, sequence);
  }

  async compact(revision: number): Promise<void> {
    if (revision > this.#revision) throw new RangeError(`compact: ${revision} is in the future of ${this.#revision}`);
    this.#history.compact(revision);
    this.#snapshotting ??= this.#snapshot();
    await this.#snapshotting;
  }

  async #snapshot(): Promise<void> {
    this.#batchesSinceSnapshot = 0;
    const entries = [...this.#index.values()].map(({ key, json, createRevision, modRevision }) => ({
      key,
      value: json,
      createRevision,
      modRevision,
    }));
    try {
      await this.#log.snapshot({
        sequence: this.#sequence,
        revision: this.#revision,
        compactedRevision: this.#history.compacted,
        entries,
        records: [...this.#records.values()],
        kept: this.#kept.all(),
      });
    } catch {
      // A full disk: the log itself is intact and goes on; the next threshold tries again.
    } finally {
      this.#snapshotting = undefined;
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#snapshotting;
    await this.#log.close();
  }
}

class NumberedEvent implements StoreEvent {
  readonly key: string;
  readonly revision: number;
  /** The new entry; undefined for a delete. */
  readonly entry: Entry | undefined;
  readonly previous: Entry | undefined;
  #value: KubeObject | undefined;
  #json: Buffer | undefined;

  constructor(key: string, revision: number, entry: Entry | undefined, previous: Entry | undefined) {
    this.key = key;
    this.revision = revision;
    this.entry = entry;
    this.previous = previous;
  }

  get type(): 'put' | 'delete' {
    return this.entry ? 'put' : 'delete';
  }

  get value(): KubeObject {
    if (this.entry) return this.entry.value;
    const last = this.previous!.value;
    this.#value ??= deepFreeze({
      ...last,
      metadata: { ...last.metadata, resourceVersion: String(this.revision) },
    });
    return this.#value;
  }

  json(): Buffer {
    if (this.entry) return this.entry.json;
    this.#json ??= Buffer.from(JSON.stringify(this.value));
    return this.#json;
  }
}

function deliver({ prefix, listener }: Subscription, events: readonly StoreEvent[]): void {
  const matching = events.every(({ key }) => key.startsWith(prefix))
    ? events
    : events.filter(({ key }) => key.startsWith(prefix));
  if (matching.length > 0) listener.events(matching);
}

function toLogOperation({ key, revision, entry }: NumberedEvent): LogOperation {
  return entry ? { type: 'put', key, revision, value: entry.json } : { type: 'delete', key, revision };
}

function encodeEntry(
  parts: SharedParts,
  key: string,
  value: KubeObject,
  createRevision: number,
  modRevision: number,
): Entry {
  value.metadata ??= {};
  value.metadata.resourceVersion = String(modRevision);
  const json = encodeText(JSON.stringify(value));
  parts.share(value);
  return { key, value, createRevision, modRevision, json };
}

/** In memory of its own: small buffers are cut from larger ones, which would be kept for as long as any of the objects in them is. */
function encodeText(text: string): Buffer {
  const bytes = Buffer.allocUnsafeSlow(Buffer.byteLength(text));
  bytes.write(text);
  return bytes;
}

function decodeEntry(
  parts: SharedParts,
  key: string,
  bytes: Uint8Array,
  createRevision: number,
  modRevision: number,
): Entry {
  const json = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const value = JSON.parse(json.toString('utf8')) as KubeObject;
  parts.share(value);
  return { key, value, createRevision, modRevision, json };
}

function tooOld(revision: number, compacted: number): string {
  return `too old resource version: ${revision} (${compacted})`;
}
