/**
 * PodTopologySpread: equal pods spread over the values of node labels, by constraint (KEP-895) or by the system's defaults.
 *
 * Filter: a value may have at most maxSkew more than the least of all eligible values. Score: fewer matching pods are better, each
 * constraint weighted by the logarithm of how many values there are.
 */

import type { ClusterState } from '../cluster-state.ts';
import type { NodeInfo } from '../node-info.ts';
import type { PodGroup } from '../pod-groups.ts';
import type { PodInfo, SpreadConstraint } from '../pod-info.ts';
import type { Topology } from '../topologies.ts';
import { type GlobalFilter, type GlobalScore, type Misfit, SCORE_MAX } from './plugin.ts';
import { taintToleration } from './taint-toleration.ts';

const HOSTNAME = 'kubernetes.io/hostname';
const WEIGHT = 2;
/** A longer table of shares costs more than it saves. */
const SHARES_MAX = 4_096;
const MISSING_LABEL: Misfit = {
  reasons: ["node(s) didn't match pod topology spread constraints (missing required label)"],
  resolvable: false,
};
const SKEWED: Misfit = { reasons: ["node(s) didn't match pod topology spread constraints"], resolvable: true };

/** Pods that the constraint counts; terminating ones are on their way out. */
function spreadGroup(state: ClusterState, pod: PodInfo, constraint: SpreadConstraint): PodGroup {
  const { namespace } = pod;
  return state.groups.group(
    `spread|${constraint.signature}`,
    (other) => other.namespace === namespace && !other.isTerminating && constraint.matches(other.labels),
  );
}

function isEligible(pod: PodInfo, node: NodeInfo, constraint: SpreadConstraint): boolean {
  if (constraint.honorAffinity && pod.nodeMatches && !pod.nodeMatches(node)) return false;
  return !constraint.honorTaints || taintToleration.filter(pod, node) === undefined;
}

const hasAll = (node: NodeInfo, constraints: readonly SpreadConstraint[]): boolean =>
  constraints.every(({ topologyKey }) => node.labels[topologyKey] !== undefined);

/** Matching pods per number of the label's value, over the nodes that the constraint counts; −1 where it counts no node. */
function countPerValue(
  state: ClusterState,
  pod: PodInfo,
  constraint: SpreadConstraint,
  together: readonly SpreadConstraint[],
): Int32Array {
  const { ids, nodes } = state.topologies.of(constraint.topologyKey);
  const group = spreadGroup(state, pod, constraint);
  const isLabelled = together.every(({ topologyKey }) => state.topologies.of(topologyKey).isComplete);
  const countsAll = !constraint.honorTaints && !(constraint.honorAffinity && pod.nodeMatches);
  if (countsAll && (isLabelled || together.length <= 1)) return state.groups.perValue(group, constraint.topologyKey);
  const values = new Int32Array(nodes.length).fill(-1);
  for (const node of state.nodes()) {
    const id = ids[node.index]!;
    if (id < 0 || !hasAll(node, together) || !isEligible(pod, node, constraint)) continue;
    values[id] = Math.max(0, values[id]!) + (group.perNode.get(node.index) ?? 0);
  }
  return values;
}

export const podTopologySpreadFilter: GlobalFilter = {
  name: 'PodTopologySpread',
  prepare(pod, state) {
    const { hardSpread } = pod;
    if (hardSpread.length === 0) return undefined;
    const prepared = hardSpread.map((constraint) => {
      const values = countPerValue(state, pod, constraint, hardSpread);
      const { least, domains } = leastOf(values);
      const self = constraint.matches(pod.labels) ? 1 : 0;
      const most = constraint.maxSkew + (domains < constraint.minDomains ? 0 : least) - self;
      return { ids: state.topologies.of(constraint.topologyKey).ids, values, most };
    });
    return {
      misfit: (index) => {
        for (const { ids, values, most } of prepared) {
          const id = ids[index]!;
          if (id < 0) return MISSING_LABEL;
          if (Math.max(0, values[id]!) > most) return SKEWED;
        }
        return undefined;
      },
      keep: (found, count) =>
        prepared.reduce((left, { ids, values, most }) => keepBelow(found, left, ids, values, most), count),
    };
  },
};

function keepBelow(found: Int32Array, count: number, ids: Int32Array, values: Int32Array, most: number): number {
  let kept = 0;
  for (let at = 0; at < count; at++) {
    const index = found[at]!;
    const id = ids[index]!;
    if (id >= 0 && Math.max(values[id]!, 0) <= most) found[kept++] = index;
  }
  return kept;
}

function leastOf(values: Int32Array): { least: number; domains: number } {
  let least = Number.MAX_SAFE_INTEGER;
  let domains = 0;
  for (let id = 0; id < values.length; id++) {
    if (values[id]! < 0) continue;
    domains += 1;
    if (values[id]! < least) least = values[id]!;
  }
  return { least, domains };
}

export const podTopologySpreadScore: GlobalScore = {
  name: 'PodTopologySpread',
  addTo(totals, pod, state, candidates) {
    const { softSpread, isDefaultSpread } = pod;
    if (softSpread.length === 0 || candidates.length === 0) return;
    const counted = isDefaultSpread ? candidates : withAllLabels(state, softSpread, candidates);
    const parts = softSpread.map((constraint, slot) => partOf(pod, state, constraint, counted, slot));
    addNormalized(totals, sumParts(state.scratch(), parts, counted), counted);
  },
};

/** What one constraint adds to a node's raw score, by the number of the node's value. */
interface Part {
  ids: Int32Array;
  byValue: Float64Array;
}

/** Nodes that lack a label of the pod's own constraints are ignored: they score nothing. */
function withAllLabels(
  state: ClusterState,
  constraints: readonly SpreadConstraint[],
  candidates: Int32Array,
): Int32Array {
  const topologies = constraints.map(({ topologyKey }) => state.topologies.of(topologyKey));
  if (topologies.every(({ isComplete }) => isComplete)) return candidates;
  return candidates.filter((index) => topologies.every(({ ids }) => ids[index]! >= 0));
}

function partOf(
  pod: PodInfo,
  state: ClusterState,
  constraint: SpreadConstraint,
  candidates: Int32Array,
  slot: number,
): Part {
  const { topologyKey, maxSkew } = constraint;
  const topology = state.topologies.of(topologyKey);
  const isHost = topologyKey === HOSTNAME;
  const counts = isHost
    ? state.groups.perValue(spreadGroup(state, pod, constraint), topologyKey)
    : countPerValue(state, pod, constraint, pod.isDefaultSpread ? [] : pod.softSpread);
  const weight = Math.log((isHost ? candidates.length : presentValues(topology, candidates)) + 2);
  const byValue = state.floats(slot, counts.length);
  for (let id = 0; id < counts.length; id++) byValue[id] = Math.max(counts[id]!, 0) * weight + (maxSkew - 1);
  return { ids: topology.ids, byValue };
}

/** Two constraints are the usual case (the system's defaults): one pass does both. */
function sumParts(raw: Int32Array, parts: readonly Part[], counted: Int32Array): Int32Array {
  const [first, second] = parts;
  const isPair = parts.length === 2 && first !== undefined && second !== undefined;
  if (isPair) sumPair(raw, first, second, counted);
  else for (let at = 0; at < counted.length; at++) raw[counted[at]!] = (sumOf(parts, counted[at]!) + 0.5) | 0;
  return raw;
}

function sumPair(raw: Int32Array, first: Part, second: Part, counted: Int32Array): void {
  const { byValue: a, ids: aIds } = first;
  const { byValue: b, ids: bIds } = second;
  for (let at = 0; at < counted.length; at++) {
    const index = counted[at]!;
    const aId = aIds[index]!;
    const bId = bIds[index]!;
    raw[index] = ((aId >= 0 ? a[aId]! : 0) + (bId >= 0 ? b[bId]! : 0) + 0.5) | 0;
  }
}

function sumOf(parts: readonly Part[], index: number): number {
  let sum = 0;
  for (const { ids, byValue } of parts) if (ids[index]! >= 0) sum += byValue[ids[index]!]!;
  return sum;
}

/** How many values the candidates have; lacking the label counts as one more, as upstream counts it. */
function presentValues({ ids, nodes, isComplete }: Topology, candidates: Int32Array): number {
  const most = nodes.length + (isComplete ? 0 : 1);
  const seen = new Uint8Array(nodes.length + 1);
  let count = 0;
  for (let at = 0; at < candidates.length && count < most; at++) {
    const id = ids[candidates[at]!]! + 1;
    if (seen[id] === 0) {
      seen[id] = 1;
      count += 1;
    }
  }
  return count;
}

/** The fewest pods score 100. Raw scores are far below 2³¹, so that whole numbers can be cut in 32 bits. */
function addNormalized(totals: Float64Array, raw: Int32Array, counted: Int32Array): void {
  let min = Number.MAX_SAFE_INTEGER;
  let max = 0;
  for (let at = 0; at < counted.length; at++) {
    const score = raw[counted[at]!]!;
    if (score < min) min = score;
    if (score > max) max = score;
  }
  const shareOf = (score: number): number =>
    WEIGHT * (max === 0 ? SCORE_MAX : Math.trunc((SCORE_MAX * (max + min - score)) / max));
  const span = max - min;
  if (counted.length === 0 || span > SHARES_MAX) {
    for (let at = 0; at < counted.length; at++) totals[counted[at]!]! += shareOf(raw[counted[at]!]!);
    return;
  }
  // Few distinct raw scores stand for thousands of nodes: one division each.
  const shares = new Int32Array(span + 1);
  for (let above = 0; above <= span; above++) shares[above] = shareOf(min + above);
  for (let at = 0; at < counted.length; at++) {
    const index = counted[at]!;
    totals[index]! += shares[raw[index]! - min]!;
  }
}
