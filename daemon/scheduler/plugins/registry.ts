/**
 * The default plugins of kube-scheduler 1.32 that concern kinds served here, in its order. Volume plugins come with volumes.
 */

import { balancedAllocation } from './balanced-allocation.ts';
import { imageLocality } from './image-locality.ts';
import { interPodAffinityFilter, interPodAffinityScore } from './inter-pod-affinity.ts';
import { nodeAffinity } from './node-affinity.ts';
import { nodeName } from './node-name.ts';
import { nodePorts } from './node-ports.ts';
import { nodeResourcesFit } from './node-resources-fit.ts';
import { nodeUnschedulable } from './node-unschedulable.ts';
import type { GlobalFilter, GlobalScore, LocalFilter, LocalScore } from './plugin.ts';
import { podTopologySpreadFilter, podTopologySpreadScore } from './pod-topology-spread.ts';
import { taintToleration } from './taint-toleration.ts';

/** The first that objects gives the node's reason. */
export const LOCAL_FILTERS: readonly LocalFilter[] = [
  nodeUnschedulable,
  nodeName,
  taintToleration,
  nodeAffinity,
  nodePorts,
  nodeResourcesFit,
];
export const GLOBAL_FILTERS: readonly GlobalFilter[] = [podTopologySpreadFilter, interPodAffinityFilter];

/** Scores of a node by itself. */
export const PLAIN_SCORES: readonly LocalScore[] = [nodeResourcesFit, balancedAllocation, imageLocality];
/** Relative to the other nodes that fit. */
export const TAINT_SCORE: LocalScore = taintToleration;
export const AFFINITY_SCORE: LocalScore = nodeAffinity;
export const GLOBAL_SCORES: readonly GlobalScore[] = [podTopologySpreadScore, interPodAffinityScore];
