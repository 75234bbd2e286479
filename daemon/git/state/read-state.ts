/**
 * Reads what is kept at `refs/reflet/state`. Nothing of it is trusted before it is opened: ids come from the sealed index, sizes are asked before
 * content.
 *
 * Invariant: a damaged checkpoint is named, and the one before it is taken; when neither can be read nothing is made up.
 */

import type { Logger } from '../../base/log.ts';
import { type RepositoryPlace, runGit } from '../git-command.ts';
import { decodeEntry, type LedgerEntry } from '../ledger/entry.ts';
import type { ObjectReader } from '../object-reader.ts';
import { STATE_PART_BYTES_MAX, STATE_PARTS_IN_FLIGHT } from './limits.ts';
import { decodePart, type KeptObject } from './parts.ts';
import { NotOpened, type StateKey, unseal } from './sealed.ts';
import { INDEX_FILE, STATE_BEFORE_REF, STATE_REF, type StateIndex } from './state-index.ts';

export interface KeptState {
  /** The checkpoint's own commit. */
  readonly commit: string;
  readonly index: StateIndex;
  readonly objects: readonly KeptObject[];
  /** Oldest first. */
  readonly ledger: readonly LedgerEntry[];
}

/** A checkpoint is there and cannot be used. */
class StateRefused extends Error {
  constructor(message: string, cause: unknown) {
    super(message, { cause });
    this.name = 'StateRefused';
  }
}

/** Undefined when the repository has none. Throws {@link StateRefused}. */
export async function readState(
  place: RepositoryPlace,
  reader: ObjectReader,
  key: StateKey,
  log: Logger,
): Promise<KeptState | undefined> {
  let failure: Error | undefined;
  for (const ref of [STATE_REF, STATE_BEFORE_REF]) {
    try {
      const found = await readStateIndex(place, reader, key, ref);
      if (!found) continue;
      const state = await readParts(reader, key, found);
      if (failure)
        log.error({ ref, error: failure.message }, 'the newest checkpoint is damaged; the one before is used');
      return state;
    } catch (error) {
      failure ??= error as Error;
    }
  }
  if (failure) throw new StateRefused(refusal(place, failure), failure);
  return undefined;
}

function refusal({ gitDir }: RepositoryPlace, failure: Error): string {
  const what =
    failure instanceof NotOpened
      ? 'put the keys directory that belongs to it back'
      : 'fetch it again from a copy: git fetch --force COPY "+refs/reflet/*:refs/reflet/*"';
  return (
    `${STATE_REF} in ${gitDir} cannot be used: ${failure.message}. Nothing was changed; ${what}. ` +
    `To begin without it (new uids and addresses, containers made anew): git --git-dir=${gitDir} update-ref -d ${STATE_REF}, and ${STATE_BEFORE_REF} likewise`
  );
}

/** The index that a ref names; undefined when the ref is absent. Throws when it is damaged or sealed under another key. */
export async function readStateIndex(
  place: RepositoryPlace,
  reader: ObjectReader,
  key: StateKey,
  ref = STATE_REF,
): Promise<{ commit: string; index: StateIndex } | undefined> {
  const { exitCode, stdout, stderr } = await runGit(place, ['for-each-ref', '--format=%(objectname)', ref], {
    accept: [1, 128],
  });
  const commit = stdout.toString('latin1').trim();
  if (exitCode !== 0 || (commit === '' && stderr.split('\n').some((line) => line.endsWith(` ${ref}`))))
    throw new Error(`${ref} is broken: it names no commit`);
  if (commit === '') return undefined;
  const tree = await runGit(place, ['ls-tree', commit, '--', INDEX_FILE], { accept: [128] });
  const id = /^100644 blob ([0-9a-f]{40})\t/.exec(tree.stdout.toString('latin1'))?.[1];
  if (tree.exitCode !== 0 || id === undefined)
    throw new Error(`${ref} points to ${commit}, which cannot be read: ${tree.stderr.trim() || 'it has no index'}`);
  const index = JSON.parse((await unseal(key, INDEX_FILE, await readBlob(reader, id))).toString('utf8')) as StateIndex;
  if (index.version !== 1) throw new Error(`${ref} was written by a newer reflet (version ${index.version})`);
  return { commit, index };
}

/** Whether every file that the index names is there. */
export async function isComplete(reader: ObjectReader, { files }: StateIndex): Promise<boolean> {
  const infos = await Promise.all(Object.values(files).map((id) => reader.info(id)));
  return infos.every((info) => info?.type === 'blob');
}

async function readParts(
  reader: ObjectReader,
  key: StateKey,
  { commit, index }: { commit: string; index: StateIndex },
): Promise<KeptState> {
  const objects: KeptObject[] = [];
  const segments = new Map<string, LedgerEntry[]>();
  const waiting = Object.entries(index.files);
  const work = async () => {
    for (let one = waiting.pop(); one; one = waiting.pop()) {
      const [path, id] = one;
      const blob = await readBlob(reader, id).catch((error: Error) => {
        throw new Error(`${path}: ${error.message}`, { cause: error });
      });
      if (path.startsWith('ledger/')) segments.set(path, decodeSegment(blob));
      else for (const object of decodePart(await unseal(key, path, blob))) objects.push(object);
    }
  };
  await Promise.all(Array.from({ length: STATE_PARTS_IN_FLIGHT }, work));
  const ledger = [...segments].sort(([a], [b]) => (a < b ? -1 : 1)).flatMap(([, entries]) => entries);
  return { commit, index, objects, ledger };
}

function decodeSegment(blob: Buffer): LedgerEntry[] {
  const lines = blob.toString('utf8').split('\n').filter(Boolean);
  return lines.flatMap((line) => decodeEntry(line)?.entry ?? []);
}

async function readBlob(reader: ObjectReader, id: string): Promise<Buffer> {
  const info = await reader.info(id);
  if (info?.type !== 'blob') throw new Error(`blob ${id} is missing or damaged`);
  if (info.size > STATE_PART_BYTES_MAX) throw new Error(`blob ${id} has ${info.size} bytes`);
  const object = await reader.read(id);
  if (!object) throw new Error(`blob ${id} is missing or damaged`);
  return object.content;
}
