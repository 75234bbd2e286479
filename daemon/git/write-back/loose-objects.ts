/**
 * Git objects as they are kept below `objects/`: made in memory, carried by a store record, put into the repository durably. Writing is idempotent and
 * heals files that a crash cut off.
 *
 * Encoded here and not by isomorphic-git: its writers take about 1 ms an object, a write makes four, and an acknowledged write is to cost no more
 * than a few fsyncs of 0.1 ms.
 */

import { createHash } from 'node:crypto';
import { mkdir, open, readFile, rename, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { deflateSync } from 'node:zlib';
import type { Ids } from '../../base/clock.ts';

/** Path below `objects/` (`ab/cdef…`) → the loose object's bytes. */
export type LooseObjects = Map<string, Buffer>;

export interface Signature {
  name: string;
  email: string;
  /** Seconds since the epoch; shown as UTC. */
  timestamp: number;
}

export interface NewCommit {
  tree: string;
  parent: string | undefined;
  message: string;
  author: Signature;
  committer: Signature;
}

/** Larger ones are stored as they are until git packs them: ids do not compress, and trying would block for a millisecond. */
const COMPRESSED_BYTES_MAX = 16_384;

/** Makes an object, adds it to `objects`, returns its id. */
export function makeObject(objects: LooseObjects, type: 'blob' | 'tree' | 'commit', content: Uint8Array): string {
  const object = Buffer.concat([Buffer.from(`${type} ${content.length}\0`), content]);
  const id = createHash('sha1').update(object).digest('hex');
  const level = object.length > COMPRESSED_BYTES_MAX ? 0 : 1;
  objects.set(`${id.slice(0, 2)}/${id.slice(2)}`, deflateSync(object, { level }));
  return id;
}

/** The content of a commit object. Names must hold no `<`, `>` or line ends. */
export function encodeCommit({ tree, parent, message, author, committer }: NewCommit): Buffer {
  const signed = ({ name, email, timestamp }: Signature) => `${name} <${email}> ${timestamp} +0000`;
  const lines = [
    `tree ${tree}`,
    ...(parent === undefined ? [] : [`parent ${parent}`]),
    `author ${signed(author)}`,
    `committer ${signed(committer)}`,
    '',
    message,
  ];
  return Buffer.from(lines.join('\n'), 'utf8');
}

/** Files written at a time when somebody waits: their fsyncs share the disk's journal. */
const STORED_AT_ONCE_MAX = 8;

/** Puts the objects into the repository: temporary file, fsync, rename, fsync of the folder. They are durable when it resolves. */
export async function storeLooseObjects(gitDir: string, objects: ReadonlyMap<string, Buffer>, ids: Ids): Promise<void> {
  await placeObjects(gitDir, objects, ids, { atOnce: STORED_AT_ONCE_MAX, isSynced: true });
  await syncFolders(gitDir, objects.keys(), STORED_AT_ONCE_MAX);
}

/** The same when nobody waits: one file at a time, so that neither the disk's journal nor the threads for files are taken from those who do. */
export async function storeInBackground(gitDir: string, objects: ReadonlyMap<string, Buffer>, ids: Ids): Promise<void> {
  await placeObjects(gitDir, objects, ids, { atOnce: 1, isSynced: true });
  await syncFolders(gitDir, objects.keys(), 1);
}

/** Whole after a crash of the process, but not after one of the host until {@link syncLooseObjects}: as git itself writes them. */
export function placeLooseObjects(gitDir: string, objects: ReadonlyMap<string, Buffer>, ids: Ids): Promise<void> {
  return placeObjects(gitDir, objects, ids, { atOnce: STORED_AT_ONCE_MAX, isSynced: false });
}

/** Puts back what is missing or was cut off, after a crash. Most is there. `isPacked`: whether a pack has it; packs are whole. */
export async function restoreLooseObjects(
  gitDir: string,
  objects: ReadonlyMap<string, Buffer>,
  ids: Ids,
  isPacked: (id: string) => Promise<boolean>,
): Promise<void> {
  const missing: LooseObjects = new Map();
  await inParallel([...objects], STORED_AT_ONCE_MAX, async ([path, content]) => {
    const present = await readFile(join(gitDir, 'objects', path)).catch(() => undefined);
    if (present ? !present.equals(content) : !(await isPacked(idOf(path)))) missing.set(path, content);
  });
  await storeLooseObjects(gitDir, missing, ids);
}

/** The object's id, from its path below `objects/`. */
export const idOf = (path: string): string => path.replace('/', '');

/** Makes files that were placed below `objects/` durable; what git has packed meanwhile is, and may have taken its folder along. One at a time. */
export async function syncPlaced(gitDir: string, paths: Iterable<string>): Promise<void> {
  const unique = new Set(paths);
  const folders = unique.size > 0 ? [...foldersOf(unique), ''] : [];
  for (const path of [...unique, ...folders]) {
    await syncFile(join(gitDir, 'objects', path)).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error;
    });
  }
}

async function placeObjects(
  gitDir: string,
  objects: ReadonlyMap<string, Buffer>,
  ids: Ids,
  { atOnce, isSynced }: { atOnce: number; isSynced: boolean },
): Promise<void> {
  const root = join(gitDir, 'objects');
  for (const folder of foldersOf(objects.keys())) await mkdir(join(root, folder), { recursive: true });
  await inParallel([...objects], atOnce, async ([path, content]) => {
    const temporary = join(root, `tmp_obj_${ids.uid()}`); // git's own name for it: its gc removes leftovers
    try {
      const handle = await open(temporary, 'wx', 0o444);
      try {
        await handle.writeFile(content);
        if (isSynced) await handle.datasync();
      } finally {
        await handle.close();
      }
      await rename(temporary, join(root, path));
    } catch (error) {
      await unlink(temporary).catch(() => {}); // on a full disk it is tried again and again
      throw error;
    }
  });
}

async function syncFolders(gitDir: string, paths: Iterable<string>, atOnce: number): Promise<void> {
  const folders = foldersOf(paths);
  if (folders.length > 0) folders.push('');
  await inParallel(folders, atOnce, (folder) => syncFile(join(gitDir, 'objects', folder)));
}

const foldersOf = (paths: Iterable<string>): string[] => [...new Set([...paths].map((path) => dirname(path)))];

async function inParallel<T>(all: T[], atOnce: number, act: (one: T) => Promise<void>): Promise<void> {
  const work = async () => {
    for (let next = all.pop(); next !== undefined; next = all.pop()) await act(next);
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, all.length) }, work));
}

async function syncFile(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

export const bytesOf = (objects: LooseObjects): number =>
  [...objects.values()].reduce((sum, { length }) => sum + length, 0);

/** For a store record. */
export function encodeLooseObjects(objects: ReadonlyMap<string, Buffer>): Record<string, string> {
  return Object.fromEntries([...objects].map(([path, content]) => [path, content.toString('base64')]));
}

/** The inverse; paths that are no object paths are left out. */
export function decodeLooseObjects(encoded: Readonly<Record<string, string>>): LooseObjects {
  return new Map(
    Object.entries(encoded)
      .filter(([path]) => /^[0-9a-f]{2}\/[0-9a-f]{38}$/.test(path))
      .map(([path, content]) => [path, Buffer.from(content, 'base64')]),
  );
}
