/**
 * The order of rollouts for a write through the API that becomes a commit: what a push would be refused for is refused here too, and a workload that
 * must wait is held by the write itself.
 */

import type { PlannedWrite } from '../../api/rest/persist.ts';
import { invalidValue, path } from '../../base/field.ts';
import { invalid } from '../../base/status.ts';
import { WAITS_FOR } from '../../kinds/common/rollout-order.ts';
import type { Operation } from '../../store/store.ts';
import { type Candidate, decideChanges, type ObjectChanges } from '../desired-state.ts';
import type { GitEngine } from '../engine.ts';
import { contentOf } from '../revert/content.ts';
import { checkOrder } from '../rollout/check-order.ts';
import { describePending, type PlannedHold } from '../rollout/holds.ts';
import { saysOrder } from '../rollout/order.ts';
import { withoutHold } from '../rollout/with-hold.ts';

export interface WriteOrder {
  changes: ObjectChanges;
  held: ReadonlyMap<string, PlannedHold>;
}

/** Undefined: nothing about order is at stake, the usual case. Throws 422 for what cannot be kept. */
export function orderOfWrite(engine: GitEngine, write: PlannedWrite, candidate: Candidate): WriteOrder | undefined {
  const { state, options, holds } = engine;
  const documents = [...candidate.files.values()].flatMap((file) => file?.documents ?? []);
  const own = documents.find(({ names }) => names?.storeKey === write.key);
  const concerns = own ? saysOrder(own.object) || state.ordered.has(write.key) : state.ordered.size > 0;
  if (!concerns) return undefined;
  const changes = decideChanges(state, candidate);
  const [problem] = checkOrder({
    state,
    changes,
    registry: options.registry,
    isLive: ({ storeKey }) => options.store.get(storeKey) !== undefined,
    heldFor: (key) => holds.heldFor(key),
  });
  if (problem) {
    const { resource } = write.kind;
    const { message, expected, fieldPath } = problem;
    const name = (write.next ?? write.old)?.metadata?.name ?? '';
    const detail = `${problem.file}: ${message}; expected: ${expected}`;
    throw invalid({ group: resource.group, kind: resource.kind }, name, [invalidValue(path(fieldPath), name, detail)]);
  }
  return { changes, held: holds.planWrite(changes, candidate.commit) };
}

/** What the write asks for, to be known again should it fail; undefined while nothing is reverted. */
export function contentOfWrite({ state }: GitEngine, { key }: PlannedWrite, candidate: Candidate): string | undefined {
  if (!state.configuration.autoRevert.enabled) return undefined;
  const { changed, removed } = decideChanges(state, candidate);
  return contentOf({
    changed: changed.filter(({ document }) => document.names?.storeKey === key),
    removed: removed.filter(({ names }) => names.storeKey === key),
  });
}

/** The write's operations, its workload held when it must wait; `held`: what it is held for already, which no write takes away. */
export function withOrder(
  operations: readonly Operation[],
  { key }: PlannedWrite,
  order: WriteOrder | undefined,
  held: string | undefined,
): readonly Operation[] {
  if (!order && held === undefined) return operations;
  const hold = order?.held.get(key);
  const text = order ? hold && describePending(hold.pending) : held;
  return operations.map((operation) => {
    if (operation.type !== 'put' || operation.key !== key) return operation;
    if (text === undefined) return { ...operation, value: withoutHold(operation.value) };
    const { metadata } = operation.value;
    const annotations = { ...metadata?.annotations, [WAITS_FOR]: text };
    return { ...operation, value: { ...operation.value, metadata: { ...metadata, annotations } } };
  });
}
