/**
 * Requests and limits as control groups know them, and the score by which the kernel chooses whom to kill (kubelet's `cm` and `qos`). Pure.
 */

import { quantityMilliValue, quantityValue } from '../../base/quantity.ts';
import type { Container, Pod } from '../../kinds/types.generated.ts';

const SHARES_PER_CPU = 1024;
const SHARES_MIN = 2;
const SHARES_MAX = 262_144;
const PERIOD_US = 100_000;
const QUOTA_MIN_US = 1_000;

export type QosClass = 'Guaranteed' | 'Burstable' | 'BestEffort';

export function cpuShares(milliCpu: number): number {
  if (milliCpu === 0) return SHARES_MIN;
  return Math.min(SHARES_MAX, Math.max(SHARES_MIN, Math.floor((milliCpu * SHARES_PER_CPU) / 1000)));
}

/** The `resource_limits` of podman's request. Swap is never given on top of memory. */
export function renderResources({ resources }: Readonly<Container>): Record<string, unknown> {
  const { requests = {}, limits = {} } = resources ?? {};
  const request = requests.cpu ?? limits.cpu;
  const quotaMilli = limits.cpu === undefined ? 0 : quantityMilliValue(limits.cpu);
  const memory = limits.memory === undefined ? 0 : quantityValue(limits.memory);
  return {
    cpu: {
      shares: cpuShares(request === undefined ? 0 : quantityMilliValue(request)),
      ...(quotaMilli > 0
        ? { quota: Math.max(QUOTA_MIN_US, Math.floor((quotaMilli * PERIOD_US) / 1000)), period: PERIOD_US }
        : {}),
    },
    ...(memory > 0 ? { memory: { limit: memory, swap: memory } } : {}),
  };
}

const COMPUTE = ['cpu', 'memory'] as const;
const isSet = (value: string | undefined) => value !== undefined && quantityMilliValue(value) > 0;

/** `GetPodQOS`: init containers count. */
export function qosClass({ spec }: Readonly<Pod>): QosClass {
  const containers = [...(spec?.containers ?? []), ...(spec?.initContainers ?? [])];
  let any = false;
  let guaranteed = true;
  for (const { resources } of containers) {
    for (const name of COMPUTE) {
      const limit = resources?.limits?.[name];
      const request = resources?.requests?.[name];
      if (isSet(limit) || isSet(request)) any = true;
      const same = isSet(limit) && (request === undefined || quantityValue(request) === quantityValue(limit!));
      if (!same || (request !== undefined && quantityMilliValue(request) !== quantityMilliValue(limit!)))
        guaranteed = false;
    }
  }
  if (!any) return 'BestEffort';
  return guaranteed ? 'Guaranteed' : 'Burstable';
}

const GUARANTEED_SCORE = -997;
const BEST_EFFORT_SCORE = 1000;
const CRITICAL_PRIORITY = 2_000_000_000;

export const isCritical = ({ spec }: Readonly<Pod>): boolean => (spec?.priority ?? 0) >= CRITICAL_PRIORITY;

/** `qos.GetContainerOOMScoreAdjust`: the more memory was asked for, the later the container is chosen. */
export function oomScore(pod: Readonly<Pod>, { resources }: Readonly<Container>, memoryBytes: number): number {
  if (isCritical(pod)) return GUARANTEED_SCORE;
  const quality = qosClass(pod);
  if (quality === 'Guaranteed') return GUARANTEED_SCORE;
  if (quality === 'BestEffort') return BEST_EFFORT_SCORE;
  const request = resources?.requests?.memory ?? resources?.limits?.memory;
  const asked = request === undefined ? 0 : quantityValue(request);
  const score = 1000 - Math.floor((1000 * asked) / Math.max(1, memoryBytes));
  if (score < 1000 + GUARANTEED_SCORE) return 1000 + GUARANTEED_SCORE;
  return score === BEST_EFFORT_SCORE ? score - 1 : score;
}

/** The pod's own control group; systemd wants its parents spelled out in a slice's name. */
export function cgroupParent(uid: string, manager: string): string {
  return manager === 'systemd' ? `reflet-pod${uid.replaceAll('-', '_')}.slice` : `/reflet/pod${uid}`;
}
