/**
 * What a Pod is given when it is created and what the writes on its paths keep (`pkg/registry/core/pod/strategy.go`).
 */

import { qosClassOf } from '../common/pod/qos.ts';
import { restore } from '../common/strategy.ts';
import type { Pod, PodAffinityTerm } from '../types.generated.ts';

export function prepareForCreate(pod: Pod): void {
  const spec = pod.spec ?? { containers: [] };
  pod.status = { phase: 'Pending', qosClass: qosClassOf(spec) };
  if (spec.schedulingGates?.length) {
    pod.status.conditions = [
      {
        type: 'PodScheduled',
        status: 'False',
        reason: 'SchedulingGated',
        message: 'Scheduling is blocked due to non-empty scheduling gates',
      },
    ];
  }
  resolveLabelKeys(pod);
}

/** `matchLabelKeys` and `mismatchLabelKeys` of Pod affinity become expressions with the Pod's own values (KEP-3633). */
function resolveLabelKeys(pod: Pod): void {
  const { podAffinity, podAntiAffinity } = pod.spec?.affinity ?? {};
  for (const affinity of [podAffinity, podAntiAffinity]) {
    for (const term of affinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []) {
      resolveTerm(term, pod.metadata?.labels ?? {});
    }
    for (const { podAffinityTerm } of affinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []) {
      if (podAffinityTerm) resolveTerm(podAffinityTerm, pod.metadata?.labels ?? {});
    }
  }
}

function resolveTerm(term: PodAffinityTerm, labels: Readonly<Record<string, string>>): void {
  const { labelSelector } = term;
  if (!labelSelector) return;
  const add = (keys: readonly string[] | undefined, operator: string) => {
    for (const key of keys ?? []) {
      const value = labels[key];
      if (value === undefined) continue;
      labelSelector.matchExpressions = [...(labelSelector.matchExpressions ?? []), { key, operator, values: [value] }];
    }
  };
  add(term.matchLabelKeys, 'In');
  add(term.mismatchLabelKeys, 'NotIn');
}

export function prepareForUpdate(pod: Pod, old: Readonly<Pod>): void {
  restore(pod, old, 'status');
}

export function prepareForStatusUpdate(pod: Pod, old: Readonly<Pod>): void {
  restore(pod, old, 'spec');
  pod.metadata ??= {};
  if (old.metadata?.ownerReferences) pod.metadata.ownerReferences = old.metadata.ownerReferences;
  else delete pod.metadata.ownerReferences;
  pod.status ??= {};
  pod.status.qosClass ??= old.status?.qosClass ?? qosClassOf(pod.spec ?? { containers: [] });
}
