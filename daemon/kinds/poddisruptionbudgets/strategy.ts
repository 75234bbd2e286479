/**
 * What the writes on a PodDisruptionBudget's paths keep (`pkg/registry/policy/poddisruptionbudget/strategy.go`).
 */

import { restore } from '../common/strategy.ts';
import type { PodDisruptionBudget } from '../types.generated.ts';

export function prepareForCreate(budget: PodDisruptionBudget): void {
  budget.status = { disruptionsAllowed: 0, currentHealthy: 0, desiredHealthy: 0, expectedPods: 0 };
}

export function prepareForUpdate(budget: PodDisruptionBudget, old: Readonly<PodDisruptionBudget>): void {
  restore(budget, old, 'status');
}

export function prepareForStatusUpdate(budget: PodDisruptionBudget, old: Readonly<PodDisruptionBudget>): void {
  restore(budget, old, 'spec');
}
