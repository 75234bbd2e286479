/**
 * Where a pod goes, or why nowhere. Synchronous and deterministic: the same state and pod give the same node everywhere.
 *
 * Every node is considered (upstream samples large clusters). The score is the weighted sum of kube-scheduler's default plugins; ties
 * are decided by a hash of the node's name.
 */

import type { ClassCache, PodClass } from './class-cache.ts';
import type { ClusterState } from './cluster-state.ts';
import type { NodeInfo } from './node-info.ts';
import { type Misfit, type PreparedFilter, SCORE_MAX } from './plugins/plugin.ts';
import { AFFINITY_SCORE, GLOBAL_FILTERS, GLOBAL_SCORES, LOCAL_FILTERS, TAINT_SCORE } from './plugins/registry.ts';
import type { PodInfo } from './pod-info.ts';

export type Placement =
  | { type: 'placed'; node: string }
  /** Why each node does not fit; empty when there are no nodes. */
  | { type: 'unschedulable'; misfits: ReadonlyMap<string, Misfit> };

export function schedulePod(state: ClusterState, classes: ClassCache, pod: PodInfo): Placement {
  const local = classes.of(pod, state);
  const filters = GLOBAL_FILTERS.flatMap((plugin) => plugin.prepare(pod, state) ?? []);
  const index = isPlain(state, pod, filters) ? local.best() : bestOf(state, local, pod, filters);
  const node = index < 0 ? undefined : state.nodeAt(index);
  if (node) return { type: 'placed', node: node.name };
  return { type: 'unschedulable', misfits: explain(state, pod, filters) };
}

/** Nothing relative matters: no soft taints, no preferred nodes, no constraints, nobody who cares. */
function isPlain(state: ClusterState, pod: PodInfo, filters: readonly PreparedFilter[]): boolean {
  if (filters.length > 0 || state.softTaintedNodes > 0 || pod.preferredNodes.length > 0) return false;
  if (pod.softSpread.length > 0 || pod.preferredAffinity.length > 0 || pod.preferredAntiAffinity.length > 0)
    return false;
  return state.carriedFor(pod).every(({ kind, carriers }) => kind === 'antiAffinity' || carriers.total === 0);
}

function candidatesOf(state: ClusterState, local: PodClass, filters: readonly PreparedFilter[]): Int32Array {
  const { fits } = local;
  const limit = state.indexLimit;
  const found = local.candidates;
  let count = 0;
  for (let index = 0; index < limit; index++) if (fits[index] === 1) found[count++] = index;
  for (const filter of filters) count = filter.keep(found, count);
  return found.subarray(0, count);
}

function bestOf(state: ClusterState, local: PodClass, pod: PodInfo, filters: readonly PreparedFilter[]): number {
  const candidates = candidatesOf(state, local, filters);
  const { totals, plain } = local;
  for (let at = 0; at < candidates.length; at++) totals[candidates[at]!] = plain[candidates[at]!]!;
  if (state.softTaintedNodes > 0) addRelative(totals, local.taints, candidates, TAINT_SCORE.weight, true);
  if (pod.preferredNodes.length > 0) addRelative(totals, local.affinity, candidates, AFFINITY_SCORE.weight, false);
  for (const plugin of GLOBAL_SCORES) plugin.addTo(totals, pod, state, candidates);
  return highest(totals, local.ranks, candidates);
}

/** As `DefaultNormalizeScore`: shares of the greatest; `reverse` turns them round. */
function addRelative(
  totals: Float64Array,
  values: Int32Array,
  candidates: Int32Array,
  weight: number,
  reverse: boolean,
): void {
  let max = 0;
  for (let at = 0; at < candidates.length; at++) if (values[candidates[at]!]! > max) max = values[candidates[at]!]!;
  if (max === 0) return; // the same for all of them, whichever way round
  for (let at = 0; at < candidates.length; at++) {
    const share = Math.trunc((SCORE_MAX * values[candidates[at]!]!) / max);
    totals[candidates[at]!]! += weight * (reverse ? SCORE_MAX - share : share);
  }
}

function highest(totals: Float64Array, ranks: Float64Array, candidates: Int32Array): number {
  let best = -1;
  let bestScore = -1;
  let bestRank = -1;
  for (let at = 0; at < candidates.length; at++) {
    const index = candidates[at]!;
    const score = totals[index]!;
    if (score < bestScore) continue;
    if (score > bestScore || ranks[index]! > bestRank) {
      best = index;
      bestScore = score;
      bestRank = ranks[index]!;
    }
  }
  return best;
}

/** The first plugin that objects, for each node. */
function explain(state: ClusterState, pod: PodInfo, filters: readonly PreparedFilter[]): Map<string, Misfit> {
  const misfits = new Map<string, Misfit>();
  for (const node of state.nodes()) {
    const misfit = misfitOf(pod, node, filters);
    if (misfit) misfits.set(node.name, misfit);
  }
  return misfits;
}

export function misfitOf(pod: PodInfo, node: NodeInfo, filters: readonly PreparedFilter[]): Misfit | undefined {
  for (const plugin of LOCAL_FILTERS) {
    const misfit = plugin.filter(pod, node);
    if (misfit) return misfit;
  }
  for (const filter of filters) {
    const misfit = filter.misfit(node.index);
    if (misfit) return misfit;
  }
  return undefined;
}
