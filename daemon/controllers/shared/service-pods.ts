/**
 * Which pods stand behind a service, and on which ports. Shared by EndpointSlice and Endpoints. Pure, but for a cache of compiled selectors.
 */

import { compileLabelSelector, type LabelMatcher } from '../../base/label-selector.ts';
import { formatKey, type KubeObject, keyOf } from '../../base/object.ts';
import type { Informer } from '../../client/informer.ts';
import type { Pod, Service, ServicePort } from '../../kinds/types.generated.ts';
import { isPodTerminal } from './pod.ts';

export const HEADLESS_LABEL = 'service.kubernetes.io/headless';
export const TRIGGER_TIME = 'endpoints.kubernetes.io/last-change-trigger-time';

const matchers = new WeakMap<Service, LabelMatcher>();

/** Matches the service's pods by label; nothing when it has no selector. */
export function serviceMatcher(service: Readonly<Service>): LabelMatcher {
  let matcher = matchers.get(service);
  if (!matcher) {
    const matchLabels = service.spec?.selector;
    matcher = compileLabelSelector(hasSelector(service) ? { matchLabels } : undefined);
    matchers.set(service, matcher);
  }
  return matcher;
}

/** An absent or empty selector: somebody else keeps the endpoints. */
export function hasSelector(service: Readonly<Service>): boolean {
  return Object.keys(service.spec?.selector ?? {}).length > 0;
}

export const isHeadless = (service: Readonly<Service>): boolean => service.spec?.clusterIP === 'None';

/** `ShouldPodBeInEndpoints`. */
export function isEndpointPod(pod: Readonly<Pod>, includeTerminating: boolean): boolean {
  if (isPodTerminal(pod) || podAddresses(pod).length === 0) return false;
  return includeTerminating || pod.metadata?.deletionTimestamp === undefined;
}

export function podAddresses(pod: Readonly<Pod>): string[] {
  const { podIP, podIPs = [] } = pod.status ?? {};
  const all = podIPs.map(({ ip }) => ip).filter(Boolean);
  return all.length > 0 || !podIP ? all : [podIP];
}

/** The number behind a service port on this pod, or undefined when the pod has no port of that name. */
export function targetPort(pod: Readonly<Pod>, port: Readonly<ServicePort>): number | undefined {
  const target = port.targetPort ?? port.port;
  if (typeof target === 'number') return target === 0 ? port.port : target;
  if (/^[0-9]+$/.test(target)) return Number(target);
  const sidecars = (pod.spec?.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === 'Always');
  for (const { ports = [] } of [...(pod.spec?.containers ?? []), ...sidecars]) {
    const found = ports.find(({ name, protocol = 'TCP' }) => name === target && protocol === (port.protocol ?? 'TCP'));
    if (found) return found.containerPort;
  }
  return undefined;
}

/** `pod.spec.hostname` counts when the pod's subdomain is the service. */
export function endpointHostname(pod: Readonly<Pod>, service: Readonly<Service>): string | undefined {
  const { hostname, subdomain } = pod.spec ?? {};
  return hostname && subdomain === service.metadata?.name ? hostname : undefined;
}

/** Calls `wake` with the key of every service that selects a changed pod, before or after the change. */
export function wakeServicesOfPods(
  pods: Informer<Pod>,
  services: Informer<Service>,
  wake: (key: string) => void,
): void {
  pods.onChange(({ before, after }) => {
    const namespace = (after ?? before)?.metadata?.namespace ?? '';
    for (const service of services.inNamespace(namespace)) {
      const matches = serviceMatcher(service);
      const isSelected = [before, after].some((pod) => pod && matches(pod.metadata?.labels));
      if (isSelected && concernsEndpoints(before, after)) wake(formatKey(keyOf(service)));
    }
  });
}

/** A pod's change that no endpoint shows is not worth a look (`podEndpointsChanged`). */
function concernsEndpoints(before: Pod | undefined, after: Pod | undefined): boolean {
  if (!before || !after) return true;
  return fingerprint(before) !== fingerprint(after);
}

function fingerprint(pod: Pod): string {
  const { metadata, spec, status } = pod;
  const ready = status?.conditions?.find(({ type }) => type === 'Ready')?.status;
  const phase = isPodTerminal(pod);
  const labels = JSON.stringify(metadata?.labels ?? {});
  return [metadata?.uid, metadata?.deletionTimestamp, spec?.nodeName, podAddresses(pod), ready, phase, labels].join(
    '|',
  );
}

/** The labels that endpoints take over from their service. */
export function serviceLabels(service: Readonly<KubeObject>, reserved: ReadonlySet<string>): Record<string, string> {
  return Object.fromEntries(Object.entries(service.metadata?.labels ?? {}).filter(([name]) => !reserved.has(name)));
}

/** When the newest of what changed became so: the pods' Ready transitions and the service's creation. */
export function triggerTime(service: Readonly<KubeObject>, pods: readonly Readonly<Pod>[]): string | undefined {
  const times = pods.flatMap(({ status }) => {
    const time = status?.conditions?.find(({ type }) => type === 'Ready')?.lastTransitionTime;
    return time ? [time] : [];
  });
  const created = service.metadata?.creationTimestamp;
  return [...times, ...(created ? [created] : [])].sort().at(-1);
}
