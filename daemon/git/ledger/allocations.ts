/**
 * What the cluster handed out to the Services of a publication and their manifests do not say: addresses and ports. Taken for the ledger when they come
 * into force, and put back when the past is read. Pure.
 */

import type { KubeObject } from '../../base/object.ts';
import { registryPrefix } from '../../base/registry-key.ts';
import { SERVICES } from '../../kinds/resources.ts';
import type { Service, ServicePort } from '../../kinds/types.generated.ts';
import type { Operation } from '../../store/store.ts';

/** Of one Service. */
export interface Allocation {
  readonly clusterIPs?: readonly string[];
  /** `80/TCP` → node port. */
  readonly nodePorts?: Readonly<Record<string, number>>;
  readonly healthCheckNodePort?: number;
}

export const isAllocatedTo = (storeKey: string): boolean => storeKey.startsWith(registryPrefix(SERVICES));

const nameOf = ({ port, protocol = 'TCP' }: ServicePort): string => `${port}/${protocol}`;

/** Store key → allocation, of the Services that these operations write. */
export function allocationsOf(operations: readonly Operation[]): Record<string, Allocation> {
  const allocations: Record<string, Allocation> = {};
  for (const operation of operations) {
    if (operation.type !== 'put' || !isAllocatedTo(operation.key)) continue;
    const { clusterIPs = [], ports = [], healthCheckNodePort } = (operation.value as Service).spec ?? {};
    const nodePorts = ports.flatMap((port) => (port.nodePort ? [[nameOf(port), port.nodePort] as const] : []));
    allocations[operation.key] = {
      ...(clusterIPs.length > 0 ? { clusterIPs } : {}),
      ...(nodePorts.length > 0 ? { nodePorts: Object.fromEntries(nodePorts) } : {}),
      ...(healthCheckNodePort ? { healthCheckNodePort } : {}),
    };
  }
  return allocations;
}

/** The Service as it was: what its manifest says goes first. */
export function withAllocation(object: KubeObject, allocation: Allocation): KubeObject {
  const { spec } = object as Service;
  if (!spec) return object;
  const { clusterIPs, nodePorts = {}, healthCheckNodePort } = allocation;
  const ports = spec.ports?.map((port) => {
    const nodePort = port.nodePort || nodePorts[nameOf(port)];
    return nodePort ? { ...port, nodePort } : port;
  });
  const next: Service['spec'] = {
    ...spec,
    ...(clusterIPs?.[0] === undefined || spec.clusterIP
      ? {}
      : { clusterIP: clusterIPs[0], clusterIPs: [...clusterIPs] }),
    ...(healthCheckNodePort && !spec.healthCheckNodePort ? { healthCheckNodePort } : {}),
    ...(ports ? { ports } : {}),
  };
  return { ...object, spec: next } as KubeObject;
}
