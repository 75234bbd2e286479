/** What the processes of one control group use, v1 and v2. */

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readCounters } from './kernel-files.ts';

const ROOT = '/sys/fs/cgroup';

export interface MemoryUsage {
  usageBytes: number;
  /** What cannot be taken back without harm: without files that nobody has read lately. */
  workingSetBytes: number;
  rssBytes: number;
  cacheBytes: number;
  pageFaults: number;
  majorPageFaults: number;
}

export interface GroupUsage {
  cpuNs: number;
  memory: MemoryUsage;
  swapBytes: number;
  processes: number;
}

const read = (...path: string[]): Promise<string> => readFile(join(ROOT, ...path), 'utf8').catch(() => '');

/** `path`: below each controller's root. Undefined: there is no such group. */
export async function readGroupUsage(path: string): Promise<GroupUsage | undefined> {
  if (path.length < 2) return undefined;
  return (await readUnified(path)) ?? (await readSeparate(path));
}

/** Of v2, where one directory has all of it. */
async function readUnified(path: string): Promise<GroupUsage | undefined> {
  const processor = await read(path, 'cpu.stat');
  if (processor === '') return undefined;
  const [current, detail, swap, processes] = await Promise.all(
    ['memory.current', 'memory.stat', 'memory.swap.current', 'pids.current'].map((name) => read(path, name)),
  );
  const counted = readCounters(detail!);
  return {
    cpuNs: (readCounters(processor).get('usage_usec') ?? 0) * 1000,
    memory: memoryOf(Number(current), {
      inactive: counted.get('inactive_file'),
      rss: counted.get('anon'),
      cache: counted.get('file'),
      faults: counted.get('pgfault'),
      majorFaults: counted.get('pgmajfault'),
    }),
    swapBytes: Number(swap),
    processes: Number(processes),
  };
}

/** Of v1, where each controller has a hierarchy. */
async function readSeparate(path: string): Promise<GroupUsage | undefined> {
  const processor = await read('cpuacct', path, 'cpuacct.usage');
  if (processor === '') return undefined;
  const [current, detail, processes] = await Promise.all([
    read('memory', path, 'memory.usage_in_bytes'),
    read('memory', path, 'memory.stat'),
    read('pids', path, 'pids.current'),
  ]);
  const counted = readCounters(detail);
  return {
    cpuNs: Number(processor),
    memory: memoryOf(Number(current), {
      inactive: counted.get('total_inactive_file'),
      rss: counted.get('total_rss'),
      cache: counted.get('total_cache'),
      faults: counted.get('total_pgfault'),
      majorFaults: counted.get('total_pgmajfault'),
    }),
    swapBytes: counted.get('total_swap') ?? 0,
    processes: Number(processes),
  };
}

type Counted = Record<'inactive' | 'rss' | 'cache' | 'faults' | 'majorFaults', number | undefined>;

function memoryOf(usageBytes: number, counted: Counted): MemoryUsage {
  return {
    usageBytes,
    workingSetBytes: Math.max(0, usageBytes - (counted.inactive ?? 0)),
    rssBytes: counted.rss ?? 0,
    cacheBytes: counted.cache ?? 0,
    pageFaults: counted.faults ?? 0,
    majorPageFaults: counted.majorFaults ?? 0,
  };
}
