/**
 * A directory whose files change all at once (the kubelet's AtomicWriter): the files lie in a directory of their own, `..data` links to it, and
 * each visible name links through `..data`. One rename switches all of them.
 */

import {
  chmod,
  chown,
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  readlink,
  rename,
  rm,
  symlink,
  unlink,
  writeFile,
} from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

export interface PayloadFile {
  content: Buffer;
  /** Permission bits. */
  mode: number;
}

/** Relative path (`a/b.txt`) → file. Paths never leave the directory: validation refuses `..`. */
export type Payload = ReadonlyMap<string, PayloadFile>;

export interface Ownership {
  uid?: number;
  gid?: number;
}

const DATA = '..data';
const PAYLOAD = '..payload-';

/** Writes the payload unless it is what is there already; resolves with whether it changed anything. */
export async function writePayload(directory: string, payload: Payload, owner: Ownership): Promise<boolean> {
  await mkdir(directory, { recursive: true, mode: 0o755 });
  const current = await readlink(join(directory, DATA)).catch(() => undefined);
  if (current !== undefined && (await isSame(join(directory, current), payload))) return false;
  const fresh = basename(await mkdtemp(join(directory, PAYLOAD)));
  await writeTree(join(directory, fresh), payload, owner);
  await symlink(fresh, join(directory, `${DATA}_tmp`)).catch(async () => {
    await unlink(join(directory, `${DATA}_tmp`));
    await symlink(fresh, join(directory, `${DATA}_tmp`));
  });
  await rename(join(directory, `${DATA}_tmp`), join(directory, DATA));
  await linkNames(directory, payload);
  await removeOthers(directory, fresh);
  return true;
}

/** The payload before this one, and what a crash left half written. */
async function removeOthers(directory: string, fresh: string): Promise<void> {
  for (const name of await readdir(directory)) {
    if (name.startsWith(PAYLOAD) && name !== fresh) await rm(join(directory, name), { recursive: true, force: true });
  }
}

async function writeTree(root: string, payload: Payload, owner: Ownership): Promise<void> {
  await own(root, owner, 0o755, true);
  const made = new Set<string>();
  for (const [path, { content, mode }] of payload) {
    const parent = dirname(path);
    if (parent !== '.' && !made.has(parent)) {
      await mkdir(join(root, parent), { recursive: true, mode: 0o755 });
      made.add(parent);
    }
    const file = join(root, path);
    await writeFile(file, content, { mode });
    await own(file, owner, mode, false);
  }
}

async function own(path: string, { uid, gid }: Ownership, mode: number, isDirectory: boolean): Promise<void> {
  if (uid !== undefined || gid !== undefined) await chown(path, uid ?? -1, gid ?? -1);
  // The group that a pod's fsGroup names may read what the owner may; new files in a directory take the group over.
  const withGroup = gid === undefined ? mode : mode | ((mode & 0o400) >> 3) | (isDirectory ? 0o2050 : 0);
  await chmod(path, withGroup);
}

const topName = (path: string) => path.split('/')[0]!;

/** Makes the visible names and removes those that are no longer wanted. */
async function linkNames(directory: string, payload: Payload): Promise<void> {
  const wanted = new Set([...payload.keys()].map(topName));
  for (const name of await readdir(directory)) {
    if (!name.startsWith('..') && !wanted.has(name)) await rm(join(directory, name), { recursive: true, force: true });
  }
  for (const name of wanted) {
    const path = join(directory, name);
    const present = await lstat(path).catch(() => undefined);
    if (present?.isSymbolicLink()) continue;
    if (present) await rm(path, { recursive: true, force: true });
    await symlink(join(DATA, name), path);
  }
}

async function isSame(root: string, payload: Payload): Promise<boolean> {
  const names = (await readdir(root, { recursive: true, withFileTypes: true }).catch(() => [])).filter((entry) =>
    entry.isFile(),
  );
  if (names.length !== payload.size) return false;
  for (const [path, { content }] of payload) {
    const present = await readFile(join(root, path)).catch(() => undefined);
    if (!present?.equals(content)) return false;
  }
  return true;
}
