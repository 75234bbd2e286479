/**
 * The Node object as the kubelet reports it: labels, addresses, capacity, conditions. Pure.
 */

import { formatTime } from '../../base/clock.ts';
import type { ContainerImage, Node, NodeCondition, NodeStatus } from '../../kinds/types.generated.ts';
import type { HostFacts, HostPressure } from './facts.ts';

/** The kubelet's maxPods. */
export const PODS_MAX = 110;
/** The kubelet's nodeStatusMaxImages. */
const IMAGES_MAX = 50;
/** The kubelet's default eviction thresholds. */
const MEMORY_AVAILABLE_BYTES_MIN = 100 * 2 ** 20;
const DISK_AVAILABLE_MIN = 0.1;
const INODES_FREE_MIN = 0.05;
const PIDS_USED_MAX = 0.9;
const KUBERNETES_VERSION = 'v1.32.0';

export interface NodeReport {
  name: string;
  ip: string;
  podCidr: string | undefined;
  facts: HostFacts;
  pressure: HostPressure;
  images: readonly ContainerImage[];
  /** Why containers cannot be run, or undefined when they can. */
  notReady: string | undefined;
}

export function nodeLabels({ name, facts }: Pick<NodeReport, 'name' | 'facts'>): Record<string, string> {
  return {
    'beta.kubernetes.io/arch': facts.architecture,
    'beta.kubernetes.io/os': 'linux',
    'kubernetes.io/arch': facts.architecture,
    'kubernetes.io/hostname': name,
    'kubernetes.io/os': 'linux',
  };
}

const kibibytes = (bytes: number) => `${Math.floor(bytes / 1024)}Ki`;

function capacity({ facts }: NodeReport): Record<string, string> {
  return {
    cpu: String(facts.cpus),
    'ephemeral-storage': kibibytes(facts.diskBytes),
    'hugepages-1Gi': '0',
    'hugepages-2Mi': '0',
    memory: kibibytes(facts.memoryBytes),
    pods: String(PODS_MAX),
  };
}

/** Capacity less what the eviction thresholds keep back. */
export function allocatable(report: NodeReport): Record<string, string> {
  return {
    ...capacity(report),
    memory: kibibytes(Math.max(0, report.facts.memoryBytes - MEMORY_AVAILABLE_BYTES_MIN)),
    'ephemeral-storage': String(Math.floor(report.facts.diskBytes * (1 - DISK_AVAILABLE_MIN))),
  };
}

interface Verdict {
  type: string;
  status: 'True' | 'False';
  reason: string;
  message: string;
}

function verdicts({ pressure, notReady }: NodeReport): Verdict[] {
  const has = (type: string, pressed: boolean, yes: [string, string], no: [string, string]): Verdict => ({
    type,
    status: pressed ? 'True' : 'False',
    reason: (pressed ? yes : no)[0],
    message: (pressed ? yes : no)[1],
  });
  const diskShort =
    pressure.diskAvailableBytes < pressure.diskBytes * DISK_AVAILABLE_MIN ||
    (pressure.inodes > 0 && pressure.inodesFree < pressure.inodes * INODES_FREE_MIN);
  return [
    has(
      'MemoryPressure',
      pressure.memoryAvailableBytes < MEMORY_AVAILABLE_BYTES_MIN,
      ['KubeletHasInsufficientMemory', 'kubelet has insufficient memory available'],
      ['KubeletHasSufficientMemory', 'kubelet has sufficient memory available'],
    ),
    has(
      'DiskPressure',
      diskShort,
      ['KubeletHasDiskPressure', 'kubelet has disk pressure'],
      ['KubeletHasNoDiskPressure', 'kubelet has no disk pressure'],
    ),
    has(
      'PIDPressure',
      pressure.pids > pressure.pidsMax * PIDS_USED_MAX,
      ['KubeletHasInsufficientPID', 'kubelet has insufficient PID available'],
      ['KubeletHasSufficientPID', 'kubelet has sufficient PID available'],
    ),
    has(
      'Ready',
      notReady === undefined,
      ['KubeletReady', 'kubelet is posting ready status'],
      ['KubeletNotReady', notReady ?? ''],
    ),
  ];
}

/** Times of transition are kept where nothing changed. */
function conditions(report: NodeReport, before: readonly NodeCondition[], now: string): NodeCondition[] {
  return verdicts(report).map((verdict) => {
    const old = before.find(({ type }) => type === verdict.type);
    return {
      ...verdict,
      lastHeartbeatTime: now,
      lastTransitionTime: old?.status === verdict.status ? (old.lastTransitionTime ?? now) : now,
    };
  });
}

export function nodeStatus(report: NodeReport, before: Readonly<NodeStatus> | undefined, nowMs: number): NodeStatus {
  const { facts, name, ip, images } = report;
  return {
    addresses: [
      { type: 'InternalIP', address: ip },
      { type: 'Hostname', address: name },
    ],
    capacity: capacity(report),
    allocatable: allocatable(report),
    conditions: conditions(report, before?.conditions ?? [], formatTime(nowMs)),
    daemonEndpoints: { kubeletEndpoint: { Port: 0 } },
    images: images.slice(0, IMAGES_MAX),
    nodeInfo: {
      architecture: facts.architecture,
      bootID: facts.bootId,
      containerRuntimeVersion: facts.containerRuntimeVersion,
      kernelVersion: facts.kernelVersion,
      kubeProxyVersion: KUBERNETES_VERSION,
      kubeletVersion: KUBERNETES_VERSION,
      machineID: facts.machineId,
      operatingSystem: 'linux',
      osImage: facts.osImage,
      systemUUID: facts.systemUuid,
    },
  };
}

export function newNode(report: NodeReport, nowMs: number): Node {
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name: report.name,
      labels: nodeLabels(report),
      annotations: { 'volumes.kubernetes.io/controller-managed-attach-detach': 'true' },
    },
    spec: report.podCidr ? { podCIDR: report.podCidr, podCIDRs: [report.podCidr] } : {},
    status: nodeStatus(report, undefined, nowMs),
  };
}

/** Whether it is worth writing: anything but heartbeats and the order of images. */
export function isNews(next: Readonly<NodeStatus>, before: Readonly<NodeStatus> | undefined): boolean {
  const essence = (status: Readonly<NodeStatus> | undefined) =>
    JSON.stringify([
      status?.addresses,
      status?.capacity,
      status?.allocatable,
      status?.conditions
        ?.filter(({ type }) => type !== 'NetworkUnavailable')
        .map(({ type, status: value, reason }) => [type, value, reason]),
      status?.nodeInfo,
      status?.images?.map(({ names }) => names).sort(),
    ]);
  return essence(next) !== essence(before);
}
