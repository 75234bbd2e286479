/**
 * Git objects as they are kept below `objects/`: made in memory, carried by a store record, put into the repository durably. Writing is idempotent and
 * heals files that a crash cut off.
 *
 * Encoded here and not by isomorphic-git: its writers take about 1 ms an object, a write makes four, and an acknowledged write is to cost no more
 * than a few fsyncs of 0.1 ms.
 */

import { createHash } from 'node:crypto';
import { mkdir, open, rename } from 'node:fs/promises';
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

/** Files written at a time: their fsyncs share the disk's journal. */
const STORED_AT_ONCE_MAX = 8;

/** Puts the objects into the repository: temporary file, fsync, rename, fsync of the folder. They are durable when it resolves. */
export async function storeLooseObjects(gitDir: string, objects: ReadonlyMap<string, Buffer>, ids: Ids): Promise<void> {
  const root = join(gitDir, 'objects');
  const folders = new Set([...objects.keys()].map((path) => join(root, dirname(path))));
  for (const folder of folders) await mkdir(folder, { recursive: true });
  const waiting = [...objects];
  const work = async () => {
    for (let next = waiting.pop(); next; next = waiting.pop()) {
      const [path, content] = next;
      const temporary = join(root, `tmp_obj_${ids.uid()}`); // git's own name for it: its gc removes leftovers
      await writeDurably(temporary, content);
      await rename(temporary, join(root, path));
    }
  };
  await Promise.all(Array.from({ length: STORED_AT_ONCE_MAX }, work));
  if (folders.size > 0) folders.add(root);
  await Promise.all([...folders].map(syncFolder));
}

async function writeDurably(file: string, content: Buffer): Promise<void> {
  const handle = await open(file, 'wx', 0o444);
  try {
    await handle.writeFile(content);
    await handle.datasync();
  } finally {
    await handle.close();
  }
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

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
