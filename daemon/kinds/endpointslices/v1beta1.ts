/**
 * EndpointSlices as `discovery.k8s.io/v1beta1` writes them: where an endpoint is, is said by labels (`pkg/apis/discovery/v1beta1/conversion.go`).
 */

import type { Endpoint, EndpointSlice, EndpointSliceV1beta1, EndpointV1beta1 } from '../types.generated.ts';

const ZONE = 'topology.kubernetes.io/zone';
const HOSTNAME = 'kubernetes.io/hostname';

export function toKeptSlice(slice: EndpointSliceV1beta1): EndpointSlice {
  return slice.endpoints ? { ...slice, endpoints: slice.endpoints.map(toKeptEndpoint) } : slice;
}

function toKeptEndpoint({ topology, ...endpoint }: EndpointV1beta1): Endpoint {
  if (!topology) return endpoint;
  const { [ZONE]: zone, ...labels } = topology;
  // A host name that says the same as the node's would be shown twice.
  if (labels[HOSTNAME] !== undefined && labels[HOSTNAME] === endpoint.nodeName) delete labels[HOSTNAME];
  return {
    ...endpoint,
    ...(Object.keys(labels).length > 0 ? { deprecatedTopology: labels } : {}),
    ...(zone === undefined ? {} : { zone }),
  };
}

export function fromKeptSlice(slice: EndpointSlice): EndpointSliceV1beta1 {
  return slice.endpoints ? { ...slice, endpoints: slice.endpoints.map(fromKeptEndpoint) } : slice;
}

function fromKeptEndpoint({ deprecatedTopology, zone, ...endpoint }: Endpoint): EndpointV1beta1 {
  const { nodeName } = endpoint;
  const topology: Record<string, string> = {
    ...(nodeName === undefined ? {} : { [HOSTNAME]: nodeName }),
    ...deprecatedTopology,
    ...(zone === undefined ? {} : { [ZONE]: zone }),
  };
  return { ...endpoint, ...(Object.keys(topology).length > 0 ? { topology } : {}) };
}
