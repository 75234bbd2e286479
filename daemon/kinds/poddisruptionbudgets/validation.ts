/**
 * The rules of a PodDisruptionBudget (`pkg/apis/policy/validation`).
 */

import { type FieldError, type FieldPath, invalidValue, path } from '../../base/field.ts';
import { checkIntOrPercent, checkLabelSelector, checkNotNegative, checkOneOf, percentOf } from '../common/checks.ts';
import { checkConditions } from '../common/conditions.ts';
import { goValue } from '../common/go-values.ts';
import type { PodDisruptionBudget } from '../types.generated.ts';

const SPEC = path('spec');
const STATUS = path('status');
const COUNTS = ['disruptionsAllowed', 'currentHealthy', 'desiredHealthy', 'expectedPods'] as const;

export function validate({ spec = {} }: Readonly<PodDisruptionBudget>): FieldError[] {
  const errors: FieldError[] = [];
  const { minAvailable, maxUnavailable, selector, unhealthyPodEvictionPolicy: policy } = spec;
  if (minAvailable !== undefined && maxUnavailable !== undefined) {
    const detail = 'minAvailable and maxUnavailable cannot be both set';
    errors.push(invalidValue(SPEC, goValue('policy.PodDisruptionBudgetSpec', spec), detail));
  }
  checkAmount(errors, SPEC.child('minAvailable'), minAvailable);
  checkAmount(errors, SPEC.child('maxUnavailable'), maxUnavailable);
  checkLabelSelector(errors, selector, SPEC.child('selector'));
  if (policy !== undefined)
    checkOneOf(errors, SPEC.child('unhealthyPodEvictionPolicy'), policy, ['AlwaysAllow', 'IfHealthyBudget']);
  return errors;
}

function checkAmount(errors: FieldError[], at: FieldPath, amount: number | string | undefined): void {
  if (amount === undefined) return;
  checkIntOrPercent(errors, at, amount);
  if ((percentOf(amount) ?? 0) > 100)
    errors.push(invalidValue(at, goValue('intstr.IntOrString', amount), 'must not be greater than 100%'));
}

export function validateUpdate(budget: Readonly<PodDisruptionBudget>): FieldError[] {
  return validate(budget);
}

export function validateStatusUpdate(budget: Readonly<PodDisruptionBudget>): FieldError[] {
  const errors: FieldError[] = [];
  checkConditions(errors, budget.status?.conditions, STATUS.child('conditions'));
  for (const count of COUNTS) checkNotNegative(errors, STATUS.child(count), budget.status?.[count]);
  return errors;
}
