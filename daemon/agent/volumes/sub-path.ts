/**
 * subPath without races: the path is walked from the volume's root by file descriptors that follow no links, and what was found is bound to a
 * path of the agent's own, so that nothing a container does to its volume in between can lead outside (CVE-2017-1002101 and its kin).
 */

import { constants } from 'node:fs';
import { chmod, type FileHandle, lstat, mkdir, open, realpath, rmdir, unlink, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { run } from '../../base/process.ts';
import { unmountBelow } from './unmount.ts';

/** Opens a name without opening what it is (a FIFO, a device): enough to bind it. Not in node:fs' constants. */
const O_PATH = 0o10000000;

const inDescriptor = (handle: FileHandle, name: string) => `/proc/self/fd/${handle.fd}/${name}`;

async function openStep(parent: FileHandle, name: string): Promise<FileHandle> {
  const flags = O_PATH | constants.O_NOFOLLOW;
  return open(inDescriptor(parent, name), flags);
}

/** The path below `root` that `subPath` names, links within the volume resolved as far as it exists. */
async function resolveInside(root: string, subPath: string): Promise<string[]> {
  const missing: string[] = [];
  for (let present = join(root, subPath); ; present = dirname(present)) {
    const real = await realpath(present).catch(() => undefined);
    if (real !== undefined || present === root) return [...splitInside(root, real ?? root, subPath), ...missing];
    // A link to nowhere is no missing name: what it points to may be made later, outside.
    if (await lstat(present).catch(() => undefined))
      throw new Error(`subpath ${JSON.stringify(subPath)} leads through a link to nowhere`);
    missing.unshift(present.slice(dirname(present).length + 1));
  }
}

function splitInside(root: string, path: string, subPath: string): string[] {
  const inside = relative(root, path);
  if (inside === '..' || inside.startsWith('../') || inside.startsWith('/'))
    throw new Error(`subpath ${JSON.stringify(subPath)} is outside of its volume`);
  return inside.split('/').filter((part) => part !== '');
}

/** Binds `subPath` of the volume at `root` to `target`, which is made. Throws when it would lead outside. */
export async function bindSubPath(root: string, subPath: string, target: string): Promise<void> {
  const realRoot = await realpath(root);
  const steps = await resolveInside(realRoot, subPath);
  const handles = [await open(realRoot, O_PATH | constants.O_DIRECTORY)];
  try {
    const mode = (await handles[0]!.stat()).mode & 0o7777;
    for (const step of steps) {
      const parent = handles.at(-1)!;
      const next = await openStep(parent, step).catch(async (error: NodeJS.ErrnoException) => {
        if (error.code !== 'ENOENT') throw error;
        await mkdir(inDescriptor(parent, step), { mode: 0o750 });
        const made = await openStep(parent, step);
        // As open as the volume itself: who may write there may write here. Through the descriptor: never another file's mode.
        if ((await made.stat()).isDirectory()) await chmod(`/proc/self/fd/${made.fd}`, mode);
        return made;
      });
      handles.push(next);
      if ((await next.stat()).isSymbolicLink())
        throw new Error(`subpath ${JSON.stringify(subPath)} changed while it was being resolved`);
    }
    await bind(handles.at(-1)!, target);
  } finally {
    for (const handle of handles.reverse()) await handle.close();
  }
}

async function bind(source: FileHandle, target: string): Promise<void> {
  const isDirectory = (await source.stat()).isDirectory();
  await prepareTarget(target, isDirectory);
  const path = `/proc/${process.pid}/fd/${source.fd}`;
  const { exitCode, stderr } = await run('mount', ['--no-canonicalize', '--bind', path, target]);
  if (exitCode !== 0) throw new Error(`mount of a subPath failed: ${stderr.trim()}`);
}

/** An empty directory or file to mount upon. A new container sees what is there now; running ones keep the mount they have. */
async function prepareTarget(target: string, isDirectory: boolean): Promise<void> {
  await unmountBelow(target);
  await mkdir(dirname(target), { recursive: true, mode: 0o700 });
  const present = await lstat(target).catch(() => undefined);
  if (present?.isDirectory() && !isDirectory) await rmdir(target);
  if (present && !present.isDirectory() && isDirectory) await unlink(target);
  if (isDirectory) await mkdir(target, { recursive: true });
  else await writeFile(target, '', { flag: 'a' });
}
