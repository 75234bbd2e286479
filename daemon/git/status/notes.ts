/**
 * Each commit's status as a git note under `refs/notes/reflet`, for `git log --notes=reflet` and `git notes --ref=reflet show`. Written in the
 * background, many at once, and without starting git (a fork of a large process holds its event loop): pushes go on meanwhile.
 */

import type { Ids } from '../../base/clock.ts';
import { readCommit } from '../commit-object.ts';
import type { GitEngine } from '../engine.ts';
import { NOTES_DELAY_MS, NOTES_RETRY_MS, NOTES_WAITING_MAX } from '../limits.ts';
import { inert } from '../problem.ts';
import { createRefUpdater, type RefUpdater } from '../ref-updater.ts';
import { readRef } from '../repository.ts';
import { encodeCommit, type LooseObjects, makeObject, storeInBackground } from '../write-back/loose-objects.ts';
import { editTree, entryOf } from '../write-back/tree-edit.ts';
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
  ids: Ids;
  /** The notes ref moved: it may be pushed. */
  written(): void;
}

export function startNotes({ engine, ids, written }: NotesOptions): Notes {
  const { clock, log, repository } = engine.options;
  const updater = createRefUpdater(repository, clock, 'reflet: status of commits');
  const waiting = new Map<string, CommitStatus>();
  let running: Promise<void> | undefined;
  let cancel: (() => void) | undefined;
  let closed = false;
  const write = async (): Promise<void> => {
    cancel = undefined;
    const taken = [...waiting];
    waiting.clear();
    try {
      const statuses = taken.map(([, status]) => status);
      if (await writeNotes(engine, ids, updater, statuses)) written();
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
      updater.close();
    },
  };
}

/** False when nothing changed: the notes say it already. */
async function writeNotes(
  engine: GitEngine,
  ids: Ids,
  updater: RefUpdater,
  statuses: readonly CommitStatus[],
): Promise<boolean> {
  const { repository, clock } = engine.options;
  await engine.settled(); // a commit made by an API write is in the repository then
  const parent = await readRef(repository, NOTES_REF);
  const tree = parent === undefined ? undefined : (await readCommit(engine.reader, parent)).tree;
  const objects: LooseObjects = new Map();
  const edits = new Map<string, string>();
  for (const status of statuses) {
    const { path, blob } = await placeOf(engine, tree, status.commit);
    const made: LooseObjects = new Map();
    const id = makeObject(made, 'blob', Buffer.from(renderNote(status), 'utf8'));
    if (id === blob) continue;
    // What was refused at a push never was in the repository.
    if ((await engine.reader.info(status.commit))?.type !== 'commit') continue;
    edits.set(path, id);
    for (const [file, content] of made) objects.set(file, content);
  }
  if (edits.size === 0) return false;
  const write = (content: Buffer) => makeObject(objects, 'tree', content);
  const root = await editTree({ read: (id) => readTree(engine, id), write }, tree, edits);
  const signature = { name: 'reflet', email: 'reflet@reflet', timestamp: Math.floor(clock.now() / 1_000) };
  const [first = ''] = edits.keys();
  const message = `reflet: status of ${edits.size === 1 ? first.replaceAll('/', '') : `${edits.size} commits`}\n`;
  const content = encodeCommit({ tree: root!, parent, message, author: signature, committer: signature });
  const to = makeObject(objects, 'commit', content);
  await storeInBackground(repository.gitDir, objects, ids);
  if (!(await updater.move([{ ref: NOTES_REF, from: parent, to }])))
    throw new Error(`${NOTES_REF} was moved meanwhile`);
  return true;
}

/** Where the note of a commit is or is to be, and the blob that is there: git divides notes into folders of two digits, as deep as it likes. */
async function placeOf(
  engine: GitEngine,
  tree: string | undefined,
  commit: string,
): Promise<{ path: string; blob?: string }> {
  let path = '';
  let rest = commit;
  let content = tree === undefined ? Buffer.alloc(0) : await readTree(engine, tree);
  while (rest.length > FOLDER_DIGITS) {
    const note = entryOf(content, rest);
    if (note && !note.folder) return { path: path + rest, blob: note.id };
    const folder = entryOf(content, rest.slice(0, FOLDER_DIGITS));
    if (!folder?.folder) break;
    path += `${rest.slice(0, FOLDER_DIGITS)}/`;
    rest = rest.slice(FOLDER_DIGITS);
    content = await readTree(engine, folder.id);
  }
  return { path: path === '' ? `${rest.slice(0, FOLDER_DIGITS)}/${rest.slice(FOLDER_DIGITS)}` : path + rest };
}

const FOLDER_DIGITS = 2;

async function readTree({ reader }: GitEngine, id: string): Promise<Buffer> {
  const object = await reader.read(id);
  if (object?.type !== 'tree') throw new Error(`tree ${id} of ${NOTES_REF} is missing or damaged`);
  return object.content;
}
