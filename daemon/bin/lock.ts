/**
 * One daemon a data directory, and one a host: a file that names the process holding it, told apart from a reused pid by its start time.
 */

import { mkdir, readFile, readlink, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

interface Holder {
  pid: number;
  /** Clock ticks since boot at which the process started: field 22 of `/proc/<pid>/stat`. */
  startTicks: string;
  dataDir: string;
}

const HOST_LOCKS = '/run/reflet';

async function startTicksOf(pid: number): Promise<string | undefined> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  } catch {
    return undefined;
  }
}

async function readLock(path: string): Promise<Holder | undefined> {
  try {
    const holder = JSON.parse(await readFile(path, 'utf8')) as Holder;
    return (await startTicksOf(holder.pid)) === holder.startTicks ? holder : undefined;
  } catch {
    return undefined; // absent, or half-written by a process that died: nobody holds it
  }
}

const pathIn = (runDir: string) => join(runDir, 'reflet.pid');

/** The process that holds the data directory, while it lives. */
export function readHolder(runDir: string): Promise<Holder | undefined> {
  return readLock(pathIn(runDir));
}

async function acquire(
  path: string,
  dataDir: string,
  refusal: (holder: Holder) => string,
): Promise<() => Promise<void>> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const holder = await readLock(path);
  if (holder) throw new Error(refusal(holder));
  const own: Holder = { pid: process.pid, startTicks: (await startTicksOf(process.pid)) ?? '', dataDir };
  await writeFile(path, JSON.stringify(own), { mode: 0o600 });
  return () => rm(path, { force: true });
}

/** Throws when another process holds the directory. The returned function releases it. */
export function acquireDirectory(runDir: string, dataDir: string): Promise<() => Promise<void>> {
  return acquire(
    pathIn(runDir),
    dataDir,
    ({ pid }) => `${dataDir} is in use by process ${pid}: stop that reflet first, or give another --data-dir`,
  );
}

/** A host is a network namespace: bridge, rules and resolver are made once in it. Throws when another reflet looks after it. */
export async function acquireHost(dataDir: string): Promise<() => Promise<void>> {
  const namespace = (await readlink('/proc/self/ns/net')).replace(/\D/g, '');
  const path = join(HOST_LOCKS, `host-${namespace}.pid`);
  return acquire(
    path,
    dataDir,
    (holder) =>
      `this host is looked after by another reflet already (process ${holder.pid}, data in ${holder.dataDir}): stop that one first`,
  );
}
