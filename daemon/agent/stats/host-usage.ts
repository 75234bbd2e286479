/** What the host as a whole uses, and the interfaces of a network namespace. */

import { readFile } from 'node:fs/promises';
import type { GroupUsage } from './group-usage.ts';
import {
  type InterfaceUsage,
  readCounters,
  readHostProcessor,
  readInterfaces,
  readMemoryInfo,
} from './kernel-files.ts';

export interface HostUsage extends GroupUsage {
  bootMs: number;
  memoryBytes: number;
  swapFreeBytes: number;
  processesMax: number;
}

const read = (path: string): Promise<string> => readFile(path, 'utf8').catch(() => '');

export async function readHostUsage(): Promise<HostUsage> {
  const [stat, info, events, load, processesMax] = await Promise.all(
    ['/proc/stat', '/proc/meminfo', '/proc/vmstat', '/proc/loadavg', '/proc/sys/kernel/pid_max'].map(read),
  );
  const { usedNs, bootMs } = readHostProcessor(stat!);
  const memory = readMemoryInfo(info!);
  const counted = readCounters(events!);
  const bytes = (name: string): number => memory.get(name) ?? 0;
  const usageBytes = bytes('MemTotal') - bytes('MemFree');
  return {
    bootMs,
    cpuNs: usedNs,
    memoryBytes: bytes('MemTotal'),
    memory: {
      usageBytes,
      workingSetBytes: Math.max(0, usageBytes - bytes('Inactive(file)')),
      rssBytes: bytes('AnonPages'),
      cacheBytes: bytes('Cached'),
      pageFaults: counted.get('pgfault') ?? 0,
      majorPageFaults: counted.get('pgmajfault') ?? 0,
    },
    swapBytes: bytes('SwapTotal') - bytes('SwapFree'),
    swapFreeBytes: bytes('SwapFree'),
    processes: Number(/^\S+ \S+ \S+ \d+\/(\d+)/.exec(load!)?.[1] ?? 0),
    processesMax: Number(processesMax),
  };
}

/** Of the network namespace that a process is in; none when it has ended. */
export async function readInterfacesOf(pid: number | 'self'): Promise<InterfaceUsage[]> {
  return readInterfaces(await read(`/proc/${pid}/net/dev`));
}

/** The interface that leads out of the host, as the kernel routes (`/proc/net/route`). */
export async function defaultInterface(): Promise<string | undefined> {
  return /^(\S+)\t00000000\t/m.exec(await read('/proc/net/route'))?.[1];
}
