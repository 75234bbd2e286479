/** Services and EndpointSlices for the proxy's and the DNS server's tests, short to write. */

import type { Endpoint, EndpointSlice, Service, ServiceSpec } from '../../daemon/kinds/types.generated.ts';

export const NODE = { nodeName: 'n1', zone: undefined };
export const SETTINGS = { podCidr: '10.244.0.0/16' };

export function service(name: string, spec: Partial<ServiceSpec>, extra: Partial<Service> = {}): Service {
  const [namespace, own] = name.includes('/') ? name.split('/') : ['default', name];
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { namespace, name: own! },
    spec: { type: 'ClusterIP', clusterIP: '10.96.0.10', ports: [{ port: 80, protocol: 'TCP' }], ...spec },
    ...extra,
  } as Service;
}

export interface EndpointInput {
  ip: string;
  ready?: boolean;
  serving?: boolean;
  terminating?: boolean;
  node?: string;
  zones?: string[];
  hostname?: string;
}

export function slice(
  serviceName: string,
  endpoints: (string | EndpointInput)[],
  ports: { name?: string; port: number; protocol?: string }[] = [{ port: 8080 }],
  suffix = 'abc',
): EndpointSlice {
  const [namespace, own] = serviceName.includes('/') ? serviceName.split('/') : ['default', serviceName];
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { namespace, name: `${own}-${suffix}`, labels: { 'kubernetes.io/service-name': own! } },
    addressType: 'IPv4',
    endpoints: endpoints.map((endpoint) => sliceEndpoint(typeof endpoint === 'string' ? { ip: endpoint } : endpoint)),
    ports: ports.map((port) => ({ name: port.name ?? '', protocol: port.protocol ?? 'TCP', port: port.port })),
  } as EndpointSlice;
}

function sliceEndpoint(input: EndpointInput): Endpoint {
  const ready = input.ready ?? true;
  return {
    addresses: [input.ip],
    conditions: { ready, serving: input.serving ?? ready, terminating: input.terminating ?? false },
    nodeName: input.node ?? 'n1',
    ...(input.hostname ? { hostname: input.hostname } : {}),
    ...(input.zones ? { hints: { forZones: input.zones.map((name) => ({ name })) } } : {}),
  };
}
