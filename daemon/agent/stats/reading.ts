/** One look at all that the node and its pods use: what its answers are made from. */

import { statfs } from 'node:fs/promises';
import type { Clock } from '../../base/clock.ts';
import type { Pod } from '../../kinds/types.generated.ts';
import { containerLogDirectory } from '../logs/paths.ts';
import type { ObservedContainer } from '../pods/observed.ts';
import type { VolumeDirectory } from '../volumes/contract.ts';
import type { DiskMeter, DiskUsage } from './disk-usage.ts';
import { type GroupUsage, readGroupUsage } from './group-usage.ts';
import { defaultInterface, type HostUsage, readHostUsage, readInterfacesOf } from './host-usage.ts';
import type { InterfaceUsage } from './kernel-files.ts';
import type { Sampler } from './sampler.ts';

export interface FileSystem {
  availableBytes: number;
  capacityBytes: number;
  usedBytes: number;
  inodes: number;
  inodesFree: number;
}

export interface ContainerReading {
  container: ObservedContainer;
  usage: GroupUsage;
  nanoCores: number | undefined;
  /** What it wrote beside its volumes. */
  writable: DiskUsage;
  logs: DiskUsage;
}

export interface VolumeReading {
  name: string;
  /** Of the disk, and the pod's own. */
  isScratch: boolean;
  usage: DiskUsage;
  fileSystem: FileSystem;
}

export interface PodReading {
  pod: Readonly<Pod>;
  /** None of a pod on the host's network. */
  interfaces: readonly InterfaceUsage[];
  containers: readonly ContainerReading[];
  volumes: readonly VolumeReading[];
}

export interface NodeReading {
  atMs: number;
  nodeName: string;
  host: HostUsage;
  nanoCores: number | undefined;
  interfaces: readonly InterfaceUsage[];
  defaultInterface: string | undefined;
  disk: FileSystem;
  agent: { startedMs: number; cpuNs: number; rssBytes: number };
  pods: readonly PodReading[];
}

export interface ReadingSources {
  nodeName: string;
  /** On the disk that pods write to. */
  dataDir: string;
  logRoot: string;
  startedMs: number;
  pods(): readonly Readonly<Pod>[];
  containersOf(uid: string): readonly ObservedContainer[];
  volumesOf(pod: Readonly<Pod>): readonly VolumeDirectory[];
  sampler: Pick<Sampler, 'nanoCores'>;
  meter: DiskMeter;
  clock: Clock;
}

const NOTHING: DiskUsage = { bytes: 0, inodes: 0 };

export async function readNode(sources: ReadingSources): Promise<NodeReading> {
  const { nodeName, dataDir, startedMs, sampler, clock } = sources;
  const [host, disk, interfaces, outward] = await Promise.all([
    readHostUsage(),
    readFileSystem(dataDir),
    readInterfacesOf('self'),
    defaultInterface(),
  ]);
  const pods = await Promise.all(sources.pods().map((pod) => readPod(sources, pod, disk)));
  const { user, system } = process.cpuUsage();
  return {
    ...{ atMs: clock.now(), nodeName, host, disk, interfaces, defaultInterface: outward },
    nanoCores: sampler.nanoCores(),
    agent: { startedMs, cpuNs: (user + system) * 1000, rssBytes: process.memoryUsage.rss() },
    // What does not run uses nothing.
    pods: pods.filter(({ containers }) => containers.length > 0),
  };
}

async function readFileSystem(directory: string): Promise<FileSystem> {
  const { bsize, blocks, bavail, bfree, files, ffree } = await statfs(directory);
  return {
    availableBytes: bavail * bsize,
    capacityBytes: blocks * bsize,
    usedBytes: (blocks - bfree) * bsize,
    inodes: files,
    inodesFree: ffree,
  };
}

async function readPod(sources: ReadingSources, pod: Readonly<Pod>, disk: FileSystem): Promise<PodReading> {
  const { containersOf, volumesOf, meter } = sources;
  const { uid = '' } = pod.metadata ?? {};
  const running = containersOf(uid).filter(({ state }) => state === 'running');
  if (running.length === 0) return { pod, interfaces: [], containers: [], volumes: [] };
  const [containers, interfaces, volumes] = await Promise.all([
    Promise.all(running.map((container) => readContainer(sources, container))),
    pod.spec?.hostNetwork ? [] : readInterfacesOf(running[0]!.pid),
    Promise.all(volumesOf(pod).map((volume) => readVolume(meter, volume, disk))),
  ]);
  return { pod, interfaces, containers: containers.filter((one) => one !== undefined), volumes };
}

async function readContainer(
  { sampler, meter, logRoot }: ReadingSources,
  container: ObservedContainer,
): Promise<ContainerReading | undefined> {
  const usage = readGroupUsage(container.cgroupPath);
  if (!usage) return undefined;
  const { uid, namespace, pod, name, writableLayer } = container;
  const [writable, logs] = await Promise.all([
    writableLayer ? meter.of(writableLayer) : NOTHING,
    meter.of(containerLogDirectory(logRoot, { uid, namespace, name: pod }, name)),
  ]);
  return { container, usage, nanoCores: sampler.nanoCores(container.id), writable, logs };
}

async function readVolume(
  meter: DiskMeter,
  { name, directory, medium }: VolumeDirectory,
  disk: FileSystem,
): Promise<VolumeReading> {
  const usage = await meter.of(directory);
  const fileSystem = medium === 'disk' ? disk : await readFileSystem(directory).catch(() => disk);
  return { name, isScratch: medium === 'disk', usage, fileSystem };
}
