/**
 * By what a pod is selected together with its like: its services and its controller (`component-helpers`: DefaultSelector). Pure over
 * informers. Used for the system's default spreading.
 */

import { compileLabelSelector, isEmptySelector, type LabelMatcher } from '../base/label-selector.ts';
import { controllerOf } from '../base/object.ts';
import type { Informer } from '../client/informer.ts';
import type { LabelSelector, Pod, ReplicaSet, Service } from '../kinds/types.generated.ts';

export interface DefaultSelectorSources {
  services: Informer<Service>;
  replicaSets: Informer<ReplicaSet>;
}

const matchers = new WeakMap<Service, LabelMatcher>();

function selects(service: Service, pod: Readonly<Pod>): boolean {
  const matchLabels = service.spec?.selector;
  if (!matchLabels || Object.keys(matchLabels).length === 0) return false;
  const matcher = matchers.get(service) ?? compileLabelSelector({ matchLabels });
  matchers.set(service, matcher);
  return matcher(pod.metadata?.labels);
}

/** Undefined when neither a service nor a controller selects the pod. */
export function defaultSelectorOf(
  { services, replicaSets }: DefaultSelectorSources,
  pod: Readonly<Pod>,
): LabelSelector | undefined {
  const namespace = pod.metadata?.namespace ?? '';
  const matchLabels: Record<string, string> = {};
  for (const service of services.inNamespace(namespace)) {
    if (selects(service, pod)) Object.assign(matchLabels, service.spec?.selector);
  }
  const owner = controllerOf(pod);
  const replicaSet = owner?.kind === 'ReplicaSet' ? replicaSets.get({ namespace, name: owner.name }) : undefined;
  const selector = {
    matchLabels: { ...matchLabels, ...replicaSet?.spec?.selector?.matchLabels },
    matchExpressions: replicaSet?.spec?.selector?.matchExpressions ?? [],
  };
  return isEmptySelector(selector) ? undefined : selector;
}
