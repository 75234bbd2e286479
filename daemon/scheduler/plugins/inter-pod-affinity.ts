/**
 * InterPodAffinity: pods that want to be near others, or far from them, and others that want to be far from them.
 */

import type { CarriedKind, ClusterState } from '../cluster-state.ts';
import type { PodGroup } from '../pod-groups.ts';
import type { AffinityTerm, PodInfo } from '../pod-info.ts';
import { type GlobalFilter, type GlobalScore, type Misfit, SCORE_MAX } from './plugin.ts';

const NOT_NEAR: Misfit = { reasons: ["node(s) didn't match pod affinity rules"], resolvable: false };
const TOO_NEAR: Misfit = { reasons: ["node(s) didn't match pod anti-affinity rules"], resolvable: true };
const UNWELCOME: Misfit = {
  reasons: ["node(s) didn't satisfy existing pods anti-affinity rules"],
  resolvable: true,
};
const WEIGHT = 2;
/** `hardPodAffinityWeight`: what another pod's required affinity to this one weighs. */
const HARD_WEIGHT = 1;

/** Pods per value of a label, and which value each node has. */
interface Values {
  ids: Int32Array;
  counts: Int32Array;
}

/** Pods that the term speaks of. */
function targets(state: ClusterState, term: AffinityTerm): PodGroup {
  return state.groups.group(`term|${term.signature}`, term.matches);
}

function valuesOf(state: ClusterState, group: PodGroup, topologyKey: string): Values {
  return { ids: state.topologies.of(topologyKey).ids, counts: state.groups.perValue(group, topologyKey) };
}

export const interPodAffinityFilter: GlobalFilter = {
  name: 'InterPodAffinity',
  prepare(pod, state) {
    const unwelcome = carriedValues(pod, state, ['antiAffinity']).map(({ values }) => values);
    const tooNear = pod.antiAffinity.map((term) => valuesOf(state, targets(state, term), term.topologyKey));
    const near = prepareAffinity(pod, state);
    if (unwelcome.length === 0 && tooNear.length === 0 && !near) return undefined;
    return {
      misfit: (index) => {
        if (near && !near(index)) return NOT_NEAR;
        if (tooNear.some((each) => isPresent(each, index))) return TOO_NEAR;
        return unwelcome.some((each) => isPresent(each, index)) ? UNWELCOME : undefined;
      },
      keep: (found, count) => {
        let left = near ? keepIf(found, count, near) : count;
        for (const values of tooNear) left = keepAbsent(found, left, values);
        for (const values of unwelcome) left = keepAbsent(found, left, values);
        return left;
      },
    };
  },
};

function keepIf(found: Int32Array, count: number, test: (index: number) => boolean): number {
  let kept = 0;
  for (let at = 0; at < count; at++) if (test(found[at]!)) found[kept++] = found[at]!;
  return kept;
}

function keepAbsent(found: Int32Array, count: number, { ids, counts }: Values): number {
  let kept = 0;
  for (let at = 0; at < count; at++) {
    const index = found[at]!;
    const id = ids[index]!;
    if (id < 0 || counts[id] === 0) found[kept++] = index;
  }
  return kept;
}

function isPresent({ ids, counts }: Values, index: number): boolean {
  const id = ids[index]!;
  return id >= 0 && counts[id]! > 0;
}

/** Counts only pods that match every required term at once, as upstream does. */
function prepareAffinity(pod: PodInfo, state: ClusterState): ((index: number) => boolean) | undefined {
  const terms = pod.affinity;
  if (terms.length === 0) return undefined;
  const signature = `allTerms|${terms.map((term) => term.signature).join(';')}`;
  const all = state.groups.group(signature, (other) => terms.every((term) => term.matches(other)));
  const perTerm = terms.map(({ topologyKey }) => valuesOf(state, all, topologyKey));
  // The first of a group that wants to be together finds nobody: it may begin anywhere where the labels exist.
  const isNobody = perTerm.every(({ counts }) => counts.every((count) => count === 0));
  const isFirst = isNobody && terms.every((term) => term.matches(pod));
  return (index) => {
    if (!perTerm.every(({ ids }) => ids[index]! >= 0)) return false;
    return isFirst || perTerm.every((each) => isPresent(each, index));
  };
}

/** Where pods are that carry a term of these kinds which speaks of this pod. */
function carriedValues(pod: PodInfo, state: ClusterState, kinds: readonly CarriedKind[]) {
  const found: { kind: CarriedKind; weight: number; values: Values }[] = [];
  for (const { kind, term, carriers } of state.carriedFor(pod)) {
    if (!kinds.includes(kind) || carriers.total === 0) continue;
    found.push({ kind, weight: term.weight, values: valuesOf(state, carriers, term.topologyKey) });
  }
  return found;
}

export const interPodAffinityScore: GlobalScore = {
  name: 'InterPodAffinity',
  addTo(totals, pod, state, candidates) {
    const parts = weightedValues(pod, state);
    if (parts.length === 0 || candidates.length === 0) return;
    const raw = state.scratch();
    for (let at = 0; at < candidates.length; at++) raw[candidates[at]!] = 0;
    for (const { weight, values } of parts) {
      const { ids, counts } = values;
      for (let at = 0; at < candidates.length; at++) {
        const id = ids[candidates[at]!]!;
        if (id >= 0) raw[candidates[at]!]! += weight * counts[id]!;
      }
    }
    addNormalized(totals, raw, candidates);
  },
};

function addNormalized(totals: Float64Array, raw: Int32Array, candidates: Int32Array): void {
  let min = Number.MAX_SAFE_INTEGER;
  let max = Number.MIN_SAFE_INTEGER;
  for (let at = 0; at < candidates.length; at++) {
    const score = raw[candidates[at]!]!;
    if (score < min) min = score;
    if (score > max) max = score;
  }
  const span = max - min;
  if (span === 0) return;
  for (let at = 0; at < candidates.length; at++) {
    const index = candidates[at]!;
    totals[index]! += WEIGHT * (((SCORE_MAX * (raw[index]! - min)) / span) | 0);
  }
}

function weightedValues(pod: PodInfo, state: ClusterState): { weight: number; values: Values }[] {
  const own = (terms: readonly AffinityTerm[], sign: 1 | -1) =>
    terms.map((term) => ({
      weight: sign * term.weight,
      values: valuesOf(state, targets(state, term), term.topologyKey),
    }));
  const others = carriedValues(pod, state, ['affinity', 'preferredAffinity', 'preferredAntiAffinity']).map(
    ({ kind, weight, values }) => ({
      weight: kind === 'affinity' ? HARD_WEIGHT : kind === 'preferredAntiAffinity' ? -weight : weight,
      values,
    }),
  );
  return [...own(pod.preferredAffinity, 1), ...own(pod.preferredAntiAffinity, -1), ...others];
}
