/**
 * One daemon a data directory: a file that names the process holding it, told apart from a reused pid by its start time.
 */

import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

interface Holder {
  pid: number;
  /** Clock ticks since boot at which the process started: field 22 of `/proc/<pid>/stat`. */
  startTicks: string;
}

async function startTicksOf(pid: number): Promise<string | undefined> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  } catch {
    return undefined;
  }
}

const pathIn = (runDir: string) => join(runDir, 'reflet.pid');

/** The process that holds the directory, while it lives. */
export async function readHolder(runDir: string): Promise<Holder | undefined> {
  try {
    const holder = JSON.parse(await readFile(pathIn(runDir), 'utf8')) as Holder;
    return (await startTicksOf(holder.pid)) === holder.startTicks ? holder : undefined;
  } catch {
    return undefined; // absent, or half-written by a process that died: nobody holds it
  }
}

/** Throws when another process holds the directory. The returned function releases it. */
export async function acquireLock(runDir: string): Promise<() => Promise<void>> {
  await mkdir(runDir, { recursive: true, mode: 0o700 });
  const holder = await readHolder(runDir);
  if (holder)
    throw new Error(`${runDir} is in use by process ${holder.pid}: stop that reflet first, or give another --data-dir`);
  const own: Holder = { pid: process.pid, startTicks: (await startTicksOf(process.pid)) ?? '' };
  await writeFile(pathIn(runDir), JSON.stringify(own), { mode: 0o600 });
  return () => rm(pathIn(runDir), { force: true });
}
