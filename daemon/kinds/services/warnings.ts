/**
 * Warnings about Services (`pkg/api/service/warnings.go` of 1.32).
 */

import { path } from '../../base/field.ts';
import { parseLenientOctets } from '../../base/ip.ts';
import type { Service } from '../types.generated.ts';

const HINTS = 'service.kubernetes.io/topology-aware-hints';
const MODE = 'service.kubernetes.io/topology-mode';

export function warnings(service: Readonly<Service>): string[] {
  const spec = service.spec ?? {};
  const found: string[] = [];
  if (service.metadata?.annotations?.[HINTS] !== undefined) {
    found.push(`annotation ${HINTS} is deprecated, please use ${MODE} instead`);
  }
  found.push(...addressWarnings('clusterIPs', spec.clusterIPs), ...addressWarnings('externalIPs', spec.externalIPs));
  if (spec.type === 'ExternalName' && spec.externalIPs?.length) {
    found.push('spec.externalIPs is ignored when spec.type is "ExternalName"');
  }
  if (spec.type !== 'ExternalName' && spec.externalName) {
    found.push('spec.externalName is ignored when spec.type is not "ExternalName"');
  }
  return found;
}

/** Octets with leading zeros are read as decimal here and as octal elsewhere. */
function addressWarnings(field: string, addresses: readonly string[] | undefined): string[] {
  return (addresses ?? []).flatMap((address, index) => {
    if (!parseLenientOctets(address) || !/(^|\.)0\d/.test(address)) return [];
    const at = path('spec').child(field).index(index);
    const problem = `ParseAddr(${JSON.stringify(address)}): IPv4 field has octet with leading zero`;
    return [`${at}: IP address was accepted, but will be invalid in a future Kubernetes release: ${problem}`];
  });
}
