/**
 * What this host is and has, for its Node object.
 */

import { readFile, statfs } from 'node:fs/promises';
import { arch, availableParallelism, hostname, release, totalmem } from 'node:os';

export interface HostFacts {
  hostname: string;
  /** `amd64`, `arm64` */
  architecture: string;
  kernelVersion: string;
  osImage: string;
  machineId: string;
  systemUuid: string;
  bootId: string;
  cpus: number;
  memoryBytes: number;
  diskBytes: number;
}

export interface HostUse {
  memoryAvailableBytes: number;
  diskAvailableBytes: number;
  inodesFree: number;
  inodes: number;
  processes: number;
  processesMax: number;
}

const ARCHITECTURES: Record<string, string> = { x64: 'amd64', ia32: '386' };

async function text(path: string): Promise<string> {
  return (await readFile(path, 'utf8').catch(() => '')).trim();
}

async function osImage(): Promise<string> {
  const match = /^PRETTY_NAME="?([^"\n]*)"?$/m.exec(await text('/etc/os-release'));
  return match?.[1] || 'Linux';
}

/** `directory`: on the disk that pods write to. */
export async function readHostFacts(directory: string): Promise<HostFacts> {
  const { blocks, bsize } = await statfs(directory);
  const bootId = await text('/proc/sys/kernel/random/boot_id');
  const machineId = await text('/etc/machine-id');
  return {
    hostname: hostname(),
    architecture: ARCHITECTURES[arch()] ?? arch(),
    kernelVersion: release(),
    osImage: await osImage(),
    machineId,
    systemUuid: (await text('/sys/class/dmi/id/product_uuid')) || machineId,
    bootId,
    cpus: availableParallelism(),
    memoryBytes: totalmem(),
    diskBytes: blocks * bsize,
  };
}

export async function readHostUse(directory: string): Promise<HostUse> {
  const { bavail, bsize, ffree, files } = await statfs(directory);
  const available = /^MemAvailable:\s+(\d+) kB$/m.exec(await text('/proc/meminfo'));
  const tasks = /^\S+ \S+ \S+ \d+\/(\d+)/.exec(await text('/proc/loadavg'));
  return {
    memoryAvailableBytes: available ? Number(available[1]) * 1024 : totalmem(),
    diskAvailableBytes: bavail * bsize,
    inodesFree: ffree,
    inodes: files,
    processes: Number(tasks?.[1] ?? 0),
    processesMax: Number((await text('/proc/sys/kernel/pid_max')) || 32_768),
  };
}
