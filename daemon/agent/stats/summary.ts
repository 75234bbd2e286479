/**
 * `stats/summary`: the kubelet's Summary (`k8s.io/kubelet/pkg/apis/stats/v1alpha1`), which dashboards and autoscalers read. Pure.
 */

import { formatTime } from '../../base/clock.ts';
import type { DiskUsage } from './disk-usage.ts';
import type { GroupUsage, MemoryUsage } from './group-usage.ts';
import type { InterfaceUsage } from './kernel-files.ts';
import type { ContainerReading, FileSystem, NodeReading, PodReading, VolumeReading } from './reading.ts';

type Json = Record<string, unknown>;

export function renderSummary(reading: NodeReading): Json {
  const time = formatTime(reading.atMs);
  return { node: nodeSummary(reading, time), pods: reading.pods.map((pod) => podSummary(pod, reading, time)) };
}

function nodeSummary(reading: NodeReading, time: string): Json {
  const { nodeName, host, nanoCores, disk, interfaces, agent } = reading;
  const outward = interfaces.find(({ name }) => name === reading.defaultInterface);
  return {
    nodeName,
    systemContainers: [
      {
        name: 'kubelet',
        startTime: formatTime(agent.startedMs),
        cpu: { time, usageCoreNanoSeconds: agent.cpuNs },
        memory: { time, usageBytes: agent.rssBytes, workingSetBytes: agent.rssBytes, rssBytes: agent.rssBytes },
      },
      {
        name: 'pods',
        startTime: formatTime(host.bootMs),
        ...sumOf(
          reading.pods.flatMap(({ containers }) => containers),
          time,
        ),
      },
    ],
    startTime: formatTime(host.bootMs),
    cpu: processor(host.cpuNs, nanoCores, time),
    memory: {
      ...memory(host.memory, time),
      availableBytes: Math.max(0, host.memoryBytes - host.memory.workingSetBytes),
    },
    network: network(outward, interfaces, time),
    fs: fileSystem(disk, time),
    runtime: { imageFs: fileSystem(disk, time), containerFs: fileSystem(disk, time) },
    rlimit: { time, maxpid: host.processesMax, curproc: host.processes },
    swap: { time, swapAvailableBytes: host.swapFreeBytes, swapUsageBytes: host.swapBytes },
  };
}

function podSummary({ pod, containers, interfaces, volumes }: PodReading, { disk }: NodeReading, time: string): Json {
  const { name = '', namespace = '', uid = '' } = pod.metadata ?? {};
  const scratch = [
    ...containers.flatMap(({ writable, logs }) => [writable, logs]),
    ...volumes.filter(({ isScratch }) => isScratch).map(({ usage }) => usage),
  ];
  return {
    podRef: { name, namespace, uid },
    startTime: pod.status?.startTime ?? time,
    containers: containers.map((one) => containerSummary(one, disk, time)),
    ...sumOf(containers, time),
    ...(interfaces.length > 0 ? { network: network(interfaces.find(isPodInterface), interfaces, time) } : {}),
    ...(volumes.length > 0 ? { volume: volumes.map((volume) => volumeSummary(volume, time)) } : {}),
    'ephemeral-storage': used(disk, total(scratch), time),
    process_stats: { process_count: containers.reduce((sum, { usage }) => sum + usage.processes, 0) },
  };
}

const isPodInterface = ({ name }: InterfaceUsage): boolean => name === 'eth0';

function containerSummary(
  { container, usage, nanoCores, writable, logs }: ContainerReading,
  disk: FileSystem,
  time: string,
): Json {
  return {
    name: container.name,
    startTime: formatTime(container.startedMs),
    cpu: processor(usage.cpuNs, nanoCores, time),
    memory: memory(usage.memory, time),
    rootfs: used(disk, writable, time),
    logs: used(disk, logs, time),
    swap: { time, swapUsageBytes: usage.swapBytes },
  };
}

function sumOf(containers: readonly ContainerReading[], time: string): Json {
  const add = (read: (usage: GroupUsage) => number) => containers.reduce((sum, { usage }) => sum + read(usage), 0);
  const rates = containers.flatMap(({ nanoCores }) => nanoCores ?? []);
  const rate = rates.length === containers.length ? rates.reduce((sum, one) => sum + one, 0) : undefined;
  const together: MemoryUsage = {
    usageBytes: add((usage) => usage.memory.usageBytes),
    workingSetBytes: add((usage) => usage.memory.workingSetBytes),
    rssBytes: add((usage) => usage.memory.rssBytes),
    cacheBytes: add((usage) => usage.memory.cacheBytes),
    pageFaults: add((usage) => usage.memory.pageFaults),
    majorPageFaults: add((usage) => usage.memory.majorPageFaults),
  };
  const swapUsageBytes = add((usage) => usage.swapBytes);
  return {
    cpu: processor(
      add((usage) => usage.cpuNs),
      rate,
      time,
    ),
    memory: memory(together, time),
    swap: { time, swapUsageBytes },
  };
}

const processor = (cpuNs: number, nanoCores: number | undefined, time: string): Json => ({
  time,
  ...(nanoCores === undefined ? {} : { usageNanoCores: nanoCores }),
  usageCoreNanoSeconds: Math.round(cpuNs),
});

const memory = ({ cacheBytes: _, ...used }: MemoryUsage, time: string): Json => ({ time, ...used });

function network(main: InterfaceUsage | undefined, all: readonly InterfaceUsage[], time: string): Json {
  const traffic = ({ name, rxBytes, rxErrors, txBytes, txErrors }: InterfaceUsage): Json => ({
    ...{ name, rxBytes, rxErrors, txBytes, txErrors },
  });
  return { time, ...(main ? traffic(main) : { name: '' }), interfaces: all.map(traffic) };
}

const fileSystem = ({ inodes, inodesFree, ...bytes }: FileSystem, time: string): Json => ({
  ...{ time, ...bytes, inodesFree, inodes, inodesUsed: inodes - inodesFree },
});

/** What a part of a file system takes of it. */
const used = (
  { availableBytes, capacityBytes, inodes, inodesFree }: FileSystem,
  part: DiskUsage,
  time: string,
): Json => ({
  ...{ time, availableBytes, capacityBytes, usedBytes: part.bytes, inodesFree, inodes, inodesUsed: part.inodes },
});

const volumeSummary = ({ name, usage, fileSystem: lies }: VolumeReading, time: string): Json => ({
  ...used(lies, usage, time),
  name,
});

const total = (parts: readonly DiskUsage[]): DiskUsage => ({
  bytes: parts.reduce((sum, { bytes }) => sum + bytes, 0),
  inodes: parts.reduce((sum, { inodes }) => sum + inodes, 0),
});
