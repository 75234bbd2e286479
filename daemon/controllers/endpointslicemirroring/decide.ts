/**
 * Slices that mirror hand-made Endpoints of services without selector (`endpointslicemirroring`), so that proxies read slices only. Pure.
 */

import { canonicalJson } from '../../base/json.ts';
import { ENDPOINTS } from '../../kinds/resources.ts';
import type { Endpoint, EndpointAddress, EndpointSubset, Endpoints } from '../../kinds/types.generated.ts';
import type { Decision } from '../../runtime/loop.ts';
import { SERVICE_NAME_LABEL } from '../../runtime/shared-informers.ts';
import { controllerReference } from '../shared/ownership.ts';
import { serviceLabels, TRIGGER_TIME } from '../shared/service-pods.ts';
import { planSlices, type SliceGroup } from '../shared/slices.ts';
import type { MirroringAction, MirroringSnapshot } from './actions.ts';

export const MANAGED_BY_LABEL = 'endpointslice.kubernetes.io/managed-by';
export const MANAGER = 'endpointslicemirroring-controller.k8s.io';
export const SKIP_MIRROR_LABEL = 'endpointslice.kubernetes.io/skip-mirror';
export const LEADER_ANNOTATION = 'control-plane.alpha.kubernetes.io/leader';
const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';
const RESERVED_LABELS = new Set([MANAGED_BY_LABEL, SERVICE_NAME_LABEL]);
/** The kube-controller-manager's default of --mirroring-max-endpoints-per-subset. */
const ENDPOINTS_PER_SUBSET_MAX = 1_000;

export function decide(snapshot: MirroringSnapshot): Decision<MirroringAction> {
  const { key, endpoints, slices } = snapshot;
  if (!endpoints) return { actions: slices.map((slice) => ({ type: 'deleteSlice', key, slice })) };
  const groups = renderGroups(endpoints);
  const annotations = Object.fromEntries(
    Object.entries(endpoints.metadata?.annotations ?? {}).filter(
      ([name]) => name !== LAST_APPLIED && name !== TRIGGER_TIME,
    ),
  );
  const actions = planSlices({
    key,
    existing: slices,
    groups,
    metadata: {
      generateName: `${endpoints.metadata?.name}-`,
      namespace: endpoints.metadata?.namespace,
      labels: {
        ...serviceLabels(endpoints, RESERVED_LABELS),
        [SERVICE_NAME_LABEL]: endpoints.metadata?.name ?? '',
        [MANAGED_BY_LABEL]: MANAGER,
      },
      annotations,
      ownerReferences: [controllerReference(ENDPOINTS, endpoints)],
    },
    volatileAnnotations: new Set([TRIGGER_TIME]),
    maxEndpointsPerSlice: ENDPOINTS_PER_SUBSET_MAX,
  });
  return { actions };
}

function renderGroups(endpoints: Readonly<Endpoints>): SliceGroup[] {
  const groups = new Map<string, SliceGroup>();
  for (const subset of endpoints.subsets ?? []) {
    for (const { addressType, endpoint } of renderSubset(subset)) {
      const ports = (subset.ports ?? []).map(({ name = '', port, protocol = 'TCP', appProtocol }) => ({
        name,
        port,
        protocol,
        ...(appProtocol === undefined ? {} : { appProtocol }),
      }));
      const key = canonicalJson([addressType, ports]);
      const group = groups.get(key) ?? { addressType, ports, endpoints: [] };
      if (group.endpoints.length < ENDPOINTS_PER_SUBSET_MAX) group.endpoints.push(endpoint);
      groups.set(key, group);
    }
  }
  return [...groups.values()];
}

function renderSubset({ addresses = [], notReadyAddresses = [] }: Readonly<EndpointSubset>) {
  const render = (address: EndpointAddress, ready: boolean) => ({
    addressType: address.ip.includes(':') ? 'IPv6' : 'IPv4',
    endpoint: toEndpoint(address, ready),
  });
  return [
    ...addresses.map((address) => render(address, true)),
    ...notReadyAddresses.map((address) => render(address, false)),
  ];
}

function toEndpoint({ ip, hostname, nodeName, targetRef }: EndpointAddress, ready: boolean): Endpoint {
  return {
    addresses: [ip],
    conditions: { ready },
    ...(hostname ? { hostname } : {}),
    ...(targetRef ? { targetRef } : {}),
    ...(nodeName ? { nodeName } : {}),
  };
}
