/**
 * What a node's silence and conditions lead to (`node_lifecycle_controller.go`). Pure and total.
 */

import { formatTime } from '../../base/clock.ts';
import type { Node, NodeCondition, Taint } from '../../kinds/types.generated.ts';
import type { Decision } from '../../runtime/loop.ts';
import { NOT_READY_TAINT, nodeCondition, readiness, taintsOf, UNREACHABLE_TAINT } from '../shared/node.ts';
import type { NodeLifecycleAction, NodeLifecycleSnapshot } from './actions.ts';

/** --node-monitor-grace-period: four lease periods of 10 s. */
export const GRACE_MS = 40_000;
/** --node-startup-grace-period: for nodes that never posted anything. */
const STARTUP_GRACE_MS = 60_000;

const WATCHED_CONDITIONS = ['Ready', 'MemoryPressure', 'DiskPressure', 'PIDPressure'] as const;

/** condition → status → taint key of effect NoSchedule. */
const CONDITION_TAINTS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  Ready: { False: NOT_READY_TAINT, Unknown: UNREACHABLE_TAINT },
  MemoryPressure: { True: 'node.kubernetes.io/memory-pressure' },
  DiskPressure: { True: 'node.kubernetes.io/disk-pressure' },
  NetworkUnavailable: { True: 'node.kubernetes.io/network-unavailable' },
  PIDPressure: { True: 'node.kubernetes.io/pid-pressure' },
};
const UNSCHEDULABLE_TAINT = 'node.kubernetes.io/unschedulable';
const OWN_NO_SCHEDULE = new Set([
  UNSCHEDULABLE_TAINT,
  ...Object.values(CONDITION_TAINTS).flatMap((by) => Object.values(by)),
]);
const OWN_NO_EXECUTE = new Set([NOT_READY_TAINT, UNREACHABLE_TAINT]);

export function decide(snapshot: NodeLifecycleSnapshot, now: number): Decision<NodeLifecycleAction> {
  const { key, node, silentMs } = snapshot;
  const grace = node.status?.conditions?.length ? GRACE_MS : STARTUP_GRACE_MS;
  if (silentMs > grace) {
    const conditions = unknownConditions(node, now);
    if (conditions) return { actions: [{ type: 'markUnknown', key, node, conditions }] };
  }
  const actions: NodeLifecycleAction[] = [];
  const isReady = readiness(node) === 'True';
  if (!isReady && snapshot.hasReadyPods) actions.push({ type: 'markPodsNotReady', key, node });
  const wanted = wantedTaints(snapshot, now);
  if (wanted) actions.push({ type: 'setTaints', key, node, ...wanted });
  if (actions.length > 0 || isReady) return { actions };
  const message = nodeCondition(node, 'Ready')?.message ?? 'the node has not posted a status yet';
  return { actions, waiting: [{ reason: 'NodeNotReady', message }] };
}

/** All conditions with the watched ones Unknown; undefined when they are so already. */
function unknownConditions(node: Readonly<Node>, now: number): NodeCondition[] | undefined {
  const before = node.status?.conditions ?? [];
  const stale = WATCHED_CONDITIONS.filter((type) => nodeCondition(node, type)?.status !== 'Unknown');
  if (stale.length === 0) return undefined;
  const time = formatTime(now);
  const made = stale.map((type): NodeCondition => {
    const old = nodeCondition(node, type);
    return old
      ? {
          ...old,
          status: 'Unknown',
          reason: 'NodeStatusUnknown',
          message: 'Kubelet stopped posting node status.',
          lastTransitionTime: time,
        }
      : {
          type,
          status: 'Unknown',
          reason: 'NodeStatusNeverUpdated',
          message: 'Kubelet never posted node status.',
          lastHeartbeatTime: node.metadata?.creationTimestamp,
          lastTransitionTime: time,
        };
  });
  const byType = new Map(made.map((condition) => [condition.type, condition]));
  const kept = before.map((condition) => byType.get(condition.type) ?? condition);
  return [...kept, ...made.filter(({ type }) => !nodeCondition(node, type))];
}

/** The node's taints with ours corrected; undefined when they are right. */
function wantedTaints(snapshot: NodeLifecycleSnapshot, now: number): { taints: Taint[]; evicts: boolean } | undefined {
  const { node } = snapshot;
  const noSchedule = new Set(
    Object.entries(CONDITION_TAINTS).flatMap(([type, byStatus]) => {
      // Who has posted nothing yet has nothing to run pods on either; it is Unknown when its grace is over.
      const status = nodeCondition(node, type)?.status ?? '';
      return byStatus[status] ?? [];
    }),
  );
  if (node.spec?.unschedulable) noSchedule.add(UNSCHEDULABLE_TAINT);
  const noExecute = wantedNoExecute(snapshot);
  const wanted: Taint[] = [
    ...[...noSchedule].map((key) => ({ key, effect: 'NoSchedule' })),
    ...(noExecute ? [{ key: noExecute, effect: 'NoExecute' }] : []),
  ];
  const present = node.spec?.taints ?? [];
  const isOwn = ({ key, effect }: Taint) =>
    (effect === 'NoSchedule' && OWN_NO_SCHEDULE.has(key)) || (effect === 'NoExecute' && OWN_NO_EXECUTE.has(key));
  const same = (a: Taint) => (b: Taint) => a.key === b.key && a.effect === b.effect;
  const missing = wanted.filter((taint) => !present.some(same(taint)));
  const surplus = present.filter((taint) => isOwn(taint) && !wanted.some(same(taint)));
  if (missing.length === 0 && surplus.length === 0) return undefined;
  const timeAdded = formatTime(now);
  const taints = [
    ...present.filter((taint) => !surplus.includes(taint)),
    ...missing.map((taint) => ({ ...taint, timeAdded })),
  ];
  return { taints, evicts: missing.some(({ effect }) => effect === 'NoExecute') };
}

/** The NoExecute taint the node should have: as its readiness says, once the zone's rate allows; none while all is lost. */
function wantedNoExecute({ node, everythingIsLost, mayEvict }: NodeLifecycleSnapshot): string | undefined {
  const status = nodeCondition(node, 'Ready')?.status;
  if (status === undefined || status === 'True' || everythingIsLost) return undefined;
  const wanted = status === 'False' ? NOT_READY_TAINT : UNREACHABLE_TAINT;
  const present = taintsOf(node, 'NoExecute').filter(({ key }) => OWN_NO_EXECUTE.has(key));
  return present.length > 0 || mayEvict ? wanted : undefined;
}
