/**
 * subPath without races: the path is walked from the volume's root by file descriptors that follow no links, and what was found is bound to a
 * path of the agent's own, so that nothing a container does to its volume in between can lead outside (CVE-2017-1002101 and its kin).
 */

import { constants } from 'node:fs';
import { type FileHandle, mkdir, open, readFile, realpath, stat, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { run } from '../../base/process.ts';

/** Opens a name without opening what it is (a FIFO, a device): enough to bind it. Not in node:fs' constants. */
const O_PATH = 0o10000000;

const inDescriptor = (handle: FileHandle, name: string) => `/proc/self/fd/${handle.fd}/${name}`;

async function openStep(parent: FileHandle, name: string): Promise<FileHandle> {
  const flags = O_PATH | constants.O_NOFOLLOW;
  return open(inDescriptor(parent, name), flags);
}

/** The path below `root` that `subPath` names, links within the volume resolved; missing directories are made. */
async function resolveInside(root: string, subPath: string): Promise<string[]> {
  const wanted = join(root, subPath);
  const real = await realpath(wanted).catch(() => undefined);
  if (real === undefined) return splitInside(root, wanted, subPath);
  return splitInside(await realpath(root), real, subPath);
}

function splitInside(root: string, path: string, subPath: string): string[] {
  const inside = relative(root, path);
  if (inside === '..' || inside.startsWith('../') || inside.startsWith('/'))
    throw new Error(`subpath ${JSON.stringify(subPath)} is outside of its volume`);
  return inside.split('/').filter((part) => part !== '');
}

/** Binds `subPath` of the volume at `root` to `target`, which is made. Throws when it would lead outside. */
export async function bindSubPath(root: string, subPath: string, target: string): Promise<void> {
  const steps = await resolveInside(root, subPath);
  const handles = [await open(await realpath(root), O_PATH | constants.O_DIRECTORY)];
  try {
    for (const step of steps) {
      const parent = handles.at(-1)!;
      const next = await openStep(parent, step).catch(async (error: NodeJS.ErrnoException) => {
        if (error.code !== 'ENOENT') throw error;
        await mkdir(inDescriptor(parent, step), { mode: 0o750 });
        return openStep(parent, step);
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
  // A new container sees what is there now; running ones keep the mount they have.
  if (await isMounted(target)) await run('umount', ['-l', target]);
  await mkdir(dirname(target), { recursive: true, mode: 0o700 });
  if ((await source.stat()).isDirectory()) await mkdir(target, { recursive: true });
  else await writeFile(target, '', { flag: 'a' });
  const { exitCode, stderr } = await run('mount', [
    '--no-canonicalize',
    '--bind',
    `/proc/${process.pid}/fd/${source.fd}`,
    target,
  ]);
  if (exitCode !== 0) throw new Error(`mount of a subPath failed: ${stderr.trim()}`);
}

/** Whether something is mounted at `path`: its device differs from its directory's, or the mount table names it. */
export async function isMounted(path: string): Promise<boolean> {
  if (!(await stat(path).catch(() => undefined))) return false;
  const table = await readFile('/proc/self/mountinfo', 'utf8');
  return table.split('\n').some((line) => line.split(' ')[4] === path);
}
