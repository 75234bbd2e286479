/**
 * The statuses of past commits, on disk (`DIR/commits.jsonl`: one JSON line a change, the last one of a commit counts) and in memory, newest first.
 * Written in the background, in order; rewritten when most lines are outdated. A line that a crash cut off is left out.
 */

import { open, readFile, rename } from 'node:fs/promises';
import type { Clock } from '../../base/clock.ts';
import type { Logger } from '../../base/log.ts';
import { RECORDS_DELAY_MS, STATUS_COMMITS_MAX, STATUS_REFUSED_MAX } from '../limits.ts';
import type { CommitStatus } from './commit-status.ts';

/** Outdated lines before the file is rewritten. */
const LINES_SPARE_MAX = 2 * STATUS_COMMITS_MAX;

export interface StatusHistory {
  get(commit: string): CommitStatus | undefined;
  /** Newest first. */
  list(): readonly CommitStatus[];
  put(status: CommitStatus): void;
  /** Resolves when all that was put is on the disk, or could not be written. */
  flushed(): Promise<void>;
}

export async function openStatusHistory(file: string, clock: Clock, log: Logger): Promise<StatusHistory> {
  const statuses = new Map<string, CommitStatus>();
  let lines = 0;
  const text = await readFile(file, 'utf8').catch(() => '');
  let cutOff = text !== '' && !text.endsWith('\n');
  for (const line of text.split('\n')) {
    const status = parseLine(line);
    if (!status) continue;
    lines++;
    keep(statuses, status);
  }
  const waiting: CommitStatus[] = [];
  let running: Promise<void> | undefined;
  let cancel: (() => void) | undefined;
  const writeSome = async (): Promise<void> => {
    const taken = waiting.splice(0);
    lines += taken.length;
    if (lines > statuses.size + LINES_SPARE_MAX) {
      lines = statuses.size;
      await replace(file, [...statuses.values()]);
    } else await append(file, `${cutOff ? '\n' : ''}${toText(taken)}`);
    cutOff = false;
  };
  const write = async (): Promise<void> => {
    try {
      while (waiting.length > 0) await writeSome();
    } catch (error) {
      log.warn({ error: String(error) }, 'the statuses of commits could not be written down');
    } finally {
      running = undefined;
    }
  };
  const start = () => {
    cancel?.();
    cancel = undefined;
    // With nothing to write it would have ended before it is assigned here, and be taken for one that goes on.
    if (waiting.length > 0) running ??= write();
  };
  return {
    get: (commit) => statuses.get(commit),
    list: () => inOrder([...statuses.values()].reverse()),
    put(status) {
      keep(statuses, status);
      waiting.push(status);
      cancel ??= clock.after(RECORDS_DELAY_MS, start);
    },
    flushed() {
      if (waiting.length > 0) start();
      return running ?? Promise.resolve();
    },
  };
}

/** The order is that of the first mention; the oldest go, except what is under way, and what is needed to know reverted content again. */
function keep(statuses: Map<string, CommitStatus>, status: CommitStatus): void {
  // A commit that was refused and is admitted now begins anew.
  if (statuses.get(status.commit)?.state === 'refused') statuses.delete(status.commit);
  statuses.set(status.commit, status);
  if (status.state === 'refused') {
    const refused = [...statuses.values()].filter(({ state }) => state === 'refused');
    if (refused.length > STATUS_REFUSED_MAX) statuses.delete(refused[0]!.commit);
  }
  if (statuses.size <= STATUS_COMMITS_MAX) return;
  for (const { commit, state, revertedBy, proposal } of statuses.values()) {
    if (state === 'admitted' || state === 'progressing' || revertedBy || proposal) continue;
    statuses.delete(commit);
    return;
  }
  statuses.delete(statuses.keys().next().value!);
}

/** As git has them: commits that came with another one were mentioned after it, and are older. */
function inOrder(newestFirst: CommitStatus[]): CommitStatus[] {
  const passed = newestFirst.filter(({ times, supersededBy }) => supersededBy !== undefined && !times.admitted);
  if (passed.length === 0) return newestFirst;
  // Mentioned newest first, and turned round with all the others.
  const cameWith = Map.groupBy(passed.reverse(), ({ supersededBy }) => supersededBy);
  const known = new Set(newestFirst.map(({ commit }) => commit));
  const isPlaced = new Set(passed.filter(({ supersededBy = '' }) => known.has(supersededBy)));
  return newestFirst.flatMap((status) =>
    isPlaced.has(status) ? [] : [status, ...(cameWith.get(status.commit) ?? [])],
  );
}

function parseLine(line: string): CommitStatus | undefined {
  if (line === '') return undefined;
  try {
    const status = JSON.parse(line) as CommitStatus;
    return typeof status.commit === 'string' && typeof status.state === 'string' ? status : undefined;
  } catch {
    return undefined;
  }
}

const toText = (statuses: readonly CommitStatus[]): string =>
  statuses.map((status) => `${JSON.stringify(status)}\n`).join('');

async function append(file: string, text: string): Promise<void> {
  const handle = await open(file, 'a', 0o600);
  try {
    await handle.write(text);
    await handle.datasync();
  } finally {
    await handle.close();
  }
}

async function replace(file: string, statuses: readonly CommitStatus[]): Promise<void> {
  const temporary = `${file}.new`;
  const handle = await open(temporary, 'w', 0o600);
  try {
    await handle.write(toText(statuses));
    await handle.datasync();
  } finally {
    await handle.close();
  }
  await rename(temporary, file);
}
