/**
 * Which Pods a ResourceQuota's scopes choose (`pkg/quota/v1/evaluator/core/pods.go`). Anything else is chosen by a quota without scopes only. Pure.
 */

import type {
  Pod,
  PodAffinityTerm,
  ResourceQuotaSpec,
  ScopedResourceSelectorRequirement,
} from '../../types.generated.ts';
import { qosClassOf } from '../pod/qos.ts';

/** `scopes` and `scopeSelector` as one list: all must match. */
export function scopesOf({ scopes, scopeSelector }: Readonly<ResourceQuotaSpec>): ScopedResourceSelectorRequirement[] {
  const plain = (scopes ?? []).map((scopeName) => ({ scopeName, operator: 'Exists' }));
  return [...plain, ...(scopeSelector?.matchExpressions ?? [])];
}

export function podMatchesScopes(pod: Readonly<Pod>, scopes: readonly ScopedResourceSelectorRequirement[]): boolean {
  return scopes.every((scope) => podMatches(pod, scope));
}

function podMatches(pod: Readonly<Pod>, scope: ScopedResourceSelectorRequirement): boolean {
  const { spec = { containers: [] } } = pod;
  const isTerminating = spec.activeDeadlineSeconds !== undefined && spec.activeDeadlineSeconds >= 0;
  switch (scope.scopeName) {
    case 'Terminating':
      return isTerminating;
    case 'NotTerminating':
      return !isTerminating;
    case 'BestEffort':
      return qosClassOf(spec) === 'BestEffort';
    case 'NotBestEffort':
      return qosClassOf(spec) !== 'BestEffort';
    case 'PriorityClass':
      return matchesPriority(spec.priorityClassName, scope);
    case 'CrossNamespacePodAffinity':
      return reachesOtherNamespaces(pod);
    default:
      return false;
  }
}

function matchesPriority(
  name: string | undefined,
  { operator, values = [] }: ScopedResourceSelectorRequirement,
): boolean {
  if (operator === 'Exists') return Boolean(name);
  if (operator === 'DoesNotExist') return !name;
  if (operator === 'In') return Boolean(name) && values.includes(name!);
  return operator === 'NotIn' && !(name && values.includes(name));
}

function reachesOtherNamespaces({ spec }: Readonly<Pod>): boolean {
  const { podAffinity, podAntiAffinity } = spec?.affinity ?? {};
  const reaches = (term: PodAffinityTerm | undefined): boolean =>
    Boolean(term && ((term.namespaces?.length ?? 0) > 0 || term.namespaceSelector));
  return [podAffinity, podAntiAffinity].some(
    (affinity) =>
      affinity?.requiredDuringSchedulingIgnoredDuringExecution?.some(reaches) ||
      affinity?.preferredDuringSchedulingIgnoredDuringExecution?.some(({ podAffinityTerm }) =>
        reaches(podAffinityTerm),
      ),
  );
}
