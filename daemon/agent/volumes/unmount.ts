/**
 * The mount table, and taking mounts away before a directory is deleted.
 *
 * Invariant: nothing is ever deleted through a mount. What is bound below a pod's directory may be a directory of the host, so a mount that
 * cannot be taken away is an error, and paths are compared as the kernel writes them (links resolved, special characters escaped).
 */

import { readFile, realpath, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { run } from '../../base/process.ts';

/** Spaces, tabs, newlines and backslashes stand as `\040` and the like (proc(5)). */
export function unescapeMountPath(text: string): string {
  if (!text.includes('\\')) return text;
  const bytes: number[] = [];
  const raw = Buffer.from(text);
  for (let at = 0; at < raw.length; at++) {
    const octal = raw[at] === 0x5c ? /^[0-3][0-7]{2}/.exec(raw.toString('latin1', at + 1, at + 4))?.[0] : undefined;
    bytes.push(octal === undefined ? raw[at]! : Number.parseInt(octal, 8));
    if (octal !== undefined) at += 3;
  }
  return Buffer.from(bytes).toString();
}

/** Every mount point of this process's namespace, in the order of mounting; one that is mounted over appears more than once. */
export async function readMountPoints(): Promise<string[]> {
  const table = await readFile('/proc/self/mountinfo', 'utf8');
  return table
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => unescapeMountPath(line.split(' ')[4] ?? ''));
}

/** The path as the kernel names it; a last part that does not exist (any more) stays as it is. */
async function kernelPath(path: string): Promise<string> {
  const whole = await realpath(path).catch(() => undefined);
  if (whole !== undefined) return whole;
  const parent = await realpath(dirname(path)).catch(() => undefined);
  return parent === undefined ? path : join(parent, basename(path));
}

async function mountsBelow(path: string): Promise<string[]> {
  const real = await kernelPath(path);
  return (await readMountPoints()).filter((point) => point === real || point.startsWith(`${real}/`));
}

/** Whether something is mounted at exactly this path. */
export async function isMounted(path: string): Promise<boolean> {
  const real = await realpath(path).catch(() => undefined);
  return real !== undefined && (await readMountPoints()).includes(real);
}

/** Unmounts everything at or below `path`, the deepest first. Throws when something stays mounted. */
export async function unmountBelow(path: string): Promise<void> {
  const points = await mountsBelow(path);
  if (points.length === 0) return;
  let problem = '';
  for (const point of points.reverse()) {
    const { exitCode, stderr } = await run('umount', ['--no-canonicalize', '--lazy', point]);
    if (exitCode !== 0) problem = stderr.trim();
  }
  const [left] = await mountsBelow(path);
  if (left !== undefined) throw new Error(`${left} is still mounted (${problem}): nothing below ${path} was deleted`);
}

/** Deletes a directory of the agent's own, never through a mount. */
export async function removeUnmounted(path: string): Promise<void> {
  await unmountBelow(path);
  await rm(path, { recursive: true, force: true });
}
