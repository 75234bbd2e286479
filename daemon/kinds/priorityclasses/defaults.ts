/**
 * Defaults of a PriorityClass (`pkg/apis/scheduling/v1/defaults.go`).
 */

import type { PriorityClass } from '../types.generated.ts';

export function setDefaults(priorityClass: PriorityClass): void {
  priorityClass.preemptionPolicy ??= 'PreemptLowerPriority';
}
