/**
 * etcd's contract, above a log port (`store/log.ts`): one strictly increasing revision orders every change of every key.
 * Contract file.
 *
 * Invariants: a resolved `commit` is durable; a commit is visible whole or not at all; watches see every change once, in
 * revision order, and can resume after any revision not yet compacted. Reads are served from memory. Values are frozen objects.
 * The store knows nothing of kinds; keys are `/registry/<group or core>/<plural>/[<namespace>/]<name>`.
 */

import type { KubeObject } from '../base/object.ts';

export interface Entry {
  readonly key: string;
  /** Frozen; `metadata.resourceVersion` is `modRevision`. */
  readonly value: KubeObject;
  readonly createRevision: number;
  readonly modRevision: number;
  /** UTF-8 JSON of `value`: encoded once, at the commit, and shared by the log, every read and every watcher. */
  readonly json: Buffer;
}

export type Operation =
  | {
      type: 'put';
      key: string;
      /** Stored with `metadata.resourceVersion` set by the store to the revision of this write. The store takes ownership and freezes it. */
      value: KubeObject;
      /** Compare-and-swap: the present modRevision must be this; 0: the key must be absent; undefined: any. */
      expect?: number;
    }
  | { type: 'delete'; key: string; expect?: number };

export interface CommitOptions {
  /** Opaque, durable with the operations, given back by `Store.records()` on replay: git objects of a write, the ledger entry of a push. */
  record?: JsonRecord;
}

export interface JsonRecord {
  [key: string]: unknown;
  type: string;
  /** What must not be lost when a newer record comes, by what it is for: listed by {@link Store.kept} until it is released. */
  keep?: Readonly<Record<string, unknown>>;
}

/** What one record says to keep for one purpose. */
export interface Kept {
  /** Of the commit that carried it; strictly increasing. */
  readonly sequence: number;
  /** The store's after that commit. */
  readonly revision: number;
  readonly keep: unknown;
}

export type CommitResult =
  | {
      ok: true /** of the last operation */;
      revision: number;
      entries: readonly Entry[];
    }
  | {
      ok: false /** index of the first operation whose `expect` did not hold */;
      failed: number;
      present: Entry | undefined;
    };

export interface StoreEvent {
  readonly type: 'put' | 'delete';
  readonly key: string;
  readonly revision: number;
  /** For a delete: the last value, with resourceVersion set to the delete's revision. */
  readonly value: KubeObject;
  readonly previous: Entry | undefined;
  /** Encoded once, shared by every watcher: UTF-8 JSON of `value`. Computed lazily and kept. */
  json(): Buffer;
}

export interface Page {
  entries: readonly Entry[];
  /** Of the snapshot that was read. */
  revision: number;
  /** The key to go on from, when there is more. */
  next?: string;
  /** How many entries remain after this page. */
  remaining: number;
}

export interface RangeOptions {
  /** Read the state as of this revision (410 `Expired` when compacted). Default: now. */
  revision?: number;
  limit?: number;
  /** Begin at this key (inclusive). */
  from?: string;
}

/** Called synchronously as commits become visible; must not throw and must not block. */
export interface StoreListener {
  /** One call a commit: its events that match, in revision order. */
  events(batch: readonly StoreEvent[]): void;
}

export interface StoreWatch {
  /** Every event after the start revision, batch-wise (a commit is one batch). Ends when closed; throws StatusError 410 when it fell behind or its start is compacted. */
  [Symbol.asyncIterator](): AsyncIterator<readonly StoreEvent[]>;
  close(): void;
}

export interface Store {
  /** The newest revision. */
  readonly revision: number;
  /** Revisions below or at this cannot be read or resumed from. */
  readonly compactedRevision: number;
  get(key: string): Entry | undefined;
  /** All entries whose key starts with `prefix`, in key order. */
  range(prefix: string, options?: RangeOptions): Page;
  count(prefix: string): number;
  /** All operations or none; each takes a revision of its own, contiguous. Rejects (nothing applied) when the log cannot make it durable: 503. */
  commit(operations: readonly Operation[], options?: CommitOptions): Promise<CommitResult>;
  /**
   * Resolves when that revision can be read, or will never be (its write failed). A commit that is refused tells of entries that are on their way:
   * who compares with what can be read waits for them.
   */
  seen(revision: number): Promise<void>;
  /** Subscribes from `afterRevision` on; throws StatusError 410 `Expired` when that is compacted. Unbounded in the listener's favour: it does its own bounding. */
  subscribe(prefix: string, afterRevision: number, listener: StoreListener): () => void;
  /** {@link subscribe} as an async iterator with a bounded backlog. */
  watch(prefix: string, afterRevision: number): StoreWatch;
  /** Revision at which the newest commit carrying a record of this type was made, with the record. */
  lastRecord(type: string): { revision: number; record: JsonRecord } | undefined;
  /** What records said to keep for this purpose, in order, after `afterSequence`: durable from the commit on, until {@link release}d. */
  kept(purpose: string, afterSequence: number): readonly Kept[];
  /** Up to `sequence`, the reader has it safe elsewhere. It may be given again after a restart. */
  release(purpose: string, sequence: number): void;
  compact(revision: number): Promise<void>;
  close(): Promise<void>;
}
