/**
 * What this host is and has, for its Node object: systeminformation for what it is, the kernel's own files for what changes.
 */

import { readFile, statfs } from 'node:fs/promises';
import { arch, availableParallelism, totalmem } from 'node:os';
import { mem, osInfo, uuid } from 'systeminformation';

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

/** `directory`: on the disk that pods write to. */
export async function readHostFacts(directory: string): Promise<HostFacts> {
  const [system, { total }, ids, disk] = await Promise.all([osInfo(), mem(), uuid(), statfs(directory)]);
  const machineId = await text('/etc/machine-id');
  return {
    hostname: system.hostname,
    architecture: ARCHITECTURES[arch()] ?? arch(),
    kernelVersion: system.kernel,
    osImage:
      [system.distro, system.release, system.codename && `(${system.codename})`].filter(Boolean).join(' ') || 'Linux',
    machineId,
    systemUuid: ids.hardware || ids.os || machineId,
    bootId: await text('/proc/sys/kernel/random/boot_id'),
    cpus: availableParallelism(),
    memoryBytes: total,
    diskBytes: disk.blocks * disk.bsize,
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
