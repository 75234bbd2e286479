/**
 * All objects of the store at one moment, as data that can be handed to another thread, and a store made of it that nobody else sees.
 * Entries are shared with the live store and never changed. Events stay behind: no loop reads them.
 */

import { registryPrefix } from '../base/registry-key.ts';
import { nextTurn } from '../base/turn.ts';
import { EVENTS } from '../kinds/resources.ts';
import { createStore } from '../store/create-store.ts';
import type { Log, SnapshotEntry } from '../store/log.ts';
import type { Entry, Store } from '../store/store.ts';

export interface Snapshot {
  readonly revision: number;
  readonly entries: ReadonlyMap<string, Entry>;
}

export function takeSnapshot(store: Store): Snapshot {
  const events = registryPrefix(EVENTS);
  const { entries, revision } = store.range('/registry/');
  return {
    revision,
    entries: new Map(entries.flatMap((entry) => (entry.key.startsWith(events) ? [] : [[entry.key, entry] as const]))),
  };
}

/** A snapshot as plain data: the objects' JSON in one piece of memory, which can change hands without being copied. */
export interface EncodedSnapshot {
  readonly revision: number;
  readonly rows: readonly { key: string; createRevision: number; modRevision: number; bytes: number }[];
  readonly json: Uint8Array<ArrayBuffer>;
}

/** Copied before the event loop gets its turn again: 4 MiB take some 2 ms. */
const SLICE_BYTES = 4 << 20;

export async function encodeSnapshot({ revision, entries }: Snapshot): Promise<EncodedSnapshot> {
  const rows = [];
  let total = 0;
  for (const { key, createRevision, modRevision, json } of entries.values()) {
    rows.push({ key, createRevision, modRevision, bytes: json.length });
    total += json.length;
  }
  const json = new Uint8Array(total);
  let at = 0;
  let sliceEnds = SLICE_BYTES;
  for (const entry of entries.values()) {
    json.set(entry.json, at);
    at += entry.json.length;
    if (at < sliceEnds) continue;
    sliceEnds = at + SLICE_BYTES;
    await nextTurn();
  }
  return { revision, rows, json };
}

/** A store in memory that begins with the snapshot and goes on from its revision. What it is told is kept nowhere. */
export function openSnapshot({ revision, rows, json }: EncodedSnapshot): Promise<Store> {
  const log: Log = {
    append: async () => {},
    async *read() {
      yield { snapshot: { sequence: 0, revision, compactedRevision: revision, entries: entriesOf(), records: [] } };
    },
    snapshot: async () => {},
    close: async () => {},
  };
  function* entriesOf(): Generator<SnapshotEntry> {
    let at = 0;
    for (const { key, createRevision, modRevision, bytes } of rows) {
      yield { key, createRevision, modRevision, value: json.subarray(at, at + bytes) };
      at += bytes;
    }
  }
  return createStore(log);
}
