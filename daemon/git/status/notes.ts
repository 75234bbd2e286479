/**
 * Each commit's status as a git note under `refs/notes/reflet`, for `git log --notes=reflet` and `git notes --ref=reflet show`. Written in the
 * background, many at once, by one `git fast-import`: never while somebody waits.
 */

import { createHash } from 'node:crypto';
import type { GitEngine } from '../engine.ts';
import { runGit } from '../git-command.ts';
import { NOTES_DELAY_MS, NOTES_RETRY_MS, NOTES_WAITING_MAX } from '../limits.ts';
import { inert } from '../problem.ts';
import { type CommitState, type CommitStatus, describeStatus } from './commit-status.ts';

export const NOTES_REF = 'refs/notes/reflet';

const ORDER: readonly CommitState[] = ['refused', 'admitted', 'progressing', 'failed', 'healthy', 'superseded'];

/** The text of a commit's note: `key: value` lines, then one line an object. Pure. */
function renderNote(status: CommitStatus): string {
  const { state, times, by, revision, healthyRevision, objects, moreObjects, problems = [] } = status;
  const lines = [
    `state: ${state}`,
    `message: ${describeStatus(status)}`,
    ...ORDER.flatMap((one) => (times[one] ? [`${one}: ${times[one]}`] : [])),
    ...(by ? [`by: ${by}`] : []),
    ...(revision === undefined ? [] : [`revision: ${revision}`]),
    ...(healthyRevision === undefined ? [] : [`healthy-revision: ${healthyRevision}`]),
    ...(status.supersededBy ? [`superseded-by: ${status.supersededBy}`] : []),
    ...(status.revertedBy ? [`reverted-by: ${status.revertedBy}`] : []),
    ...(status.proposal ? [`proposal: ${status.proposal}`] : []),
    ...problems.map((problem) => `problem: ${problem}`),
    ...objects.map(
      ({ object, action, state: is, text }) => `object: ${object} ${action}, ${is}${text ? `: ${text}` : ''}`,
    ),
    ...(moreObjects > 0 ? [`more-objects: ${moreObjects}`] : []),
  ];
  return `${lines.map(inert).join('\n')}\n`;
}

export interface Notes {
  put(status: CommitStatus): void;
  /** Resolves when what was put is in the repository, or was given up. */
  flushed(): Promise<void>;
  close(): void;
}

export interface NotesOptions {
  engine: GitEngine;
  /** The notes ref moved: it may be pushed. */
  written(): void;
}

export function startNotes({ engine, written }: NotesOptions): Notes {
  const { clock, log } = engine.options;
  const waiting = new Map<string, CommitStatus>();
  let running: Promise<void> | undefined;
  let cancel: (() => void) | undefined;
  let closed = false;
  const write = async (): Promise<void> => {
    cancel = undefined;
    const taken = [...waiting];
    waiting.clear();
    try {
      if (
        await writeNotes(
          engine,
          taken.map(([, status]) => status),
        )
      )
        written();
    } catch (error) {
      log.warn({ error: String(error) }, 'the notes on commits could not be written; trying again');
      for (const [commit, status] of taken) if (!waiting.has(commit)) waiting.set(commit, status);
      later(NOTES_RETRY_MS);
    } finally {
      running = undefined;
      if (waiting.size > 0) later(NOTES_DELAY_MS);
    }
  };
  const start = () => {
    running ??= write();
  };
  const later = (delayMs: number) => {
    if (!closed && !running) cancel ??= clock.after(delayMs, start);
  };
  return {
    put(status) {
      waiting.delete(status.commit);
      waiting.set(status.commit, status);
      for (const oldest of waiting.keys()) {
        if (waiting.size <= NOTES_WAITING_MAX) break;
        waiting.delete(oldest);
      }
      later(NOTES_DELAY_MS);
    },
    async flushed() {
      await running;
      if (waiting.size === 0) return;
      cancel?.();
      start();
      await running;
    },
    close() {
      closed = true;
      cancel?.();
    },
  };
}

/** False when nothing changed: the notes say it already. */
async function writeNotes(engine: GitEngine, statuses: readonly CommitStatus[]): Promise<boolean> {
  const { repository, clock } = engine.options;
  await engine.settled(); // a commit made by an API write is in the repository then
  const present = await readNotes(engine);
  const wanted: { commit: string; text: Buffer }[] = [];
  for (const status of statuses) {
    const text = Buffer.from(renderNote(status), 'utf8');
    if (present?.get(status.commit) === blobId(text)) continue;
    // What was refused at a push never was in the repository.
    if ((await engine.reader.info(status.commit))?.type === 'commit') wanted.push({ commit: status.commit, text });
  }
  if (wanted.length === 0) return false;
  const committer = `reflet <reflet@reflet> ${Math.floor(clock.now() / 1_000)} +0000`;
  const message = `reflet: status of ${wanted.length === 1 ? wanted[0]!.commit : `${wanted.length} commits`}\n`;
  const input = Buffer.concat([
    Buffer.from(`commit ${NOTES_REF}\ncommitter ${committer}\ndata ${Buffer.byteLength(message)}\n${message}`),
    Buffer.from(present ? `from ${NOTES_REF}^0\n` : ''),
    ...wanted.flatMap(({ commit, text }) => [Buffer.from(`N inline ${commit}\ndata ${text.length}\n`), text, NEWLINE]),
  ]);
  await runGit(repository, ['fast-import', '--quiet', '--date-format=raw'], { input });
  return true;
}

const NEWLINE = Buffer.from('\n');

function blobId(text: Buffer): string {
  return createHash('sha1').update(`blob ${text.length}\0`).update(text).digest('hex');
}

/** Commit → blob of its note; undefined: there is no such ref yet. */
async function readNotes({ options: { repository } }: GitEngine): Promise<Map<string, string> | undefined> {
  const { exitCode, stdout } = await runGit(repository, ['ls-tree', '-r', '-z', NOTES_REF], { accept: [128] });
  if (exitCode !== 0) return undefined;
  const entries = stdout.toString('latin1').split('\0').filter(Boolean);
  return new Map(
    entries.map((entry) => {
      const [head = '', path = ''] = entry.split('\t');
      return [path.replaceAll('/', ''), head.split(' ')[2] ?? ''] as const;
    }),
  );
}
