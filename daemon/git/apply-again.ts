/**
 * Applies objects of git once more onto what is live now: what the drift watch and the release of held workloads do. The caller holds the lease.
 */

import type { DesiredObject } from './desired-state.ts';
import type { GitEngine } from './engine.ts';
import { type ObjectPlan, planObjects } from './plan-objects.ts';
import { HOST_ADMINISTRATOR } from './ports.ts';
import { hideValues } from './secrets/redact.ts';

export type AppliedAgain =
  | { result: 'nothing to do' | 'applied' | 'changed meanwhile' }
  | { result: 'refused'; problem: string };

/** `holds`: the texts of those that stay held. All of them are applied at once, or none. Throws the store's 503. */
export async function applyAgain(
  engine: GitEngine,
  objects: readonly DesiredObject[],
  holds: ReadonlyMap<string, string>,
): Promise<AppliedAgain> {
  const { store, admission, clock } = engine.options;
  const plan = await planObjects({
    store,
    admission,
    clock,
    user: HOST_ADMINISTRATOR,
    holds,
    changes: { changed: objects.map((object) => ({ ...object, before: object })), removed: [] },
  });
  if (plan.operations.length === 0 || plan.problems.length > 0) {
    plan.settle(false);
    const [first] = plan.problems;
    if (!first) return { result: 'nothing to do' };
    return { result: 'refused', problem: hideValues(first.document, first.problem.message) };
  }
  return { result: (await commitPlan(engine, plan)) ? 'applied' : 'changed meanwhile' };
}

async function commitPlan(engine: GitEngine, plan: ObjectPlan): Promise<boolean> {
  for (const operation of plan.operations) if (operation.type === 'put') engine.own.add(operation.value);
  let done = false;
  try {
    done = (await engine.options.store.commit(plan.operations)).ok;
    return done;
  } finally {
    plan.settle(done);
  }
}
