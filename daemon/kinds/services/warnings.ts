/**
 * Warnings about Services (`pkg/api/service/warnings.go` of 1.32).
 */

import { path } from '../../base/field.ts';
import { parseIPv4 } from '../../base/ip.ts';
import type { Service, ServiceSpec } from '../types.generated.ts';

const TOPOLOGY_ANNOTATION = 'service.kubernetes.io/topology-aware-hints';

export function warnings(service: Readonly<Service>): string[] {
  const spec = service.spec ?? {};
  const found: string[] = [];
  if (service.metadata?.annotations?.[TOPOLOGY_ANNOTATION] !== undefined) {
    const at = path('metadata').child('annotations').key(TOPOLOGY_ANNOTATION);
    found.push(
      `${at}: annotation ${TOPOLOGY_ANNOTATION} is deprecated, please use service.kubernetes.io/topology-mode instead`,
    );
  }
  if (spec.type === 'ExternalName' && spec.externalIPs?.length) {
    found.push(`spec.externalIPs is ignored when spec.type is "ExternalName"`);
  }
  if (spec.type !== 'LoadBalancer' && spec.loadBalancerIP) {
    found.push(`spec.loadBalancerIP is ignored when spec.type is not "LoadBalancer"`);
  }
  if (spec.type === 'ExternalName' && spec.sessionAffinity === 'ClientIP') {
    found.push(`spec.SessionAffinity is ignored when spec.type is "ExternalName"`);
  }
  return [...found, ...paddedAddresses(spec)];
}

/** Octets with leading zeros are read as decimal here and as octal elsewhere. */
function paddedAddresses(spec: ServiceSpec): string[] {
  const lists = { clusterIPs: spec.clusterIPs, externalIPs: spec.externalIPs };
  return Object.entries(lists).flatMap(([field, addresses]) =>
    (addresses ?? []).flatMap((address, index) => {
      if (!parseIPv4(address) || !/(^|\.)0\d/.test(address)) return [];
      const at = path('spec').child(field).index(index);
      return [
        `${at}: IP address was accepted, but will be invalid in a future Kubernetes release: IPv4 field has octet with leading zero`,
      ];
    }),
  );
}
