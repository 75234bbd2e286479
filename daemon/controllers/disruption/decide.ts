/**
 * How many Pods of a budget may be disrupted now (`pkg/controller/disruption`). Pure.
 */

import { parseTime } from '../../base/clock.ts';
import { deepEqual } from '../../base/json.ts';
import { formatLabelSelector } from '../../base/selector.ts';
import { allowanceCondition } from '../../kinds/poddisruptionbudgets/allowance.ts';
import type { Pod, PodDisruptionBudgetStatus } from '../../kinds/types.generated.ts';
import type { Decision, Waiting } from '../../runtime/loop.ts';
import { isPodReady } from '../shared/pod.ts';
import type { DisruptionAction, DisruptionSnapshot } from './actions.ts';

/** `DeletionTimeout`: an eviction that was granted and has not begun by then counts no more. */
const DELETION_MS_MAX = 2 * 60_000;

export function decide(snapshot: DisruptionSnapshot, now: number): Decision<DisruptionAction> {
  const { budget } = snapshot;
  if (budget.metadata?.deletionTimestamp) return { actions: [] };
  const expected = expectedPods(snapshot);
  if ('failure' in expected) return failSafe(snapshot, expected.failure, now);
  const granted = grantedEvictions(snapshot, now);
  const status = statusOf(snapshot, expected, granted.disrupted, now);
  const actions: DisruptionAction[] = [
    ...granted.overdue.map((pod) => ({ type: 'tellNotDeleted' as const, budget, pod })),
    ...(isSame(status, budget.status) ? [] : tell(snapshot, expected)),
    ...(isSame(status, budget.status) ? [] : [updateOf(snapshot, status)]),
  ];
  return { actions, waiting: granted.waiting };
}

const updateOf = ({ key, budget }: DisruptionSnapshot, status: PodDisruptionBudgetStatus) =>
  ({ type: 'updateStatus', key, budget, status }) as const;

interface Expected {
  count: number;
  desiredHealthy: number;
  /** Names of Pods that no controller would replace, where that matters. */
  unmanaged: readonly string[];
}

/** Percentages, and `maxUnavailable` at all, are of what the Pods' controllers are to have. */
function expectedPods(snapshot: DisruptionSnapshot): Expected | { failure: string } {
  const { minAvailable, maxUnavailable } = snapshot.budget.spec ?? {};
  const { pods } = snapshot;
  if (maxUnavailable === undefined && typeof minAvailable !== 'string')
    return { count: minAvailable === undefined ? 0 : pods.length, desiredHealthy: minAvailable ?? 0, unmanaged: [] };
  const scale = totalScale(snapshot);
  if ('failure' in scale) return scale;
  if (maxUnavailable === undefined) return { ...scale, desiredHealthy: amountOf(minAvailable ?? 0, scale.count) };
  return { ...scale, desiredHealthy: Math.max(0, scale.count - amountOf(maxUnavailable, scale.count)) };
}

/** Parts of a Pod count as one. */
function amountOf(amount: number | string, of: number): number {
  return typeof amount === 'number' ? amount : Math.ceil((Number.parseInt(amount, 10) * of) / 100);
}

function totalScale({
  pods,
  scaleOf,
}: DisruptionSnapshot): { count: number; unmanaged: string[] } | { failure: string } {
  const replicas = new Map<string, number>();
  const unmanaged: string[] = [];
  for (const pod of pods) {
    const scale = scaleOf(pod);
    if (scale === 'unknown') return { failure: `found no controllers for pod "${pod.metadata?.name}"` };
    if (scale) replicas.set(scale.uid, scale.replicas);
    else unmanaged.push(pod.metadata?.name ?? '');
  }
  return { count: [...replicas.values()].reduce((sum, one) => sum + one, 0), unmanaged };
}

/** Evictions that the API has granted and that are still to happen: these Pods count as gone. */
function grantedEvictions(
  { budget, pods }: DisruptionSnapshot,
  now: number,
): { disrupted: Record<string, string>; overdue: Pod[]; waiting: Waiting[] } {
  const disrupted: Record<string, string> = {};
  const overdue: Pod[] = [];
  let soonest = Number.POSITIVE_INFINITY;
  for (const pod of pods) {
    const name = pod.metadata?.name ?? '';
    const granted = budget.status?.disruptedPods?.[name];
    if (!granted || pod.metadata?.deletionTimestamp) continue;
    const end = parseTime(granted) + DELETION_MS_MAX;
    if (end < now) overdue.push(pod);
    else {
      disrupted[name] = granted;
      soonest = Math.min(soonest, end);
    }
  }
  const message = 'pods whose eviction was granted are still there';
  const isWaiting = Number.isFinite(soonest);
  const waiting = isWaiting ? [{ reason: 'EvictionPending', message, afterMs: soonest - now + 1 }] : [];
  return { disrupted, overdue, waiting };
}

function statusOf(
  { budget, pods }: DisruptionSnapshot,
  { count, desiredHealthy }: Expected,
  disrupted: Readonly<Record<string, string>>,
  now: number,
): PodDisruptionBudgetStatus {
  const isHealthy = (pod: Pod): boolean =>
    !pod.metadata?.deletionTimestamp && !Object.hasOwn(disrupted, pod.metadata?.name ?? '') && isPodReady(pod);
  const currentHealthy = pods.filter(isHealthy).length;
  const disruptionsAllowed = count <= 0 ? 0 : Math.max(0, currentHealthy - desiredHealthy);
  const observedGeneration = budget.metadata?.generation;
  const { conditions } = budget.status ?? {};
  return {
    ...(observedGeneration === undefined ? {} : { observedGeneration }),
    ...(Object.keys(disrupted).length > 0 ? { disruptedPods: { ...disrupted } } : {}),
    disruptionsAllowed,
    currentHealthy,
    desiredHealthy,
    expectedPods: count,
    conditions: allowanceCondition({ conditions, disruptionsAllowed, observedGeneration }, now),
  };
}

/** Whoever does not know must not allow anything. */
function failSafe(snapshot: DisruptionSnapshot, failure: string, now: number): Decision<DisruptionAction> {
  const { budget } = snapshot;
  const present = budget.status ?? { currentHealthy: 0, desiredHealthy: 0, expectedPods: 0, disruptionsAllowed: 0 };
  const base = { ...present, disruptionsAllowed: 0 };
  const status = { ...base, conditions: allowanceCondition(base, now, failure) };
  if (isSame(status, budget.status)) return { actions: [] };
  const reason = 'CalculateExpectedPodCountFailed';
  const message = `Failed to calculate the number of expected pods: ${failure}`;
  return {
    actions: [{ type: 'tellBudget', budget, severity: 'Warning', reason, message }, updateOf(snapshot, status)],
  };
}

/** Told with a change of the status only: nothing is news twice. */
function tell({ budget, pods }: DisruptionSnapshot, { unmanaged }: Expected): DisruptionAction[] {
  const told: DisruptionAction[] = [];
  if (pods.length === 0)
    told.push({ type: 'tellBudget', budget, severity: 'Normal', reason: 'NoPods', message: 'No matching pods found' });
  if (unmanaged.length > 0) {
    const message =
      `Pods selected by this PodDisruptionBudget (selector: ${formatLabelSelector(budget.spec?.selector)}) were found ` +
      'to be unmanaged. As a result, the status of the PDB cannot be calculated correctly, which may result in undefined behavior. ' +
      'To account for these pods please set ".spec.minAvailable" field of the PDB to an integer value.';
    told.push({ type: 'tellBudget', budget, severity: 'Warning', reason: 'UnmanagedPods', message });
  }
  return told;
}

function isSame(status: PodDisruptionBudgetStatus, present: PodDisruptionBudgetStatus | undefined): boolean {
  return deepEqual(status, present ?? {});
}
