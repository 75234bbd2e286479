/**
 * Which pods go first when there are too many (`controller_utils.go`: ActivePodsWithRanks). Pure.
 *
 * In order: not yet assigned; pending before unknown before running; not ready; lower deletion cost; more related pods on the same node;
 * ready for a shorter time; more restarts; younger. Times are compared by powers of two of their length, so that the choice within
 * one magnitude is spread by uid rather than always hitting the newest.
 */

import { parseTime } from '../../base/clock.ts';
import type { ContainerStatus, Pod } from '../../kinds/types.generated.ts';
import { isPodReady, podCondition } from './pod.ts';

const DELETION_COST = 'controller.kubernetes.io/pod-deletion-cost';
const PHASE_RANK: Readonly<Record<string, number>> = { Pending: 0, Unknown: 1, Running: 2 };

interface Ranked {
  pod: Pod;
  /** Each compared in order; the smaller goes first. */
  numbers: readonly number[];
  readyRank: number | undefined;
  restarts: readonly number[];
  ageRank: number | undefined;
}

/** The `count` pods to delete out of `pods`; `related` decides doubled-up nodes. */
export function podsToDelete(pods: readonly Pod[], related: readonly Pod[], count: number, now: number): Pod[] {
  if (count >= pods.length) return [...pods];
  const perNode = new Map<string, number>();
  for (const { spec } of related) {
    if (spec?.nodeName) perNode.set(spec.nodeName, (perNode.get(spec.nodeName) ?? 0) + 1);
  }
  return pods
    .map((pod) => rank(pod, perNode.get(pod.spec?.nodeName ?? '') ?? 0, now))
    .sort(compare)
    .slice(0, count)
    .map(({ pod }) => pod);
}

function rank(pod: Pod, doubledUp: number, now: number): Ranked {
  const ready = isPodReady(pod);
  const readySince = ready ? podCondition(pod, 'Ready')?.lastTransitionTime : undefined;
  return {
    pod,
    numbers: [
      pod.spec?.nodeName ? 1 : 0,
      PHASE_RANK[pod.status?.phase ?? ''] ?? 0,
      ready ? 1 : 0,
      deletionCost(pod),
      -doubledUp,
    ],
    readyRank: ready ? magnitude(readySince, now) : undefined,
    restarts: [maxRestarts(pod.status?.containerStatuses), maxRestarts(pod.status?.initContainerStatuses)],
    ageRank: magnitude(pod.metadata?.creationTimestamp, now),
  };
}

function compare(a: Ranked, b: Ranked): number {
  for (const [index, value] of a.numbers.entries()) {
    const difference = value - b.numbers[index]!;
    if (difference !== 0) return difference;
  }
  const readyA = podCondition(a.pod, 'Ready')?.lastTransitionTime;
  const readyB = podCondition(b.pod, 'Ready')?.lastTransitionTime;
  if (a.readyRank !== undefined && b.readyRank !== undefined && readyA !== readyB) {
    return a.readyRank - b.readyRank || byUid(a.pod, b.pod);
  }
  for (const [index, value] of a.restarts.entries()) {
    const difference = b.restarts[index]! - value;
    if (difference !== 0) return difference;
  }
  const isSameAge = a.pod.metadata?.creationTimestamp === b.pod.metadata?.creationTimestamp;
  if (isSameAge) return byUid(a.pod, b.pod);
  return (a.ageRank ?? 0) - (b.ageRank ?? 0) || byUid(a.pod, b.pod);
}

const byUid = (a: Pod, b: Pod): number => ((a.metadata?.uid ?? '') < (b.metadata?.uid ?? '') ? -1 : 1);

function deletionCost(pod: Pod): number {
  const text = pod.metadata?.annotations?.[DELETION_COST];
  return text !== undefined && /^(0|-?[1-9][0-9]*|-0)$/.test(text) ? Number(text) : 0;
}

const maxRestarts = (statuses: readonly ContainerStatus[] | undefined): number =>
  (statuses ?? []).reduce((max, { restartCount }) => Math.max(max, restartCount ?? 0), 0);

/** log₂ of how long ago, in nanoseconds; −1 for the future; undefined when not known. */
function magnitude(time: string | undefined, now: number): number | undefined {
  if (!time) return undefined;
  const nanos = (now - parseTime(time)) * 1e6;
  return nanos > 0 ? Math.floor(Math.log2(nanos)) : -1;
}
