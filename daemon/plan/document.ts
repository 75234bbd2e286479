/**
 * What a plan says: the answer of `/reflet/v1/plan`, and what `reflet plan -o json` prints. Plain data; lists are sorted, so that equal plans are
 * equal texts. Values of Secrets are never in it.
 */

import type { PodChange, PodComparison, PodProblem } from './compare-pods.ts';
import type { ServiceChange } from './compare-services.ts';

export interface PlannedField {
  /** `spec.template.spec.containers[name="web"].image` */
  path: string;
  /** Absent: it is new. */
  before?: unknown;
  /** Absent: it goes. */
  after?: unknown;
  /** It is part of a Secret: only that it changes is said. */
  secret?: true;
}

export interface PlannedObject {
  action: 'create' | 'update' | 'delete';
  apiVersion: string;
  kind: string;
  namespace?: string;
  name: string;
  /** Where its manifest is, or was. */
  file: string;
  line: number;
  /** Of an update; an update without any changes only who owns fields. */
  fields: PlannedField[];
}

export interface NodeSummary {
  node: string;
  created: number;
  stopped: number;
  replaced: number;
}

export interface PlanDocument {
  apiVersion: 'reflet.dev/v1';
  kind: 'Plan';
  result: 'unchanged' | 'changes' | 'refused';
  /** What is planned. */
  commit: string;
  /** What it is compared with: in force, or what a range begins with. */
  from?: string;
  /** The branch was planned as merged into this commit, which is in force. */
  mergedInto?: string;
  /** Why it would be refused, in the words of a push. Then nothing else is said. */
  problems: string[];
  /** What a push would warn of, and what whoever asks may not push. */
  warnings: string[];
  objects: PlannedObject[];
  pods: {
    changes: PodChange[];
    nodes: NodeSummary[];
    unschedulable: PodProblem[];
    notStarting: PodProblem[];
    refused: PodProblem[];
    placement: PodComparison['placement'];
  };
  services: ServiceChange[];
  /** Pods and services in namespaces that whoever asks may not see. */
  hidden: number;
  /** False: something still moved when the simulated time was over. */
  settled: boolean;
  /** Simulated seconds until the last change, with pods that start in two seconds. */
  seconds: number;
}

/** 0: nothing changes; 2: something does; 1: it would be refused. */
export function exitCodeOf({ result }: PlanDocument): number {
  return { unchanged: 0, refused: 1, changes: 2 }[result];
}

export function emptyPlan(commit: string): PlanDocument {
  return {
    apiVersion: 'reflet.dev/v1',
    kind: 'Plan',
    result: 'unchanged',
    commit,
    problems: [],
    warnings: [],
    objects: [],
    pods: { changes: [], nodes: [], unschedulable: [], notStarting: [], refused: [], placement: [] },
    services: [],
    hidden: 0,
    settled: true,
    seconds: 0,
  };
}

/** Each node's part, in the order of names; pods without a node are in none. */
export function summarizeNodes(changes: readonly PodChange[]): NodeSummary[] {
  const nodes = new Map<string, NodeSummary>();
  const at = (node: string): NodeSummary => {
    const summary = nodes.get(node) ?? { node, created: 0, stopped: 0, replaced: 0 };
    nodes.set(node, summary);
    return summary;
  };
  for (const { action, from, to, count } of changes) {
    if (action === 'replace') at(to ?? '').replaced += count;
    else {
      if (to) at(to).created += count;
      if (from) at(from).stopped += count;
    }
  }
  return [...nodes.values()].sort((a, b) => (a.node < b.node ? -1 : 1));
}
