/**
 * What the agent reads from and does to control groups, v1 and v2: out-of-memory kills, processes, and pods' own groups after their end.
 */

import { readdirSync, readFileSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = '/sys/fs/cgroup';

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

/** How many processes the kernel has killed there for want of memory; 0 when it cannot be known. */
export function readOomKills(cgroupPath: string): number {
  if (!cgroupPath) return 0;
  const text =
    read(join(ROOT, cgroupPath, 'memory.events')) || read(join(ROOT, 'memory', cgroupPath, 'memory.oom_control'));
  return Number(/^oom_kill (\d+)$/m.exec(text)?.[1] ?? 0);
}

/** The controllers' hierarchies: one in v2, several in v1. */
function hierarchies(): string[] {
  if (read(join(ROOT, 'cgroup.controllers')) !== '') return [ROOT];
  try {
    return readdirSync(ROOT).map((name) => join(ROOT, name));
  } catch {
    return [];
  }
}

/** Kills every process of a container. Not the whole machine: an empty path kills nothing. */
export function killGroup(cgroupPath: string): void {
  if (cgroupPath.length < 2 || !cgroupPath.includes('libpod-')) return;
  const pids = new Set<number>();
  for (const root of hierarchies()) {
    for (const line of read(join(root, cgroupPath, 'cgroup.procs')).split('\n')) {
      const pid = Number(line);
      if (pid > 1) pids.add(pid);
    }
  }
  for (const pid of pids) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // it has ended by itself
    }
  }
}

/** Removes a group and the empty groups below it; false while a process that is ending keeps one of them. */
export function removeGroup(cgroupPath: string): boolean {
  if (!cgroupPath.includes('reflet')) return true;
  return hierarchies()
    .map((root) => removeTree(join(root, cgroupPath)))
    .every(Boolean);
}

function removeTree(path: string): boolean {
  try {
    for (const entry of readdirSync(path, { withFileTypes: true }))
      if (entry.isDirectory()) removeTree(join(path, entry.name));
    rmdirSync(path);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT';
  }
}
