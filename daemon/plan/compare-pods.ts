/**
 * What a commit does to pods: created, stopped, moved to another node or replaced on the same one, by workload and node. Pure.
 *
 * Pods of one workload are alike, so they are counted, not named: what is compared, and predicted, is how many of each workload run on each node.
 */

import { controllerOf, formatKey, type KubeObject, keyOf } from '../base/object.ts';
import { registryPrefix } from '../base/registry-key.ts';
import { PODS, REPLICA_SETS } from '../kinds/resources.ts';
import type { Pod, ReplicaSet } from '../kinds/types.generated.ts';
import type { Store } from '../store/store.ts';
import { unschedulableMessage } from './model-agents.ts';

export interface PodView {
  uid: string;
  namespace: string;
  /** `deployment default/web`: whom the pod serves in the end. */
  workload: string;
  /** Undefined: it has none yet. */
  node: string | undefined;
  /** Why it has none, in the scheduler's words. */
  message: string | undefined;
  /** A Job's that has done its work. */
  hasEnded: boolean;
}

export interface PodsSeen {
  /** All but those on their way out. */
  pods: readonly PodView[];
  /** Workload → why pods could not be made. */
  failures: ReadonlyMap<string, string>;
}

export type PodAction = 'create' | 'stop' | 'move' | 'replace';

export interface PodChange {
  action: PodAction;
  namespace: string;
  workload: string;
  count: number;
  /** Absent for a creation, and for pods that had no node. */
  from?: string;
  /** Absent for a stop, and for pods that get no node. */
  to?: string;
}

/** Something of a workload that will not come about. */
export interface PodProblem {
  namespace: string;
  workload: string;
  count: number;
  message: string;
}

export interface PodComparison {
  changes: PodChange[];
  /** Pods that fit on no node; those that wait already are not named again. */
  unschedulable: PodProblem[];
  /** Pods whose containers cannot be made. */
  notStarting: PodProblem[];
  /** Workloads whose pods are refused. */
  refused: PodProblem[];
  /** How many run where in the end; `node` absent: nowhere yet. */
  placement: { namespace: string; workload: string; node?: string; count: number }[];
}

export function readPods(store: Store): PodsSeen {
  const replicaSets = new Map<string, ReplicaSet>();
  const failures = new Map<string, string>();
  for (const { value } of store.range(registryPrefix(REPLICA_SETS)).entries) {
    const replicaSet = value as ReplicaSet;
    replicaSets.set(value.metadata?.uid ?? '', replicaSet);
    const failure = replicaSet.status?.conditions?.find(
      ({ type, status }) => type === 'ReplicaFailure' && status === 'True',
    );
    if (failure && (replicaSet.spec?.replicas ?? 0) > 0)
      failures.set(workloadOf(replicaSet, replicaSets), failure.message ?? failure.reason ?? 'it failed');
  }
  const pods = store.range(registryPrefix(PODS)).entries.flatMap(({ value }): PodView[] => {
    const pod = value as Pod;
    const { phase } = pod.status ?? {};
    if (pod.metadata?.deletionTimestamp) return [];
    return [
      {
        uid: pod.metadata?.uid ?? '',
        namespace: pod.metadata?.namespace ?? '',
        workload: workloadOf(pod, replicaSets),
        node: pod.spec?.nodeName || undefined,
        message: unschedulableMessage(pod),
        hasEnded: phase === 'Succeeded' || phase === 'Failed',
      },
    ];
  });
  return { pods, failures };
}

/** Follows controllers up: a pod's ReplicaSet, that one's Deployment. */
function workloadOf(object: KubeObject, replicaSets: ReadonlyMap<string, ReplicaSet>): string {
  const owner = controllerOf(object);
  if (!owner) return `${(object.kind ?? 'Pod').toLowerCase()} ${formatKey(keyOf(object))}`;
  const replicaSet = owner.kind === 'ReplicaSet' ? replicaSets.get(owner.uid) : undefined;
  if (replicaSet) return workloadOf(replicaSet, replicaSets);
  return `${owner.kind.toLowerCase()} ${formatKey({ namespace: object.metadata?.namespace, name: owner.name })}`;
}

export function comparePods(
  before: PodsSeen,
  after: PodsSeen,
  notStarting: ReadonlyMap<string, string>,
): PodComparison {
  const known = new Map(before.pods.map((pod) => [pod.uid, pod]));
  const left = new Map(after.pods.map((pod) => [pod.uid, pod]));
  const created = after.pods.filter(({ uid }) => !known.has(uid));
  const stopped = before.pods.filter(({ uid, hasEnded }) => !hasEnded && !left.has(uid));
  // A pod that waited for a node and got one is created there, as far as anybody can see.
  const placed = after.pods.filter(({ uid, node }) => node !== undefined && known.get(uid)?.node === undefined);
  const changes = [...matchUp([...new Set([...created, ...placed])], stopped), ...evicted(before.pods, left)];
  const running = after.pods.filter(({ hasEnded }) => !hasEnded);
  const waiting = running.filter(({ uid, node, message }) => !node && known.get(uid)?.message !== message);
  const failing = running.filter(({ uid }) => notStarting.has(uid));
  const refused = [...after.failures].filter(([workload, message]) => before.failures.get(workload) !== message);
  return {
    changes,
    unschedulable: countProblems(waiting, ({ message }) => message ?? 'it has no node yet'),
    notStarting: countProblems(failing, ({ uid }) => notStarting.get(uid)!),
    refused: refused.map(([workload, message]) => ({ namespace: namespaceOf(workload), workload, count: 0, message })),
    placement: countPlacement(running),
  };
}

/** Bound pods never move by themselves; one that lost its node would be a fault of the plan. */
function evicted(before: readonly PodView[], left: ReadonlyMap<string, PodView>): PodChange[] {
  return before.flatMap(({ uid, node, namespace, workload }): PodChange[] => {
    const now = left.get(uid);
    return now && node && now.node !== node
      ? [{ action: 'move', namespace, workload, count: 1, from: node, ...(now.node ? { to: now.node } : {}) }]
      : [];
  });
}

const namespaceOf = (workload: string): string => workload.slice(workload.indexOf(' ') + 1).split('/')[0] ?? '';

/** What stops and what is created of one workload, matched: first on the same node, then from node to node. */
function matchUp(created: readonly PodView[], stopped: readonly PodView[]): PodChange[] {
  const createdBy = Map.groupBy(created, ({ workload }) => workload);
  const stoppedBy = Map.groupBy(stopped, ({ workload }) => workload);
  const workloads = [...new Set([...createdBy.keys(), ...stoppedBy.keys()])].sort();
  return workloads.flatMap((workload) => {
    const come = countByNode(createdBy.get(workload) ?? []);
    const go = countByNode(stoppedBy.get(workload) ?? []);
    const { namespace } = (createdBy.get(workload) ?? stoppedBy.get(workload))![0]!;
    const changes: PodChange[] = [];
    const note = (action: PodAction, count: number, from: string, to: string) => {
      if (count > 0)
        changes.push({ action, namespace, workload, count, ...(from ? { from } : {}), ...(to ? { to } : {}) });
    };
    for (const [node, count] of come) {
      const same = Math.min(count, go.get(node) ?? 0);
      note('replace', same, node, node);
      come.set(node, count - same);
      go.set(node, (go.get(node) ?? 0) - same);
    }
    for (const [from, count] of go) {
      let remaining = count;
      for (const [to, room] of from === '' ? [] : come) {
        const moved = to === '' ? 0 : Math.min(remaining, room);
        note('move', moved, from, to);
        remaining -= moved;
        come.set(to, room - moved);
      }
      note('stop', remaining, from, '');
    }
    for (const [to, count] of come) note('create', count, '', to);
    return changes;
  });
}

/** Node (`''`: none) → how many, in the order of nodes' names. */
function countByNode(pods: readonly PodView[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { node = '' } of [...pods].sort((a, b) => ((a.node ?? '') < (b.node ?? '') ? -1 : 1)))
    counts.set(node, (counts.get(node) ?? 0) + 1);
  return counts;
}

function countProblems(pods: readonly PodView[], messageOf: (pod: PodView) => string): PodProblem[] {
  const groups = Map.groupBy(pods, (pod) => `${pod.workload}\0${messageOf(pod)}`);
  return [...groups.values()]
    .map((group) => {
      const { namespace, workload } = group[0]!;
      return { namespace, workload, count: group.length, message: messageOf(group[0]!) };
    })
    .sort((a, b) => (a.workload < b.workload ? -1 : 1));
}

export function countPlacement(pods: readonly PodView[]): PodComparison['placement'] {
  const byWorkload = Map.groupBy(pods, ({ workload }) => workload);
  return [...byWorkload]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([workload, group]) =>
      [...countByNode(group)].map(([node, count]) => ({
        namespace: group[0]!.namespace,
        workload,
        ...(node ? { node } : {}),
        count,
      })),
    );
}
