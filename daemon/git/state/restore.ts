/**
 * Makes a store out of a checkpoint: every object as it was, in one commit, with revisions above all that anybody can have seen.
 *
 * Invariants: only an empty store is filled; whole or not at all; nodes are marked as not heard of yet, and until each has reported (or somebody
 * removes the mark) no pod is evicted, scaled down or run again (`bin/held-client.ts`).
 */

import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { formatTime } from '../../base/clock.ts';
import type { KubeObject } from '../../base/object.ts';
import { AWAITING_REPORT } from '../../kinds/common/rebuild.ts';
import { createStore } from '../../store/create-store.ts';
import type { Log } from '../../store/log.ts';
import type { Operation, Store } from '../../store/store.ts';
import { encodeEntry, type PublishedCommit } from '../ledger/entry.ts';
import { PUBLICATION, type PublicationRecord } from '../publish.ts';
import type { KeptState } from './read-state.ts';

/**
 * How far a rebuilt store's revisions begin above the checkpoint's: those that were made after it are unknown. etcd's own advice for a restore
 * (`--bump-revision`).
 */
const REVISION_MARGIN = 1_000_000_000;

const NODE_PREFIX = '/registry/core/nodes/';

function firstRevisionAfter({ index, ledger }: Pick<KeptState, 'index' | 'ledger'>): number {
  return Math.max(index.revision, ledger.at(-1)?.lastRevision ?? 0) + REVISION_MARGIN;
}

export interface RebuildOptions {
  /** Empty. */
  log: Log;
  dataDir: string;
  state: KeptState;
  now: number;
}

/** A store with everything that the checkpoint holds; the ledger is put beside it. */
export async function rebuildStore({ log, dataDir, state, now }: RebuildOptions): Promise<Store> {
  const store = await createStore(log, { firstRevision: firstRevisionAfter(state) });
  await restoreLedger(dataDir, state);
  await restoreObjects(store, state, now);
  return store;
}

async function restoreObjects(store: Store, state: KeptState, now: number): Promise<void> {
  const decoded = state.objects.map(({ key, json }) => ({
    key,
    value: JSON.parse(json.toString('utf8')) as KubeObject,
  }));
  decoded.sort((a, b) => revisionOf(a.value) - revisionOf(b.value)); // the order of changes stays
  const operations = decoded.map(({ key, value }): Operation => {
    if (key.startsWith(NODE_PREFIX)) markNode(value, now);
    return { type: 'put', key, value, expect: 0 };
  });
  const record = recordOf(state, operations.length, now);
  const result = await store.commit(operations, record ? { record } : {});
  if (!result.ok) throw new Error(`the store is not empty: ${operations[result.failed]?.key} is there`);
}

const revisionOf = ({ metadata }: KubeObject): number => Number(metadata?.resourceVersion ?? 0);

function markNode(node: KubeObject, now: number): void {
  node.metadata = {
    ...node.metadata,
    annotations: { ...node.metadata?.annotations, [AWAITING_REPORT]: formatTime(now) },
  };
}

/** What was in force is in force again, under new revisions: as after a restart. */
function recordOf({ index }: KeptState, revisions: number, timeMs: number): PublicationRecord | undefined {
  const { commit, order } = index;
  if (commit === undefined) return undefined;
  const about = { commit, parent: commit, revisions };
  const entry: PublishedCommit = { ...about, offset: 0, timeMs, user: 'system:reflet:rebuild', uids: {} };
  const keep = { [PUBLICATION]: { revisions, commits: [entry] } };
  return { type: PUBLICATION, ...about, keep, ...(order ? { order } : {}) };
}

async function restoreLedger(dataDir: string, { ledger }: KeptState): Promise<void> {
  const directory = join(dataDir, 'ledger');
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const lines = ledger.map((entry) => encodeEntry({ sequence: 0, more: 0, entry }));
  await writeFile(join(directory, 'ledger.jsonl'), Buffer.concat(lines), { mode: 0o600 });
}
