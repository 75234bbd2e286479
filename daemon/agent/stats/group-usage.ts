/** What the processes of one control group use, v1 and v2. */

import { existsSync, readFileSync } from 'node:fs';
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

/** At once: the kernel answers from memory in some microseconds, and a thread that waits for it would take twenty times as long. */
function read(...path: string[]): string {
  try {
    return readFileSync(join(ROOT, ...path), 'utf8');
  } catch {
    return '';
  }
}

let isUnified: boolean | undefined;

/** `path`: below each controller's root. Undefined: there is no such group. */
export function readGroupUsage(path: string): GroupUsage | undefined {
  if (path.length < 2) return undefined;
  isUnified ??= existsSync(join(ROOT, 'cgroup.controllers'));
  return isUnified ? readUnified(path) : readSeparate(path);
}

/** Of v2, where one directory has all of it. */
function readUnified(path: string): GroupUsage | undefined {
  const processor = read(path, 'cpu.stat');
  if (processor === '') return undefined;
  const counted = readCounters(read(path, 'memory.stat'));
  return {
    cpuNs: (readCounters(processor).get('usage_usec') ?? 0) * 1000,
    memory: memoryOf(Number(read(path, 'memory.current')), {
      inactive: counted.get('inactive_file'),
      rss: counted.get('anon'),
      cache: counted.get('file'),
      faults: counted.get('pgfault'),
      majorFaults: counted.get('pgmajfault'),
    }),
    swapBytes: Number(read(path, 'memory.swap.current')),
    processes: Number(read(path, 'pids.current')),
  };
}

/** Of v1, where each controller has a hierarchy. */
function readSeparate(path: string): GroupUsage | undefined {
  const processor = read('cpuacct', path, 'cpuacct.usage');
  if (processor === '') return undefined;
  const counted = readCounters(read('memory', path, 'memory.stat'));
  return {
    cpuNs: Number(processor),
    memory: memoryOf(Number(read('memory', path, 'memory.usage_in_bytes')), {
      inactive: counted.get('total_inactive_file'),
      rss: counted.get('total_rss'),
      cache: counted.get('total_cache'),
      faults: counted.get('total_pgfault'),
      majorFaults: counted.get('total_pgmajfault'),
    }),
    swapBytes: counted.get('total_swap') ?? 0,
    processes: Number(read('pids', path, 'pids.current')),
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
