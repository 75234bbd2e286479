/**
 * What a node refuses to run though the API took it and it was bound here: the kubelet's admission handlers in their order. A pod that the scheduler
 * placed fits; one that names its node itself was asked by nobody before. Pure. Asked once, before anything is made for a pod.
 */

import { tolerates } from '../../base/toleration.ts';
import type { Node, Pod } from '../../kinds/types.generated.ts';
import { isCritical, qosClass } from '../containers/resources.ts';
import { misfitOf } from './fit.ts';
import { unsafeSysctl } from './sysctls.ts';

export interface Refusal {
  reason: string;
  message: string;
}

/** The node that a pod is to run on, as it is now. */
export interface Place {
  node: Readonly<Node>;
  /** What pods may ask for, all together. */
  allocatable: Readonly<Record<string, string>>;
  /** Those that are there already. */
  pods: readonly Readonly<Pod>[];
}

const PRESSURES: readonly string[] = ['MemoryPressure', 'DiskPressure', 'PIDPressure'];
const MEMORY_PRESSURE_TAINT = { key: 'node.kubernetes.io/memory-pressure', effect: 'NoSchedule' };
const OPERATING_SYSTEM = 'linux';

export const refusalOf = (pod: Readonly<Pod>, place: Place): Refusal | undefined =>
  underPressure(pod, place) ?? unsafeSysctl(pod) ?? otherSystem(pod) ?? misfitOf(pod, place);

/** A node that lacks something takes no more pods; one that only lacks memory still takes those that said how much they need. */
function underPressure(pod: Readonly<Pod>, { node }: Place): Refusal | undefined {
  const found = (node.status?.conditions ?? [])
    .filter(({ type, status }) => status === 'True' && PRESSURES.includes(type))
    .map(({ type }) => type);
  if (found.length === 0 || isCritical(pod)) return undefined;
  const isOnlyMemory = found.every((type) => type === 'MemoryPressure');
  const isTolerated = (pod.spec?.tolerations ?? []).some((one) => tolerates(one, MEMORY_PRESSURE_TAINT));
  if (isOnlyMemory && (isTolerated || qosClass(pod) !== 'BestEffort')) return undefined;
  return { reason: 'Evicted', message: `The node had condition: [${found.join(' ')}]. ` };
}

function otherSystem({ metadata, spec }: Readonly<Pod>): Refusal | undefined {
  const label = metadata?.labels?.['kubernetes.io/os'];
  if (label !== undefined && label !== OPERATING_SYSTEM)
    return {
      reason: 'PodOSSelectorNodeLabelDoesNotMatch',
      message: "Failed to admit pod as the `kubernetes.io/os` label doesn't match node label",
    };
  if (spec?.os && spec.os.name !== OPERATING_SYSTEM)
    return { reason: 'PodOSNotSupported', message: "Failed to admit pod as the OS field doesn't match node OS" };
  return undefined;
}
