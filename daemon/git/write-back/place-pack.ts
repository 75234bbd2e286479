/**
 * Puts objects into the repository as one pack. Not durable until {@link syncPlaced}: what a crash of the host left torn is known by its checksums and
 * taken away at the next start, where the store still has its objects.
 */

import { createHash } from 'node:crypto';
import { mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { Ids } from '../../base/clock.ts';
import { idOf } from './loose-objects.ts';
import { encodePack } from './pack.ts';

/** git asks for no more than an ending; with this beginning a pack is known to be ours. */
const OUR_PACK = 'pack-reflet-';
const CHECKSUM_BYTES = 20;

/** Returns the paths of its files below `objects/`. */
export async function placePack(gitDir: string, objects: ReadonlyMap<string, Buffer>, ids: Ids): Promise<string[]> {
  const { checksum, pack, index } = await encodePack([...objects].map(([path, loose]) => [idOf(path), loose] as const));
  const name = `${OUR_PACK}${checksum}`;
  const folder = join(gitDir, 'objects', 'pack');
  await mkdir(folder, { recursive: true });
  const isThere = (await readdir(folder)).includes(`${name}.idx`);
  await place(folder, `${name}.pack`, pack, ids);
  try {
    await place(folder, `${name}.idx`, index, ids); // last: git looks for this
  } catch (error) {
    // Nobody else takes a pack without an index away, and on a full disk the next try is another pack.
    if (!isThere) await rm(join(folder, `${name}.pack`), { force: true }).catch(() => {});
    throw error;
  }
  return [`pack/${name}.pack`, `pack/${name}.idx`];
}

async function place(folder: string, name: string, content: Buffer, ids: Ids): Promise<void> {
  const temporary = join(folder, `tmp_pack_${ids.uid()}`); // git's own name for it: its gc removes leftovers
  try {
    const handle = await open(temporary, 'wx', 0o444);
    try {
      await handle.writeFile(content);
    } finally {
      await handle.close();
    }
    await rename(temporary, join(folder, name));
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => {}); // on a full disk it is tried again and again
    throw error;
  }
}

/** Removes a pack of which another has all objects by now. `paths`: as {@link placePack} gave them. */
export async function removePack(gitDir: string, paths: readonly string[]): Promise<void> {
  // The index first: git takes a pack without one for none.
  const files = paths.toReversed().map((path) => join(gitDir, 'objects', path));
  if (files.length > 0) await removeIndexed(join(gitDir, 'objects', 'pack'), files);
}

/** An index of many packs that names one of them goes too, as git itself has it: it only saves looking into each, and must name none that is gone. */
async function removeIndexed(folder: string, files: readonly string[]): Promise<void> {
  const shared = join(folder, 'multi-pack-index');
  const names = await readFile(shared).catch(() => undefined);
  if (names && files.some((file) => names.includes(basename(file)))) await rm(shared, { force: true });
  for (const file of files) await rm(file, { force: true });
}

/** Removes our packs that are not whole. To be called while the store has their objects, before those are put back. */
export async function removeTornPacks(gitDir: string): Promise<void> {
  const folder = join(gitDir, 'objects', 'pack');
  const files = await readdir(folder).catch(() => []);
  const names = new Set(
    files.filter((file) => file.startsWith(OUR_PACK)).map((file) => file.replace(/\.(pack|idx)$/, '')),
  );
  for (const name of names) {
    const paths = [join(folder, `${name}.pack`), join(folder, `${name}.idx`)];
    const whole = await Promise.all(paths.map(isWhole));
    if (!whole.every(Boolean)) await removeIndexed(folder, paths);
  }
}

/** Packs and indexes end with the checksum of what comes before. */
async function isWhole(path: string): Promise<boolean> {
  const content = await readFile(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return Buffer.alloc(0);
    throw error;
  });
  const end = content.length - CHECKSUM_BYTES;
  return end > 0 && createHash('sha1').update(content.subarray(0, end)).digest().equals(content.subarray(end));
}
