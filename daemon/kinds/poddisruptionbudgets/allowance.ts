/**
 * The condition that says whether a budget allows a disruption (`component-helpers/apps/poddisruptionbudget`). Pure.
 */

import { formatTime } from '../../base/clock.ts';
import type { Condition, PodDisruptionBudgetStatus } from '../types.generated.ts';

const TYPE = 'DisruptionAllowed';

/** The status' conditions, that one brought in line with `disruptionsAllowed`, or with a failure to work it out. */
export function allowanceCondition(
  status: Readonly<Pick<PodDisruptionBudgetStatus, 'conditions' | 'disruptionsAllowed' | 'observedGeneration'>>,
  now: number,
  failure?: string,
): Condition[] {
  const isAllowed = failure === undefined && status.disruptionsAllowed > 0;
  const present = status.conditions ?? [];
  const before = present.find(({ type }) => type === TYPE);
  const is = isAllowed ? 'True' : 'False';
  const reason = failure !== undefined ? 'SyncFailed' : isAllowed ? 'SufficientPods' : 'InsufficientPods';
  const condition = {
    type: TYPE,
    status: is,
    observedGeneration: status.observedGeneration,
    lastTransitionTime: before?.status === is ? before.lastTransitionTime : formatTime(now),
    reason,
    message: failure ?? '',
  };
  return before ? present.map((one) => (one === before ? condition : one)) : [...present, condition];
}
