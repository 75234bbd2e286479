/**
 * The EndpointSlices of a service with a selector (KEP-752, KEP-1672 for serving and terminating). Pure.
 */

import { canonicalJson } from '../../base/json.ts';
import { SERVICES } from '../../kinds/resources.ts';
import type { Endpoint, EndpointPortDiscovery, Pod, Service } from '../../kinds/types.generated.ts';
import type { Decision } from '../../runtime/loop.ts';
import { SERVICE_NAME_LABEL } from '../../runtime/shared-informers.ts';
import { controllerReference } from '../shared/ownership.ts';
import { isPodReady } from '../shared/pod.ts';
import {
  endpointHostname,
  HEADLESS_LABEL,
  isEndpointPod,
  isHeadless,
  podAddresses,
  serviceLabels,
  TRIGGER_TIME,
  targetPort,
  triggerTime,
} from '../shared/service-pods.ts';
import { planSlices, type SliceGroup } from '../shared/slices.ts';
import type { EndpointSliceAction, EndpointSliceSnapshot } from './actions.ts';

export const MANAGED_BY_LABEL = 'endpointslice.kubernetes.io/managed-by';
export const MANAGER = 'endpointslice-controller.k8s.io';
/** The kube-controller-manager's default of --max-endpoints-per-slice. */
const MAX_ENDPOINTS_PER_SLICE = 100;
const ZONE_LABEL = 'topology.kubernetes.io/zone';
const RESERVED_LABELS = new Set([HEADLESS_LABEL, MANAGED_BY_LABEL, SERVICE_NAME_LABEL]);

export function decide(snapshot: EndpointSliceSnapshot): Decision<EndpointSliceAction> {
  const { key, service, slices } = snapshot;
  const pods = snapshot.pods.filter((pod) => isEndpointPod(pod, true));
  const time = triggerTime(service, pods);
  const actions = planSlices({
    key,
    existing: slices,
    groups: addressTypes(service).flatMap((type) => groupByPorts(snapshot, pods, type)),
    metadata: {
      generateName: `${service.metadata?.name}-`,
      namespace: service.metadata?.namespace,
      labels: {
        ...serviceLabels(service, RESERVED_LABELS),
        ...(isHeadless(service) ? { [HEADLESS_LABEL]: '' } : {}),
        [SERVICE_NAME_LABEL]: service.metadata?.name ?? '',
        [MANAGED_BY_LABEL]: MANAGER,
      },
      annotations: time ? { [TRIGGER_TIME]: time } : {},
      ownerReferences: [controllerReference(SERVICES, service)],
    },
    volatileAnnotations: new Set([TRIGGER_TIME]),
    maxEndpointsPerSlice: MAX_ENDPOINTS_PER_SLICE,
  });
  return { actions };
}

/** A headless service with a selector and no families set yet is of the pods' family; the API always sets them. */
function addressTypes(service: Readonly<Service>): string[] {
  const families = service.spec?.ipFamilies ?? [];
  if (families.length > 0) return families;
  return [service.spec?.clusterIP?.includes(':') ? 'IPv6' : 'IPv4'];
}

/** Pods with the same named port on different numbers stand in different slices. */
function groupByPorts(snapshot: EndpointSliceSnapshot, pods: readonly Pod[], addressType: string): SliceGroup[] {
  const groups = new Map<string, SliceGroup>();
  for (const pod of pods) {
    const endpoint = toEndpoint(snapshot, pod, addressType);
    if (!endpoint) continue;
    const ports = endpointPorts(snapshot.service, pod);
    const key = canonicalJson(ports);
    const group = groups.get(key) ?? { addressType, ports, endpoints: [] };
    group.endpoints.push(endpoint);
    groups.set(key, group);
  }
  return groups.size > 0 ? [...groups.values()] : [{ addressType, ports: [], endpoints: [] }];
}

function endpointPorts(service: Readonly<Service>, pod: Readonly<Pod>): EndpointPortDiscovery[] {
  return (service.spec?.ports ?? []).flatMap((servicePort) => {
    const port = targetPort(pod, servicePort);
    if (port === undefined) return [];
    const { name = '', protocol = 'TCP', appProtocol } = servicePort;
    return [{ name, protocol, port, ...(appProtocol === undefined ? {} : { appProtocol }) }];
  });
}

function toEndpoint({ service, node }: EndpointSliceSnapshot, pod: Pod, addressType: string): Endpoint | undefined {
  const addresses = podAddresses(pod).filter((address) => address.includes(':') === (addressType === 'IPv6'));
  const nodeName = pod.spec?.nodeName;
  // A pod on a node that is not known (any more) is left out, as upstream does, unless not-ready addresses are published.
  const isOrphan = nodeName !== undefined && !node(nodeName) && service.spec?.publishNotReadyAddresses !== true;
  if (addresses.length === 0 || isOrphan) return undefined;
  const serving = isPodReady(pod);
  const terminating = pod.metadata?.deletionTimestamp !== undefined;
  const ready = service.spec?.publishNotReadyAddresses === true || (serving && !terminating);
  const zone = nodeName ? node(nodeName)?.metadata?.labels?.[ZONE_LABEL] : undefined;
  const hostname = endpointHostname(pod, service);
  const { namespace, name, uid } = pod.metadata ?? {};
  return {
    addresses,
    conditions: { ready, serving, terminating },
    ...(hostname ? { hostname } : {}),
    targetRef: { kind: 'Pod', namespace, name, uid },
    ...(nodeName ? { nodeName } : {}),
    ...(zone ? { zone } : {}),
  };
}
