/**
 * What a plugin is. Local plugins look at one node and the pod's class only, so that their answers are kept until the node changes;
 * global ones look at what runs across the cluster and are prepared anew for each pod.
 */

import type { ClusterState } from '../cluster-state.ts';
import type { NodeInfo } from '../node-info.ts';
import type { PodInfo } from '../pod-info.ts';

/** Why a node does not fit. `resolvable`: removing pods from it might help (upstream: Unschedulable, not UnschedulableAndUnresolvable). */
export interface Misfit {
  reasons: readonly string[];
  resolvable: boolean;
}

export interface LocalFilter {
  readonly name: string;
  /** Undefined when the node fits. */
  filter(pod: PodInfo, node: NodeInfo): Misfit | undefined;
}

export interface LocalScore {
  readonly name: string;
  readonly weight: number;
  /** 0 to 100, a whole number; or any number when it is `normalized`. */
  score(pod: PodInfo, node: NodeInfo, state: ClusterState): number;
  /** Made relative to the best of all fitting nodes; `reverse`: the highest is the worst. */
  readonly normalized?: 'plain' | 'reverse';
}

/** A global filter made ready for one pod. Both ways of asking must agree; `keep` is the one that is fast for thousands of nodes. */
export interface PreparedFilter {
  /** Of one node, by index. */
  misfit(index: number): Misfit | undefined;
  /** Moves the indexes that fit to the front of `found[0 … count)`, in order; returns how many they are. */
  keep(found: Int32Array, count: number): number;
}

export interface GlobalFilter {
  readonly name: string;
  /** Undefined when every node fits. */
  prepare(pod: PodInfo, state: ClusterState): PreparedFilter | undefined;
}

export interface GlobalScore {
  readonly name: string;
  /** Adds its final scores, 0 to 100 times its weight, to `totals` (by node index) of the nodes in `candidates`. */
  addTo(totals: Float64Array, pod: PodInfo, state: ClusterState, candidates: Int32Array): void;
}

export const SCORE_MAX = 100;
