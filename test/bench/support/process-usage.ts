/** Processor time and memory of processes and of all that descend from them, from /proc. */

import { readdirSync, readFileSync } from 'node:fs';

/** USER_HZ is 100 on every Linux that node runs on. */
const TICK_MS = 10;

/** Fields of /proc/PID/stat after the command's name, which may hold anything. */
function statOf(pid: number): string[] | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return text.slice(text.lastIndexOf(')') + 2).split(' ');
  } catch {
    return undefined; // it has ended
  }
}

/** User and system time that a process has used, in ms; with `children`, also that of its children that have ended. */
export function processorMs(pid: number, children = false): number {
  const fields = statOf(pid);
  if (!fields) return 0;
  const wanted = children ? [11, 12, 13, 14] : [11, 12];
  return wanted.reduce((sum, field) => sum + Number(fields[field]), 0) * TICK_MS;
}

/** A process and its living descendants. */
export function treeOf(root: number): number[] {
  const parents = new Map<number, number>();
  for (const name of readdirSync('/proc')) {
    const pid = Number(name);
    const parent = pid > 0 ? statOf(pid)?.[1] : undefined;
    if (parent !== undefined) parents.set(pid, Number(parent));
  }
  const tree = [root];
  for (const pid of tree) for (const [child, parent] of parents) if (parent === pid) tree.push(child);
  return tree;
}

/** Proportional set size in bytes: shared pages are divided among those who share them. */
export function pssBytes(pid: number): number {
  try {
    const match = /^Pss:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'));
    return Number(match?.[1] ?? 0) * 1024;
  } catch {
    return 0;
  }
}
