/**
 * A node as the scheduler sees it: what it has, what is taken, and by whom. Changed only by `cluster-state.ts`.
 */

import { type Amounts, parseAmounts } from '../kinds/common/pod/requests.ts';
import type { Node, Taint } from '../kinds/types.generated.ts';
import { normalizeImage, type PodInfo } from './pod-info.ts';

export interface NodeInfo {
  readonly index: number;
  readonly name: string;
  /** Decides ties: the same node wins on every machine and in every plan. 32 bits. */
  readonly tieRank: number;
  node: Node;
  labels: Readonly<Record<string, string>>;
  /** NoSchedule and NoExecute. */
  hardTaints: readonly Taint[];
  /** PreferNoSchedule. */
  softTaints: readonly Taint[];
  isUnschedulable: boolean;
  allocatable: Amounts;
  podsMax: number;
  requested: Map<string, number>;
  scoredCpu: number;
  scoredMemory: number;
  pods: Map<string, PodInfo>;
  /** `protocol/ip/port` → how many pods hold it. */
  ports: Map<string, number>;
  /** Normalised name → size in bytes. */
  images: ReadonlyMap<string, number>;
}

export function createNodeInfo(node: Node, index: number): NodeInfo {
  const info: NodeInfo = {
    index,
    name: node.metadata?.name ?? '',
    tieRank: hashText(node.metadata?.name ?? ''),
    node,
    labels: {},
    hardTaints: [],
    softTaints: [],
    isUnschedulable: false,
    allocatable: new Map(),
    podsMax: 0,
    requested: new Map(),
    scoredCpu: 0,
    scoredMemory: 0,
    pods: new Map(),
    ports: new Map(),
    images: new Map(),
  };
  setNode(info, node);
  return info;
}

export function setNode(info: NodeInfo, node: Node): void {
  const taints = node.spec?.taints ?? [];
  info.node = node;
  info.labels = node.metadata?.labels ?? {};
  info.hardTaints = taints.filter(({ effect }) => effect === 'NoSchedule' || effect === 'NoExecute');
  info.softTaints = taints.filter(({ effect }) => effect === 'PreferNoSchedule');
  info.isUnschedulable = node.spec?.unschedulable === true;
  info.allocatable = parseAmounts(node.status?.allocatable as Record<string, string> | undefined);
  info.podsMax = info.allocatable.get('pods') ?? 0;
  info.images = new Map(
    (node.status?.images ?? []).flatMap(({ names = [], sizeBytes = 0 }) =>
      names.map((name) => [normalizeImage(name), sizeBytes] as const),
    ),
  );
}

/** `sign` 1 puts the pod on the node, −1 takes it off. */
export function account(info: NodeInfo, pod: PodInfo, sign: 1 | -1): void {
  for (const [name, amount] of pod.requests) info.requested.set(name, (info.requested.get(name) ?? 0) + sign * amount);
  info.scoredCpu += sign * (pod.scoredRequests.get('cpu') ?? 0);
  info.scoredMemory += sign * (pod.scoredRequests.get('memory') ?? 0);
  for (const { protocol, ip, port } of pod.hostPorts) {
    const key = `${protocol}/${ip}/${port}`;
    const count = (info.ports.get(key) ?? 0) + sign;
    if (count > 0) info.ports.set(key, count);
    else info.ports.delete(key);
  }
  if (sign > 0) info.pods.set(pod.uid, pod);
  else info.pods.delete(pod.uid);
}

/** FNV-1a with a final mix, so that names that differ in their last digit rank far apart. */
function hashText(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  return (hash ^ (hash >>> 13)) >>> 0;
}
