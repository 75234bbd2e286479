/**
 * What is left in a namespace after a round of deletions, as conditions tell it (`namespace/deletion/status_condition_utils.go`). Pure.
 */

import { formatTime } from '../../base/clock.ts';
import type { NamespaceCondition } from '../../kinds/types.generated.ts';

export interface Remains {
  /** `pods.` → how many objects of it are left. */
  counts: ReadonlyMap<string, number>;
  /** finalizer → how many objects it holds. */
  finalizers: ReadonlyMap<string, number>;
  /** What listing or deleting failed with. */
  errors: readonly string[];
}

const CONTENT_TYPES = {
  NamespaceDeletionDiscoveryFailure: ['ResourcesDiscovered', 'All resources successfully discovered'],
  NamespaceDeletionGroupVersionParsingFailure: ['ParsedGroupVersions', 'All legacy kube types successfully parsed'],
  NamespaceDeletionContentFailure: [
    'ContentDeleted',
    'All content successfully deleted, may be waiting on finalization',
  ],
  NamespaceContentRemaining: ['ContentRemoved', 'All content successfully removed'],
  NamespaceFinalizersRemaining: ['ContentHasNoFinalizers', 'All content-preserving finalizers finished'],
} as const;

/** All five conditions, transition times kept where the status stays. */
export function remainsConditions(
  before: readonly NamespaceCondition[],
  remains: Remains,
  now: number,
): NamespaceCondition[] {
  const trouble = new Map<string, [string, string]>();
  if (remains.errors.length > 0) {
    const message = `Failed to delete all resource types, ${remains.errors.length} remaining: ${remains.errors.join(', ')}`;
    trouble.set('NamespaceDeletionContentFailure', ['ContentDeletionFailed', message]);
  }
  if (remains.counts.size > 0) {
    const parts = [...remains.counts].map(([resource, count]) => `${resource} has ${count} resource instances`);
    const message = `Some resources are remaining: ${parts.sort().join(', ')}`;
    trouble.set('NamespaceContentRemaining', ['SomeResourcesRemain', message]);
  }
  if (remains.finalizers.size > 0) {
    const parts = [...remains.finalizers].map(([name, count]) => `${name} in ${count} resource instances`);
    const message = `Some content in the namespace has finalizers remaining: ${parts.sort().join(', ')}`;
    trouble.set('NamespaceFinalizersRemaining', ['SomeFinalizersRemain', message]);
  }
  const own = Object.entries(CONTENT_TYPES).map(([type, fine]): NamespaceCondition => {
    const found = trouble.get(type);
    const status = found ? 'True' : 'False';
    const [reason, message] = found ?? fine;
    const old = before.find((condition) => condition.type === type);
    const lastTransitionTime = old?.status === status ? old.lastTransitionTime : formatTime(now);
    return { type, status, lastTransitionTime, reason, message };
  });
  return [...before.filter(({ type }) => !(type in CONTENT_TYPES)), ...own];
}
