/** What the disruption loop sees and does. Keys are `namespace/name` of PodDisruptionBudgets. */

import type { Pod, PodDisruptionBudget, PodDisruptionBudgetStatus } from '../../kinds/types.generated.ts';

/** How many Pods a controller is to have; undefined when nobody knows such a controller. */
export interface OwnerScale {
  uid: string;
  replicas: number;
}

export interface DisruptionSnapshot {
  key: string;
  budget: PodDisruptionBudget;
  /** Those that the budget chooses. */
  pods: readonly Pod[];
  /** `undefined`: it has no controller; `'unknown'`: one that is not found. */
  scaleOf(pod: Readonly<Pod>): OwnerScale | 'unknown' | undefined;
}

export type DisruptionAction =
  | { type: 'updateStatus'; key: string; budget: PodDisruptionBudget; status: PodDisruptionBudgetStatus }
  | { type: 'tellBudget'; budget: PodDisruptionBudget; severity: 'Normal' | 'Warning'; reason: string; message: string }
  | { type: 'tellNotDeleted'; budget: PodDisruptionBudget; pod: Pod };
