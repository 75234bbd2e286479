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
import { type GlobalFilter, type GlobalScore, type Misfit, SCORE_MAX } from './plugin.ts';
import { taintToleration } from './taint-toleration.ts';

const HOSTNAME = 'kubernetes.io/hostname';
const MISSING_LABEL: Misfit = {
  reasons: ["node(s) didn't match pod topology spread constraints (missing required label)"],
  resolvable: false,
};
const SKEWED: Misfit = { reasons: ["node(s) didn't match pod topology spread constraints"], resolvable: true };

/** Pods that the constraint counts; terminating ones are on their way out. */
export function spreadGroup(state: ClusterState, pod: PodInfo, constraint: SpreadConstraint): PodGroup {
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
    return (index) => {
      for (const { ids, values, most } of prepared) {
        const id = ids[index]!;
        if (id < 0) return MISSING_LABEL;
        if (Math.max(0, values[id]!) > most) return SKEWED;
      }
      return undefined;
    };
  },
};

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
  weight: 2,
  scores(pod, state, candidates) {
    const { softSpread, isDefaultSpread } = pod;
    if (softSpread.length === 0 || candidates.length === 0) return undefined;
    const raw = new Float64Array(state.indexLimit);
    const counted = isDefaultSpread ? candidates : withAllLabels(state, softSpread, candidates);
    for (const constraint of softSpread) addConstraint(raw, pod, state, constraint, counted);
    return normalize(raw, counted, candidates);
  },
};

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

function addConstraint(
  raw: Float64Array,
  pod: PodInfo,
  state: ClusterState,
  constraint: SpreadConstraint,
  candidates: Int32Array,
): void {
  const { topologyKey, maxSkew } = constraint;
  const { ids, nodes } = state.topologies.of(topologyKey);
  if (nodes.length === 0) return;
  const base = maxSkew - 1;
  if (topologyKey === HOSTNAME) {
    const weight = Math.log(candidates.length + 2);
    for (let at = 0; at < candidates.length; at++) if (ids[candidates[at]!]! >= 0) raw[candidates[at]!]! += base;
    // Nodes that are no candidates get a value too, which nobody reads.
    for (const [index, count] of spreadGroup(state, pod, constraint).perNode) raw[index]! += count * weight;
    return;
  }
  const values = countPerValue(state, pod, constraint, pod.isDefaultSpread ? [] : pod.softSpread);
  const weight = Math.log(presentValues(ids, nodes.length, candidates) + 2);
  const byValue = Float64Array.from(values, (count) => Math.max(0, count) * weight + base);
  for (let at = 0; at < candidates.length; at++) {
    const id = ids[candidates[at]!]!;
    if (id >= 0) raw[candidates[at]!]! += byValue[id]!;
  }
}

/** How many values the candidates have; lacking the label counts as one more, as upstream counts it. */
function presentValues(ids: Int32Array, valueCount: number, candidates: Int32Array): number {
  const seen = new Uint8Array(valueCount + 1);
  let count = 0;
  for (let at = 0; at < candidates.length && count <= valueCount; at++) {
    const id = ids[candidates[at]!]! + 1;
    if (seen[id] === 0) {
      seen[id] = 1;
      count += 1;
    }
  }
  return count;
}

/** The fewest pods score 100. */
function normalize(raw: Float64Array, counted: Int32Array, candidates: Int32Array): Float64Array {
  let min = Number.MAX_SAFE_INTEGER;
  let max = 0;
  for (let at = 0; at < counted.length; at++) {
    const score = Math.round(raw[counted[at]!]!);
    raw[counted[at]!] = score;
    if (score < min) min = score;
    if (score > max) max = score;
  }
  if (counted === candidates) {
    for (let at = 0; at < counted.length; at++) raw[counted[at]!] = relative(raw[counted[at]!]!, min, max);
    return raw;
  }
  const scores = new Float64Array(raw.length);
  for (const index of counted) scores[index] = relative(raw[index]!, min, max);
  return scores;
}

const relative = (score: number, min: number, max: number): number =>
  max === 0 ? SCORE_MAX : Math.trunc((SCORE_MAX * (max + min - score)) / max);
