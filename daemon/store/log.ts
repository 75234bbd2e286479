/**
 * The port below the store: an append-only log of batches with snapshots. Contract.
 * Backends: `memory-log.ts` (tests, simulation), `file-log.ts` (embedded, durable). One conformance suite holds for all.
 */

import type { JsonRecord, Kept } from './store.ts';

export interface LogOperation {
  type: 'put' | 'delete';
  key: string;
  revision: number;
  /** UTF-8 JSON of the object; absent for a delete. */
  value?: Uint8Array;
}

/** What one commit did; durable as a whole. */
export interface Batch {
  operations: readonly LogOperation[];
  record?: JsonRecord;
}

export interface SnapshotEntry {
  key: string;
  value: Uint8Array;
  createRevision: number;
  modRevision: number;
}

export interface Snapshot {
  /** Sequence number of the last batch that the snapshot holds. */
  sequence: number;
  revision: number;
  compactedRevision: number;
  entries: Iterable<SnapshotEntry>;
  /** The newest record of each type. */
  records: readonly { revision: number; record: JsonRecord }[];
  /** What is kept of older ones, by type. Absent in snapshots of earlier versions. */
  kept?: readonly (readonly [type: string, kept: readonly Kept[]])[];
}

export interface Log {
  /** Appends batch number `expectedSequence` (1, 2, …); rejects when that is not the next one. Resolves when it would survive power loss. Calls made together share one sync (group commit). */
  append(batch: Batch, expectedSequence: number): Promise<void>;
  /** The newest snapshot, if any, then every batch after it, in order. A torn tail (never acknowledged) is cut; corruption elsewhere throws. */
  read(): AsyncIterable<{ snapshot: Snapshot } | { sequence: number; batch: Batch }>;
  /** Replaces everything up to `snapshot.sequence`. Atomic: a crash leaves the old or the new. */
  snapshot(snapshot: Snapshot): Promise<void>;
  close(): Promise<void>;
}
