/**
 * What this host is and has (systeminformation, /proc): read once, and its changing parts each time they are asked for.
 */

import { readFile, statfs } from 'node:fs/promises';
import { arch, cpus, release, totalmem } from 'node:os';
import { osInfo } from 'systeminformation';

export interface HostFacts {
  machineId: string;
  bootId: string;
  systemUuid: string;
  kernelVersion: string;
  /** `Debian GNU/Linux 12 (bookworm)` */
  osImage: string;
  /** `podman://4.3.1` */
  containerRuntimeVersion: string;
  /** As Go names it: `amd64`, `arm64`. */
  architecture: string;
  cpus: number;
  memoryBytes: number;
  diskBytes: number;
}

export interface HostPressure {
  memoryAvailableBytes: number;
  memoryBytes: number;
  diskAvailableBytes: number;
  diskBytes: number;
  inodesFree: number;
  inodes: number;
  pids: number;
  pidsMax: number;
}

const ARCHITECTURES: Record<string, string> = {
  x64: 'amd64',
  arm64: 'arm64',
  arm: 'arm',
  ia32: '386',
  ppc64: 'ppc64le',
  s390x: 's390x',
  riscv64: 'riscv64',
};

const read = (path: string) =>
  readFile(path, 'utf8').then(
    (text) => text.trim(),
    () => '',
  );

/** `directory`: on the file system that pods' volumes and logs fill. */
export async function readHostFacts(directory: string, podmanVersion: string): Promise<HostFacts> {
  const { distro, release: distroRelease, codename } = await osInfo();
  const { blocks, bsize } = await statfs(directory);
  return {
    machineId: await read('/etc/machine-id'),
    bootId: await read('/proc/sys/kernel/random/boot_id'),
    systemUuid: (await read('/sys/class/dmi/id/product_uuid')) || (await read('/etc/machine-id')),
    kernelVersion: release(),
    osImage: [distro, distroRelease, codename ? `(${codename})` : ''].filter((part) => part !== '').join(' '),
    containerRuntimeVersion: `podman://${podmanVersion}`,
    architecture: ARCHITECTURES[arch()] ?? arch(),
    cpus: cpus().length,
    memoryBytes: totalmem(),
    diskBytes: blocks * bsize,
  };
}

export async function readHostPressure(directory: string): Promise<HostPressure> {
  const [meminfo, loadavg, pidMax, disk] = await Promise.all([
    read('/proc/meminfo'),
    read('/proc/loadavg'),
    read('/proc/sys/kernel/pid_max'),
    statfs(directory),
  ]);
  const kibibytes = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(meminfo)?.[1] ?? 0);
  return {
    memoryAvailableBytes: kibibytes('MemAvailable') * 1024,
    memoryBytes: kibibytes('MemTotal') * 1024,
    diskAvailableBytes: disk.bavail * disk.bsize,
    diskBytes: disk.blocks * disk.bsize,
    inodesFree: disk.ffree,
    inodes: disk.files,
    pids: Number(/\/(\d+) /.exec(loadavg)?.[1] ?? 0),
    pidsMax: Number(pidMax) || 32_768,
  };
}
