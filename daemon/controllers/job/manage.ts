/**
 * Which Pods a Job that goes on needs more, and which it has too many (`job_controller.go`: manageJob). Pure.
 */

import { firstFree, indexesOf, unite } from '../../kinds/jobs/indexes.ts';
import type { Pod } from '../../kinds/types.generated.ts';
import type { Waiting } from '../../runtime/loop.ts';
import { podsToDelete } from '../shared/rank.ts';
import type { NewPod } from './actions.ts';
import { type Backoff, finishedMs, waitMs } from './backoff.ts';
import { type Count, failuresOf } from './count.ts';
import { judgeFailure } from './failure-policy.ts';
import { failuresBefore, indexOf, isTerminating, replacesOnlyFailed, validIndexOf } from './pods.ts';

/** As upstream's MaxPodCreateDeletePerSync: Pods made or deleted in one pass. */
const BURST = 500;

export interface PodChanges {
  create: readonly NewPod[];
  delete: readonly Pod[];
  waiting?: Waiting;
}

const NOTHING: PodChanges = { create: [], delete: [] };

/** Never both: what is too much goes first. */
export function manage(count: Count, backoff: Backoff, now: number): PodChanges {
  const { spec, active } = count;
  if (spec.suspend) return { ...NOTHING, delete: active };
  const wanted = wantedActive(count);
  const surplus = tooMany(count, Math.max(0, active.length - wanted), now);
  if (surplus.length > 0) return { ...NOTHING, delete: surplus.slice(0, BURST) };
  const stopping = replacesOnlyFailed(spec) ? count.terminating : 0;
  const missing = Math.min(wanted - stopping - active.length, BURST);
  if (missing <= 0) return NOTHING;
  if (spec.backoffLimitPerIndex !== undefined) return createByIndex(count, missing, now);
  const afterMs = waitMs(backoff, now);
  if (afterMs > 0) return { ...NOTHING, waiting: waitFor(afterMs) };
  if (!count.indexes) return { ...NOTHING, create: Array.from({ length: missing }, () => ({})) };
  return { ...NOTHING, create: pendingIndexes(count, missing).map((index) => ({ index })) };
}

const waitFor = (afterMs: number): Waiting => ({
  reason: 'BackOff',
  message: 'a Pod has failed; its successor waits',
  afterMs,
});

function wantedActive({ spec, active, succeeded }: Count): number {
  const { parallelism = 1, completions } = spec;
  if (completions === undefined) return succeeded > 0 ? active.length : parallelism;
  return Math.max(0, Math.min(completions - succeeded, parallelism));
}

/** At least so many; of Indexed Jobs also those of no index, and of one that another has. */
function tooMany(count: Count, atLeast: number, now: number): readonly Pod[] {
  const { active, spec, indexes } = count;
  const misplaced: Pod[] = [];
  let others: readonly Pod[] = active;
  if (indexes) {
    const byIndex = new Map<number | undefined, Pod[]>();
    for (const pod of active) {
      const index = validIndexOf(pod, spec);
      byIndex.set(index, [...(byIndex.get(index) ?? []), pod]);
    }
    for (const [index, pods] of byIndex)
      misplaced.push(...podsToDelete(pods, [], index === undefined ? pods.length : pods.length - 1, now));
    others = active.filter((pod) => !misplaced.includes(pod));
  }
  const more = Math.max(0, atLeast - misplaced.length);
  return [...misplaced, ...podsToDelete(others, [], more, now)];
}

function pendingIndexes({ spec, indexes, active, pods }: Count, atMost: number): number[] {
  const held = replacesOnlyFailed(spec) ? [...active, ...pods.filter(isTerminating)] : active;
  const running = held.map(indexOf).filter((index) => index !== undefined);
  const taken = unite(unite(indexes!.succeeded, indexesOf(running)), indexes!.failed ?? []);
  return firstFree(taken, atMost, spec.completions ?? 0);
}

/** Each index waits for itself. */
function createByIndex(count: Count, missing: number, now: number): PodChanges {
  const { spec } = count;
  const create: NewPod[] = [];
  let afterMs = Infinity;
  for (const index of pendingIndexes(count, missing)) {
    const before = count.indexes!.waiting.get(index);
    const left = before ? waitMs({ failures: failuresOf(before) + 1, lastFailureMs: finishedMs(before) }, now) : 0;
    if (left > 0) {
      afterMs = Math.min(afterMs, left);
      continue;
    }
    const { counted, ignored } = before ? failuresBefore(before) : { counted: 0, ignored: 0 };
    const isCounted = before !== undefined && judgeFailure(spec.podFailurePolicy, before).isCounted;
    const isIgnored = before !== undefined && !isCounted;
    create.push({ index, failures: counted + Number(isCounted), ignoredFailures: ignored + Number(isIgnored) });
  }
  return { ...NOTHING, create, ...(afterMs < Infinity ? { waiting: waitFor(afterMs) } : {}) };
}
