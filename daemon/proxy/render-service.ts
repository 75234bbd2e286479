/**
 * A Service and its EndpointSlices → its whole part of the rules, with what the rest of the proxy needs to know about it. Pure and total:
 * whatever stands in the objects, it returns; what cannot be rendered is left out and named in `problems`.
 */

import type { EndpointSlice, Service } from '../kinds/types.generated.ts';
import { chooseEndpoints, type NodeTopology, readEndpoints } from './endpoints.ts';
import { type RenderedPort, type RenderSettings, renderPort } from './render-port.ts';
import { isPort, readServicePorts, type ServicePort } from './service-ports.ts';

/** A port with the addresses of the endpoints that may hold flows of it, for conntrack. */
export interface PortFlows {
  readonly port: ServicePort;
  readonly endpointAddresses: readonly string[];
}

export interface ServiceRules {
  readonly ports: ReadonlyMap<string, RenderedPort>;
  readonly flows: ReadonlyMap<string, PortFlows>;
  /** `spec.healthCheckNodePort` of a LoadBalancer with external policy Local. */
  readonly healthPort: number | undefined;
  /** Ready endpoints on this node, what the health check answers. */
  readonly localEndpoints: number;
  readonly problems: readonly string[];
}

export const NO_RULES: ServiceRules = Object.freeze({
  ports: new Map(),
  flows: new Map(),
  healthPort: undefined,
  localEndpoints: 0,
  problems: [],
});

export function renderService(
  service: Service,
  slices: readonly EndpointSlice[],
  node: NodeTopology,
  settings: RenderSettings,
): ServiceRules {
  const { ports, problems } = readServicePorts(service);
  const rendered = new Map<string, RenderedPort>();
  const flows = new Map<string, PortFlows>();
  const local = new Set<string>();
  for (const port of ports) {
    const id = `${port.id}/${port.protocol}`;
    const endpoints = readEndpoints(port, slices, node);
    const choice = chooseEndpoints(endpoints, port, node);
    rendered.set(id, renderPort(port, choice, settings));
    const used = new Set([...choice.cluster, ...choice.local].map((endpoint) => endpoint.address));
    flows.set(id, { port, endpointAddresses: [...used] });
    for (const endpoint of endpoints) if (endpoint.isLocal && endpoint.ready) local.add(endpoint.address);
  }
  return { ports: rendered, flows, healthPort: healthPortOf(service), localEndpoints: local.size, problems };
}

function healthPortOf(service: Service): number | undefined {
  const spec = service.spec;
  if (spec?.type !== 'LoadBalancer' || spec.externalTrafficPolicy !== 'Local') return undefined;
  return isPort(spec.healthCheckNodePort) ? spec.healthCheckNodePort : undefined;
}
