/**
 * Which pods of lower priority would have to go so that a pod fits (`defaultpreemption`). Changes the state only to try and puts
 * everything back before it returns; deterministic.
 */

import type { PodDisruptionBudget } from '../kinds/types.generated.ts';
import { violating } from './budgets.ts';
import type { ClusterState } from './cluster-state.ts';
import type { NodeInfo } from './node-info.ts';
import type { Misfit } from './plugins/plugin.ts';
import { GLOBAL_FILTERS } from './plugins/registry.ts';
import type { PodInfo } from './pod-info.ts';
import { misfitOf } from './schedule-one.ts';

export interface Preemption {
  node: string;
  victims: readonly PodInfo[];
  /** How many of them a disruption budget does not allow. */
  violations: number;
}

/** As upstream's minCandidateNodesAbsolute: enough to choose from, however large the cluster is. */
const CANDIDATES_MAX = 100;

/** `misfits`: why each node does not fit, from scheduling just now. */
export function findVictims(
  state: ClusterState,
  pod: PodInfo,
  misfits: ReadonlyMap<string, Misfit>,
  budgets: readonly PodDisruptionBudget[],
): Preemption | undefined {
  const found: Preemption[] = [];
  for (const [name, misfit] of misfits) {
    const node = misfit.resolvable ? state.node(name) : undefined;
    const preemption = node && victimsOn(state, node, pod, budgets);
    if (preemption) found.push(preemption);
    if (found.length >= CANDIDATES_MAX) break;
  }
  return found.sort(byHarm)[0];
}

function victimsOn(
  state: ClusterState,
  node: NodeInfo,
  pod: PodInfo,
  budgets: readonly PodDisruptionBudget[],
): Preemption | undefined {
  const lower = [...node.pods.values()].filter(({ priority }) => priority < pod.priority);
  if (lower.length === 0) return undefined;
  for (const { uid } of lower) state.removePod(uid);
  const fits = (): boolean => {
    const filters = GLOBAL_FILTERS.flatMap((plugin) => plugin.prepare(pod, state) ?? []);
    return misfitOf(pod, node, filters) === undefined;
  };
  const victims: PodInfo[] = [];
  const isPossible = fits();
  const guarded = violating(lower.sort(byImportance), budgets);
  const isGuarded = ({ uid }: PodInfo): boolean => guarded.has(uid);
  // Those that a budget guards go back first, then the most important, as long as the pod still fits beside them.
  for (const candidate of [...lower.filter(isGuarded), ...lower.filter((one) => !isGuarded(one))]) {
    state.addPod(candidate, node.name);
    if (!isPossible || fits()) continue;
    state.removePod(candidate.uid);
    victims.push(candidate);
  }
  for (const victim of victims) state.addPod(victim, node.name);
  return isPossible ? { node: node.name, victims, violations: victims.filter(isGuarded).length } : undefined;
}

const startOf = ({ pod }: PodInfo): string => pod.status?.startTime ?? pod.metadata?.creationTimestamp ?? '';

/** Higher priority first, then the longer running. */
const byImportance = (a: PodInfo, b: PodInfo): number =>
  b.priority - a.priority || (startOf(a) < startOf(b) ? -1 : startOf(a) > startOf(b) ? 1 : 0);

/** The node where the least important pods go: by violated budgets, highest priority, sum, number, and the latest start of the most important. */
function byHarm(a: Preemption, b: Preemption): number {
  const highest = ({ victims }: Preemption) => Math.max(...victims.map(({ priority }) => priority));
  // As upstream: priorities are shifted so that a few very negative ones do not outweigh many victims.
  const sum = ({ victims }: Preemption) => victims.reduce((total, { priority }) => total + priority + 2 ** 31, 0);
  const start = (each: Preemption) => [...each.victims].sort(byImportance).map(startOf)[0] ?? '';
  return (
    a.violations - b.violations ||
    highest(a) - highest(b) ||
    sum(a) - sum(b) ||
    a.victims.length - b.victims.length ||
    (start(a) > start(b) ? -1 : start(a) < start(b) ? 1 : 0) ||
    (a.node < b.node ? -1 : 1)
  );
}
