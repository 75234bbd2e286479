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

export interface GlobalFilter {
  readonly name: string;
  /** A test by node index; undefined when every node fits. */
  prepare(pod: PodInfo, state: ClusterState): ((index: number) => Misfit | undefined) | undefined;
}

export interface GlobalScore {
  readonly name: string;
  readonly weight: number;
  /** Final scores, 0 to 100, by node index, of the nodes in `candidates`; undefined when it has nothing to say. */
  scores(pod: PodInfo, state: ClusterState, candidates: Int32Array): Float64Array | undefined;
}

export const SCORE_MAX = 100;
