/**
 * The Node object of this host: labels, capacity, conditions, in the kubelet's form. Pure.
 */

import { formatTime } from '../../base/clock.ts';
import type { ContainerImage, Node, NodeCondition, NodeStatus } from '../../kinds/types.generated.ts';
import type { ListedImage } from '../podman/images.ts';
import type { HostFacts, HostUse } from './facts.ts';

export interface NodeIdentity {
  name: string;
  ip: string;
  podCidr: string | undefined;
  /** `v1.32.0` */
  kubeletVersion: string;
  /** `podman://4.3.1` */
  runtimeVersion: string;
}

/** Why the container runtime cannot be used; undefined: it can. */
export type RuntimeProblem = string | undefined;

export const PODS_MAX = 110;
/** The kubelet's default eviction thresholds. */
const MEMORY_RESERVED_BYTES = 100 * 1024 * 1024;
const DISK_RESERVED_FRACTION = 0.1;
const INODES_RESERVED_FRACTION = 0.05;
const PIDS_RESERVED_FRACTION = 0.05;
/** The same in the kubelet's words. */
export const evictionThresholds = (): Record<string, string> => ({
  'memory.available': `${MEMORY_RESERVED_BYTES / 2 ** 20}Mi`,
  'nodefs.available': `${DISK_RESERVED_FRACTION * 100}%`,
  'nodefs.inodesFree': `${INODES_RESERVED_FRACTION * 100}%`,
  'pid.available': `${PIDS_RESERVED_FRACTION * 100}%`,
});

/** `nodeStatusMaxImages` */
const IMAGES_MAX = 50;
const KUBELET_PORT = 10_250;

export function nodeLabels({ hostname, architecture }: HostFacts, name: string): Record<string, string> {
  return {
    'beta.kubernetes.io/arch': architecture,
    'beta.kubernetes.io/os': 'linux',
    'kubernetes.io/arch': architecture,
    'kubernetes.io/hostname': name || hostname,
    'kubernetes.io/os': 'linux',
  };
}

export function renderNode(facts: HostFacts, identity: NodeIdentity): Node {
  const { name, podCidr } = identity;
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name,
      labels: nodeLabels(facts, name),
      annotations: { 'volumes.kubernetes.io/controller-managed-attach-detach': 'true' },
    },
    spec: podCidr ? { podCIDR: podCidr, podCIDRs: [podCidr] } : {},
  };
}

const kibibytes = (bytes: number) => `${Math.floor(bytes / 1024)}Ki`;

function capacityOf({ cpus, memoryBytes, diskBytes }: HostFacts): Record<string, string> {
  return {
    cpu: String(cpus),
    'ephemeral-storage': kibibytes(diskBytes),
    'hugepages-1Gi': '0',
    'hugepages-2Mi': '0',
    memory: kibibytes(memoryBytes),
    pods: String(PODS_MAX),
  };
}

export function allocatableOf(facts: HostFacts): Record<string, string> {
  return {
    ...capacityOf(facts),
    'ephemeral-storage': String(Math.floor(facts.diskBytes * (1 - DISK_RESERVED_FRACTION))),
    memory: kibibytes(facts.memoryBytes - MEMORY_RESERVED_BYTES),
  };
}

/** What others advertise on a node (device plugins, administrators): `example.com/foo`. Names below kubernetes.io are the agent's own to tell. */
function advertised(capacity: Readonly<Record<string, string>> = {}): Record<string, string> {
  const isForeign = (name: string) => /^[^/]+\//.test(name) && !/(^|\.)kubernetes\.io\//.test(name);
  return Object.fromEntries(Object.entries(capacity).filter(([name]) => isForeign(name)));
}

interface Finding {
  type: string;
  status: 'True' | 'False';
  reason: string;
  message: string;
}

function pressure(type: string, found: boolean, bad: [string, string], good: [string, string]): Finding {
  const [reason, message] = found ? bad : good;
  return { type, status: found ? 'True' : 'False', reason, message };
}

function findings({ diskBytes }: HostFacts, use: HostUse, problem: RuntimeProblem): Finding[] {
  const diskFull =
    use.diskAvailableBytes < diskBytes * DISK_RESERVED_FRACTION ||
    use.inodesFree < use.inodes * INODES_RESERVED_FRACTION;
  return [
    pressure(
      'MemoryPressure',
      use.memoryAvailableBytes < MEMORY_RESERVED_BYTES,
      ['KubeletHasInsufficientMemory', 'kubelet has insufficient memory available'],
      ['KubeletHasSufficientMemory', 'kubelet has sufficient memory available'],
    ),
    pressure(
      'DiskPressure',
      diskFull,
      ['KubeletHasDiskPressure', 'kubelet has disk pressure'],
      ['KubeletHasNoDiskPressure', 'kubelet has no disk pressure'],
    ),
    pressure(
      'PIDPressure',
      use.processes > use.processesMax * (1 - PIDS_RESERVED_FRACTION),
      ['KubeletHasInsufficientPID', 'kubelet has insufficient PID available'],
      ['KubeletHasSufficientPID', 'kubelet has sufficient PID available'],
    ),
    problem === undefined
      ? { type: 'Ready', status: 'True', reason: 'KubeletReady', message: 'kubelet is posting ready status' }
      : { type: 'Ready', status: 'False', reason: 'KubeletNotReady', message: problem },
  ];
}

function conditionsOf(found: readonly Finding[], before: readonly NodeCondition[], now: number): NodeCondition[] {
  const own = found.map((finding) => {
    const old = before.find(({ type }) => type === finding.type);
    const since = old?.status === finding.status ? old.lastTransitionTime : undefined;
    return { ...finding, lastHeartbeatTime: formatTime(now), lastTransitionTime: since ?? formatTime(now) };
  });
  return [...before.filter(({ type }) => !found.some((finding) => finding.type === type)), ...own];
}

function imagesOf(images: readonly ListedImage[]): ContainerImage[] {
  return images
    .map(({ RepoDigests, RepoTags, Size }) => ({
      names: [...(RepoDigests ?? []), ...(RepoTags ?? [])],
      sizeBytes: Size,
    }))
    .filter(({ names }) => names.length > 0)
    .sort((a, b) => b.sizeBytes - a.sizeBytes)
    .slice(0, IMAGES_MAX);
}

export interface NodeObservation {
  facts: HostFacts;
  use: HostUse;
  images: readonly ListedImage[];
  problem: RuntimeProblem;
}

export function renderNodeStatus(
  { facts, use, images, problem }: NodeObservation,
  identity: NodeIdentity,
  before: Readonly<NodeStatus>,
  now: number,
): NodeStatus {
  return {
    ...before,
    capacity: { ...advertised(before.capacity), ...capacityOf(facts) },
    allocatable: { ...advertised(before.capacity), ...allocatableOf(facts) },
    conditions: conditionsOf(findings(facts, use, problem), before.conditions ?? [], now),
    addresses: [
      { type: 'InternalIP', address: identity.ip },
      { type: 'Hostname', address: identity.name },
    ],
    daemonEndpoints: { kubeletEndpoint: { Port: KUBELET_PORT } },
    nodeInfo: {
      machineID: facts.machineId,
      systemUUID: facts.systemUuid,
      bootID: facts.bootId,
      kernelVersion: facts.kernelVersion,
      osImage: facts.osImage,
      containerRuntimeVersion: identity.runtimeVersion,
      kubeletVersion: identity.kubeletVersion,
      kubeProxyVersion: identity.kubeletVersion,
      operatingSystem: 'linux',
      architecture: facts.architecture,
    },
    images: imagesOf(images),
  };
}
