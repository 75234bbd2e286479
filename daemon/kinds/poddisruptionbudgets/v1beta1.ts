/**
 * PodDisruptionBudgets as `policy/v1beta1` writes them: there an empty selector chooses no Pod, where now it chooses all (`pkg/apis/policy/v1beta1`).
 * Each shape is kept as a selector that nobody would write by hand.
 */

import { deepEqual } from '../../base/json.ts';
import type { LabelSelector, PodDisruptionBudget, PodDisruptionBudgetV1beta1 } from '../types.generated.ts';

const LABEL = 'pdb.kubernetes.io/deprecated-v1beta1-empty-selector-match';
const EMPTY: LabelSelector = {};
/** As v1beta1 writes what chooses all Pods. */
const OLD_ALL: LabelSelector = { matchExpressions: [{ key: LABEL, operator: 'DoesNotExist' }] };
/** As v1 writes what chooses none. */
const NONE: LabelSelector = { matchExpressions: [{ key: LABEL, operator: 'Exists' }] };

export function toKeptBudget(budget: PodDisruptionBudgetV1beta1): PodDisruptionBudget {
  return exchange(budget, [
    [EMPTY, NONE],
    [OLD_ALL, EMPTY],
  ]);
}

export function fromKeptBudget(budget: PodDisruptionBudget): PodDisruptionBudgetV1beta1 {
  return exchange(budget, [
    [NONE, EMPTY],
    [EMPTY, OLD_ALL],
  ]);
}

function exchange<T extends PodDisruptionBudget | PodDisruptionBudgetV1beta1>(
  budget: T,
  pairs: readonly (readonly [LabelSelector, LabelSelector])[],
): T {
  const selector = budget.spec?.selector;
  const found = selector && pairs.find(([from]) => deepEqual(from, selector));
  return found ? { ...budget, spec: { ...budget.spec, selector: structuredClone(found[1]) } } : budget;
}
