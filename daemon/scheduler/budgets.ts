/**
 * Which victims of a preemption a disruption budget does not allow (`filterPodsWithPDBViolation`). Pure.
 * A budget does not forbid a preemption: one that violates none, or fewer, is preferred.
 */

import { compileLabelSelector } from '../base/label-selector.ts';
import type { PodDisruptionBudget } from '../kinds/types.generated.ts';
import type { PodInfo } from './pod-info.ts';

/** Of these pods, most important first, those that one budget or another has no more disruptions for: by uid. */
export function violating(pods: readonly PodInfo[], budgets: readonly PodDisruptionBudget[]): ReadonlySet<string> {
  const open = budgets.map(({ metadata, spec, status }) => ({
    namespace: metadata?.namespace,
    matches: compileLabelSelector(spec?.selector),
    // Its eviction was granted already, and counted then.
    isGranted: (name: string) => Object.hasOwn(status?.disruptedPods ?? {}, name),
    left: status?.disruptionsAllowed ?? 0,
  }));
  const found = new Set<string>();
  for (const { uid, namespace, labels, pod } of pods) {
    for (const budget of open) {
      if (budget.namespace !== namespace || Object.keys(labels).length === 0 || !budget.matches(labels)) continue;
      if (budget.isGranted(pod.metadata?.name ?? '')) continue;
      budget.left -= 1;
      if (budget.left < 0) found.add(uid);
    }
  }
  return found;
}
