/**
 * What a pod's status says, as `pkg/api/v1/pod` and `controller_utils.go` upstream read it. Pure.
 */

import { parseTime } from '../../base/clock.ts';
import type { Pod, PodCondition } from '../../kinds/types.generated.ts';

export function podCondition(pod: Readonly<Pod>, type: string): PodCondition | undefined {
  return pod.status?.conditions?.find((condition) => condition.type === type);
}

export function isPodReady(pod: Readonly<Pod>): boolean {
  return podCondition(pod, 'Ready')?.status === 'True';
}

/** Succeeded or Failed: its containers will not run again. */
export function isPodTerminal(pod: Readonly<Pod>): boolean {
  return pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed';
}

/** Neither finished nor being deleted: what a ReplicaSet counts. */
export function isPodActive(pod: Readonly<Pod>): boolean {
  return !isPodTerminal(pod) && pod.metadata?.deletionTimestamp === undefined;
}

/**
 * Ready for `minReadySeconds` or more: 0. Otherwise the milliseconds until it will be, if it stays ready; undefined when it is not ready.
 */
export function availableInMs(pod: Readonly<Pod>, minReadySeconds: number, now: number): number | undefined {
  if (!isPodReady(pod)) return undefined;
  if (minReadySeconds === 0) return 0;
  const since = podCondition(pod, 'Ready')?.lastTransitionTime;
  if (!since) return undefined;
  return Math.max(0, parseTime(since) + minReadySeconds * 1_000 - now);
}
