/**
 * Why a pod does not fit, in kube-scheduler's words (`framework/types.go`: FitError). Pure.
 */

import type { Misfit } from './plugins/plugin.ts';

export const NO_NODES = 'no nodes available to schedule pods';

/** `0/3 nodes are available: 1 Insufficient cpu, 2 node(s) had untolerated taint {k: v}.` and what preemption says, if it says anything. */
export function formatFitError(nodeCount: number, misfits: Iterable<Misfit>, preemption: string | undefined): string {
  const histogram = new Map<string, number>();
  for (const { reasons } of misfits) {
    for (const reason of reasons) histogram.set(reason, (histogram.get(reason) ?? 0) + 1);
  }
  const text = `0/${nodeCount} nodes are available:${formatHistogram(histogram)}`;
  return preemption ? `${text} preemption: ${preemption}` : text;
}

/** `resolvable` nodes were tried and offered no victims; on the others no removal helps. */
export function formatPreemptionFailure(nodeCount: number, resolvable: number): string {
  const histogram = new Map<string, number>();
  if (resolvable > 0) histogram.set('No preemption victims found for incoming pod', resolvable);
  if (nodeCount > resolvable) histogram.set('Preemption is not helpful for scheduling', nodeCount - resolvable);
  return `0/${nodeCount} nodes are available:${formatHistogram(histogram)}`;
}

function formatHistogram(histogram: ReadonlyMap<string, number>): string {
  const parts = [...histogram].map(([reason, count]) => `${count} ${reason}`).sort();
  return parts.length > 0 ? ` ${parts.join(', ')}.` : '';
}
