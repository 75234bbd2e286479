/**
 * What a pod may be told of itself (`core/v1` ObjectFieldSelector, ResourceFieldSelector), for variables and for volumes. Pure.
 */

import { goQuote } from '../../base/go-quote.ts';
import { parseQuantity, quantityMilliValue, quantityValue } from '../../base/quantity.ts';
import type { Container, Pod, ResourceFieldSelector } from '../../kinds/types.generated.ts';

/** `key="value"` lines, sorted by key, with Go's quoting. */
function renderMap(map: Readonly<Record<string, string>> | undefined): string {
  return Object.keys(map ?? {})
    .sort()
    .map((key) => `${key}=${goQuote(map![key] ?? '')}`)
    .join('\n');
}

const SIMPLE: Record<string, (pod: Readonly<Pod>) => string | undefined> = {
  'metadata.name': (pod) => pod.metadata?.name,
  'metadata.namespace': (pod) => pod.metadata?.namespace,
  'metadata.uid': (pod) => pod.metadata?.uid,
  'metadata.labels': (pod) => renderMap(pod.metadata?.labels),
  'metadata.annotations': (pod) => renderMap(pod.metadata?.annotations),
  'spec.nodeName': (pod) => pod.spec?.nodeName,
  'spec.serviceAccountName': (pod) => pod.spec?.serviceAccountName,
  'status.hostIP': (pod) => pod.status?.hostIP,
  'status.hostIPs': (pod) => pod.status?.hostIPs?.map(({ ip }) => ip).join(','),
  'status.podIP': (pod) => pod.status?.podIP,
  'status.podIPs': (pod) => pod.status?.podIPs?.map(({ ip }) => ip).join(','),
};

/** `''` for a field without a value. The path was validated at admission. */
export function readPodField(pod: Readonly<Pod>, fieldPath: string): string {
  const subscript = /^metadata\.(labels|annotations)\['(.+)'\]$/.exec(fieldPath);
  if (subscript) return pod.metadata?.[subscript[1] as 'labels' | 'annotations']?.[subscript[2]!] ?? '';
  return SIMPLE[fieldPath]?.(pod) ?? '';
}

function ceilDivide(value: number, divisor: number): string {
  return String(Math.ceil(value / divisor));
}

/** A limit that is not set is what the node has to give. */
export function readResourceField(
  pod: Readonly<Pod>,
  selector: Readonly<ResourceFieldSelector>,
  allocatable: Readonly<Record<string, string>>,
  own?: Readonly<Container>,
): string {
  const all = [...(pod.spec?.containers ?? []), ...(pod.spec?.initContainers ?? [])];
  const container = selector.containerName ? all.find(({ name }) => name === selector.containerName) : own;
  const [list = '', ...rest] = selector.resource.split('.');
  const name = rest.join('.');
  const given = list === 'limits' ? container?.resources?.limits?.[name] : container?.resources?.requests?.[name];
  const value = given ?? (list === 'limits' ? allocatable[name] : undefined) ?? '0';
  const divisor = selector.divisor && parseQuantity(selector.divisor)?.nanos ? selector.divisor : '1';
  if (name === 'cpu') return ceilDivide(quantityMilliValue(value), quantityMilliValue(divisor));
  return ceilDivide(quantityValue(value), quantityValue(divisor));
}
