/**
 * Git objects as they are kept below `objects/`: made in memory, carried by a store record, put into the repository durably. Writing is idempotent and
 * heals files that a crash cut off.
 *
 * Blobs and commits are isomorphic-git's encoding. Trees are encoded here: a folder of 1,000 manifests is rewritten with every write, and splicing
 * its bytes takes a tenth of building it anew from entries.
 */

import { createHash } from 'node:crypto';
import { mkdir, open, rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { deflate } from 'node:zlib';
import { writeBlob, writeCommit } from 'isomorphic-git';
import type { Ids } from '../../base/clock.ts';

/** Path below `objects/` (`ab/cdef…`) → the loose object's bytes. */
export type LooseObjects = Map<string, Buffer>;

export interface Signature {
  name: string;
  email: string;
  /** Seconds since the epoch. */
  timestamp: number;
  timezoneOffset: number;
}

export interface NewCommit {
  tree: string;
  parent: string[];
  message: string;
  author: Signature;
  committer: Signature;
}

/** Makes objects without touching a disk; what was made stands in `objects`. */
export interface ObjectMaker {
  readonly objects: LooseObjects;
  blob(content: Uint8Array): Promise<string>;
  /** `content` as git keeps it: sorted entries. */
  tree(content: Buffer): Promise<string>;
  commit(commit: NewCommit): Promise<string>;
}

const GIT_DIR = '/memory';
const OBJECTS = `${GIT_DIR}/objects/`;

export function createObjectMaker(): ObjectMaker {
  const objects: LooseObjects = new Map();
  const fs = memoryFileSystem(objects);
  return {
    objects,
    blob: (blob) => writeBlob({ fs, gitdir: GIT_DIR, blob }),
    tree: (content) => makeTree(objects, content),
    commit: (commit) => writeCommit({ fs, gitdir: GIT_DIR, commit }),
  };
}

const deflateAsync = promisify(deflate);

async function makeTree(objects: LooseObjects, content: Buffer): Promise<string> {
  const object = Buffer.concat([Buffer.from(`tree ${content.length}\0`), content]);
  const id = createHash('sha1').update(object).digest('hex');
  // Mostly object ids, which do not compress: the least effort gives nearly all there is to gain.
  objects.set(`${id.slice(0, 2)}/${id.slice(2)}`, await deflateAsync(object, { level: 1 }));
  return id;
}

/** As much of a file system as isomorphic-git's writers use. */
function memoryFileSystem(objects: LooseObjects) {
  const absent = (path: string): never => {
    throw Object.assign(new Error(`ENOENT: ${path}`), { code: 'ENOENT' });
  };
  const read = async (path: string): Promise<Buffer> =>
    (path.startsWith(OBJECTS) ? objects.get(path.slice(OBJECTS.length)) : undefined) ?? absent(path);
  const stat = async (path: string) => {
    const { length } = await read(path);
    return { size: length, isFile: () => true, isDirectory: () => false, isSymbolicLink: () => false };
  };
  return {
    promises: {
      readFile: read,
      async writeFile(path: string, content: Uint8Array): Promise<void> {
        objects.set(path.slice(OBJECTS.length), Buffer.from(content));
      },
      async mkdir(): Promise<void> {},
      async readdir(): Promise<string[]> {
        return [];
      },
      async unlink(path: string): Promise<void> {
        absent(path);
      },
      async rmdir(path: string): Promise<void> {
        absent(path);
      },
      stat,
      lstat: stat,
      async readlink(path: string): Promise<string> {
        return absent(path);
      },
      async symlink(path: string): Promise<void> {
        absent(path);
      },
    },
  };
}

/** Puts the objects into the repository: temporary file, fsync, rename, fsync of the folder. They are durable when it resolves. */
export async function storeLooseObjects(gitDir: string, objects: LooseObjects, ids: Ids): Promise<void> {
  const folders = new Set<string>();
  for (const [path, content] of objects) {
    const file = join(gitDir, 'objects', path);
    const folder = dirname(file);
    await mkdir(folder, { recursive: true });
    const temporary = join(gitDir, 'objects', `tmp_obj_${ids.uid()}`); // git's own name for it: its gc removes leftovers
    await writeDurably(temporary, content);
    await rename(temporary, file);
    folders.add(folder);
  }
  if (folders.size > 0) folders.add(join(gitDir, 'objects'));
  for (const folder of folders) await syncFolder(folder);
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
export function encodeLooseObjects(objects: LooseObjects): Record<string, string> {
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
