/**
 * Reads a push's objects before they are in the repository. A small push is unpacked by git into loose files, which are read right here; what is not
 * among them is in the repository, whose long-lived reader answers. Only a push that was kept as a pack needs a git process of its own.
 */

import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { createInflate, inflate } from 'node:zlib';
import type { RepositoryPlace } from './git-command.ts';
import { createObjectReader, type ObjectInfo, type ObjectReader, type ReaderOptions } from './object-reader.ts';

const inflateAsync = promisify(inflate);

/** Inflated; above every object that is read whole (manifests and trees of 4 MiB). */
const LOOSE_BYTES_MAX = 8 << 20;
/** A file so small inflates to 4 MiB at most, whatever is in it: read at once. Of larger ones the size is looked up first. */
const SMALL_FILE_BYTES = 4_096;

export interface QuarantineReader extends ObjectReader {
  /** The push was kept as a pack: git can work on it best. */
  readonly packed: boolean;
}

/** `folder`: the quarantine's object directory. */
export async function createQuarantineReader(
  place: RepositoryPlace,
  folder: string,
  repository: ObjectReader,
  options: Required<ReaderOptions>,
): Promise<QuarantineReader> {
  const packs = await readdir(join(folder, 'pack')).catch(() => [] as string[]);
  if (packs.length > 0) return Object.assign(createObjectReader(place, options), { packed: true });
  /** Small objects that were opened for their size: their content is asked right after. */
  const opened = new Map<string, LooseObject>();
  return {
    packed: false,
    async info(id) {
      const file = await readLooseFile(folder, id);
      if (!file) return repository.info(id);
      if (file.length > SMALL_FILE_BYTES) return parseHeader(id, await inflateHead(file));
      const object = await inflateObject(id, file);
      opened.set(id, object);
      return { type: object.type, size: object.content.length };
    },
    async read(id) {
      const object = opened.get(id);
      if (object) {
        opened.delete(id);
        return object;
      }
      const file = await readLooseFile(folder, id);
      return file ? inflateObject(id, file) : repository.read(id);
    },
    close() {
      opened.clear();
    },
  };
}

interface LooseObject {
  type: string;
  content: Buffer;
}

/** Undefined when there is no such loose object. */
async function readLooseFile(folder: string, id: string): Promise<Buffer | undefined> {
  if (!/^[0-9a-f]{40}$/.test(id)) throw new Error(`not a git object id: ${JSON.stringify(id)}`);
  return readFile(join(folder, id.slice(0, 2), id.slice(2))).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
}

/** Throws when it is larger than anything that is allowed. */
async function inflateObject(id: string, file: Buffer): Promise<LooseObject> {
  const bytes = await inflateAsync(file, { maxOutputLength: LOOSE_BYTES_MAX });
  return { type: parseHeader(id, bytes).type, content: bytes.subarray(bytes.indexOf(0) + 1) };
}

/** `blob 123NUL…` */
function parseHeader(id: string, bytes: Buffer): ObjectInfo {
  const parts = /^(blob|tree|commit|tag) (\d{1,15})\0/.exec(bytes.toString('latin1', 0, HEADER_BYTES));
  if (!parts) throw new Error(`git object ${id} is damaged`);
  return { type: parts[1]!, size: Number(parts[2]) };
}

const HEADER_BYTES = 64; // type, length and NUL take less than 32

/** The first bytes of what is compressed, and no more work than that. */
function inflateHead(file: Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const stream = createInflate({ chunkSize: HEADER_BYTES });
    stream.once('data', (chunk: Buffer) => {
      resolve(chunk);
      stream.destroy();
    });
    stream.once('error', reject);
    stream.end(file.subarray(0, 1_024));
  });
}
