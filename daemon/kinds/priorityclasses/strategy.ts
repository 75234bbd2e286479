/**
 * What a new PriorityClass begins with (`pkg/registry/scheduling/priorityclass/strategy.go`): its generation never changes.
 */

import type { PriorityClass } from '../types.generated.ts';

export function prepareForCreate(priorityClass: PriorityClass): void {
  priorityClass.metadata = { ...priorityClass.metadata, generation: 1 };
}
