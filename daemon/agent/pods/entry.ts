/**
 * What the agent remembers of a pod between two looks: data only, changed by the manager and its helpers.
 */

import type { Pod } from '../../kinds/types.generated.ts';
import type { Sandbox } from './sandbox.ts';
import type { ImageState, Problem, Verdict } from './snapshot.ts';
import type { Stopping } from './stop-container.ts';

export interface PodEntry {
  pod: Readonly<Pod>;
  removed: boolean;
  /** The API has said so itself; until then the pod is known from this node's disk, and nothing is written about it. */
  confirmed: boolean;
  admitted: boolean;
  /** Its node was asked for anew because the pod did not match it. */
  nodeChecked: boolean;
  sandbox: Sandbox | undefined;
  prepared: boolean;
  preparing: boolean;
  prepareProblem: Problem | undefined;
  /** In a row: how long to wait before the next attempt. */
  prepareFailures: number;
  images: Map<string, ImageState>;
  startProblems: Map<string, Problem>;
  /** By container id. */
  stopping: Map<string, Stopping>;
  hooks: Set<string>;
  /** Readiness that the API knew of containers that were there before this agent, until their probes say otherwise. By container name. */
  assumed: Map<string, { ready: boolean; started: boolean }>;
  /** The ended instance of which it was said last that it backs off, by container name. */
  backOffTold: Map<string, string>;
  verdict: Verdict | undefined;
  cleaned: boolean;
}

export function createEntry(pod: Readonly<Pod>): PodEntry {
  return {
    pod,
    removed: false,
    confirmed: false,
    // What this node has begun with it has taken, also before it was restarted.
    admitted: pod.status?.startTime !== undefined,
    nodeChecked: false,
    sandbox: undefined,
    prepared: false,
    preparing: false,
    prepareProblem: undefined,
    prepareFailures: 0,
    images: new Map(),
    startProblems: new Map(),
    stopping: new Map(),
    hooks: new Set(),
    assumed: new Map(),
    backOffTold: new Map(),
    verdict: undefined,
    cleaned: false,
  };
}
