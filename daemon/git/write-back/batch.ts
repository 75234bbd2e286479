/**
 * A batch of API writes on its way: who waits for what, and what each is told when the batch is in force.
 */

import type { PlannedWrite } from '../../api/rest/persist.ts';
import { keyOf } from '../../base/object.ts';
import type { CommitResult, Operation } from '../../store/store.ts';
import type { GitEngine } from '../engine.ts';
import { allocationsOf } from '../ledger/allocations.ts';
import type { PublishedCommit, PublishedCommits } from '../ledger/entry.ts';
import type { WriteOrder } from './write-order.ts';

export interface Queued {
  write: PlannedWrite;
  resolve(result: CommitResult): void;
  reject(error: unknown): void;
}

/** A write that has its place in the batch. */
export interface Placed {
  queued: Queued;
  operations: readonly Operation[];
  /** The commit that it became; undefined: it changed nothing in git. */
  commit?: string;
  order?: WriteOrder | undefined;
  content?: string | undefined;
  /** Ends what admission holds for it. */
  settle?(done: boolean): void;
}

/** For the ledger: each write that became a commit, with its share of the batch's revisions. */
export function publishedCommits(
  placed: readonly Placed[],
  before: string | undefined,
  timeMs: number,
): PublishedCommits {
  const commits: PublishedCommit[] = [];
  let parent = before ?? null;
  let offset = 0;
  for (const { queued, operations, commit } of placed) {
    const revisions = operations.length;
    if (commit !== undefined) {
      const user = queued.write.user.username;
      const allocations = allocationsOf(operations);
      commits.push({
        ...{ commit, parent, offset, revisions, timeMs, user, uids: createdUids(operations) },
        ...(Object.keys(allocations).length > 0 ? { allocations } : {}),
      });
      parent = commit;
    }
    offset += revisions;
  }
  return { revisions: offset, commits };
}

function createdUids(operations: readonly Operation[]): Record<string, string> {
  const uids: Record<string, string> = {};
  for (const operation of operations) {
    const uid = operation.type === 'put' && operation.expect === 0 ? operation.value.metadata?.uid : undefined;
    if (uid) uids[operation.key] = uid;
  }
  return uids;
}

/** Each write that became a commit is a publication of its own. */
export function announce(
  engine: GitEngine,
  placed: readonly Placed[],
  before: string | undefined,
  start: number,
): void {
  let parent = before;
  let revision = start;
  for (const { queued, operations, commit, order, content } of placed) {
    revision += operations.length;
    if (commit === undefined) continue;
    const { kind, key: storeKey, old, next, user } = queued.write;
    const names = { kind, key: keyOf((next ?? old)!), storeKey };
    const action = !next || next.metadata?.deletionTimestamp ? 'deleted' : old ? 'configured' : 'created';
    if (order) engine.holds.published(order.changes, order.held);
    engine.announce({
      commit,
      parent,
      revision,
      atMs: engine.options.clock.now(),
      user,
      isWrite: true,
      outcomes: [{ names, action }],
      ...(content ? { content } : {}),
    });
    parent = commit;
  }
}

/** Answers the write whose operation did not hold; the others stay open. */
export function dropFailed(placed: readonly Placed[], result: Extract<CommitResult, { ok: false }>): Queued[] {
  let before = 0;
  const open: Queued[] = [];
  for (const { queued, operations } of placed) {
    const failed = result.failed - before;
    if (failed >= 0 && failed < operations.length) queued.resolve({ ok: false, failed, present: result.present });
    else open.push(queued);
    before += operations.length;
  }
  return open;
}

/** Each write is told its own revision and entries. */
export function answer(
  placed: readonly Placed[],
  lastRevision: number,
  total: number,
  entries: Extract<CommitResult, { ok: true }>['entries'],
): void {
  let done = 0;
  let taken = 0;
  for (const { queued, operations } of placed) {
    done += operations.length;
    const puts = operations.filter(({ type }) => type === 'put').length;
    queued.resolve({ ok: true, revision: lastRevision - total + done, entries: entries.slice(taken, taken + puts) });
    taken += puts;
  }
}
