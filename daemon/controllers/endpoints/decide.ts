/**
 * The Endpoints object of a service with a selector (`endpoints_controller.go`), for clients that do not read slices. Pure.
 */

import { canonicalJson, cloneJson, deepEqual } from '../../base/json.ts';
import type {
  EndpointAddress,
  EndpointPort,
  EndpointSubset,
  Endpoints,
  Pod,
  Service,
} from '../../kinds/types.generated.ts';
import type { Decision } from '../../runtime/loop.ts';
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
import type { EndpointsAction, EndpointsSnapshot } from './actions.ts';

const LEADER_ANNOTATION = 'control-plane.alpha.kubernetes.io/leader';
const OVER_CAPACITY = 'endpoints.kubernetes.io/over-capacity';
/** As upstream's maxCapacity: more addresses make the object too large for its watchers. */
const ADDRESSES_MAX = 1_000;

export function decide(snapshot: EndpointsSnapshot): Decision<EndpointsAction> {
  const { key, service, endpoints } = snapshot;
  if (!service) {
    const isLeaderRecord = endpoints?.metadata?.annotations?.[LEADER_ANNOTATION] !== undefined;
    return { actions: endpoints && !isLeaderRecord ? [{ type: 'deleteEndpoints', key, endpoints }] : [] };
  }
  const includeNotReady = service.spec?.publishNotReadyAddresses === true;
  const pods = snapshot.pods.filter((pod) => isEndpointPod(pod, includeNotReady));
  const { subsets, isTruncated } = truncate(renderSubsets(service, pods));
  const labels = {
    ...serviceLabels(service, new Set([HEADLESS_LABEL])),
    ...(isHeadless(service) ? { [HEADLESS_LABEL]: '' } : {}),
  };
  const isSame =
    endpoints !== undefined &&
    deepEqual(endpoints.subsets ?? [], subsets) &&
    deepEqual(endpoints.metadata?.labels ?? {}, labels) &&
    (endpoints.metadata?.annotations?.[OVER_CAPACITY] === 'truncated') === isTruncated;
  if (isSame) return { actions: [] };
  const next: Endpoints = endpoints
    ? cloneJson(endpoints)
    : {
        apiVersion: 'v1',
        kind: 'Endpoints',
        metadata: { name: service.metadata?.name, namespace: service.metadata?.namespace },
      };
  const { [OVER_CAPACITY]: _, ...annotations } = next.metadata?.annotations ?? {};
  const time = triggerTime(service, pods);
  if (time) annotations[TRIGGER_TIME] = time;
  if (isTruncated) annotations[OVER_CAPACITY] = 'truncated';
  next.metadata = { ...next.metadata, labels, annotations };
  next.subsets = subsets;
  return { actions: [{ type: endpoints ? 'updateEndpoints' : 'createEndpoints', key, endpoints: next }] };
}

interface Entry {
  address: EndpointAddress;
  isReady: boolean;
  ports: EndpointPort[];
}

/** One subset per distinct list of ports (`RepackSubsets`), addresses sorted. */
function renderSubsets(service: Readonly<Service>, pods: readonly Pod[]): EndpointSubset[] {
  const bySet = new Map<string, { ports: EndpointPort[]; entries: Entry[] }>();
  const isIPv6 = (service.spec?.ipFamilies?.[0] ?? 'IPv4') === 'IPv6';
  for (const pod of pods) {
    const entry = toEntry(service, pod, isIPv6);
    if (!entry) continue;
    const key = canonicalJson(entry.ports);
    const set = bySet.get(key) ?? { ports: entry.ports, entries: [] };
    set.entries.push(entry);
    bySet.set(key, set);
  }
  return [...bySet]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, { ports, entries }]) => {
      const addresses = (isReady: boolean) =>
        entries
          .filter((entry) => entry.isReady === isReady)
          .map(({ address }) => address)
          .sort(byAddress);
      const [ready, notReady] = [addresses(true), addresses(false)];
      return {
        ...(ready.length > 0 ? { addresses: ready } : {}),
        ...(notReady.length > 0 ? { notReadyAddresses: notReady } : {}),
        ...(ports.length > 0 ? { ports } : {}),
      };
    });
}

const byAddress = (a: EndpointAddress, b: EndpointAddress): number =>
  a.ip < b.ip ? -1 : a.ip > b.ip ? 1 : (a.targetRef?.uid ?? '') < (b.targetRef?.uid ?? '') ? -1 : 1;

function toEntry(service: Readonly<Service>, pod: Pod, isIPv6: boolean): Entry | undefined {
  const ip = podAddresses(pod).find((address) => address.includes(':') === isIPv6);
  if (!ip) return undefined;
  const servicePorts = service.spec?.ports ?? [];
  const ports = servicePorts.flatMap((servicePort): EndpointPort[] => {
    const port = targetPort(pod, servicePort);
    if (port === undefined) return [];
    const { name, protocol = 'TCP', appProtocol } = servicePort;
    return [{ ...(name ? { name } : {}), port, protocol, ...(appProtocol === undefined ? {} : { appProtocol }) }];
  });
  // Without ports only a headless service that asks for none has addresses.
  if (ports.length === 0 && !(isHeadless(service) && servicePorts.length === 0)) return undefined;
  const hostname = endpointHostname(pod, service);
  const { namespace, name, uid } = pod.metadata ?? {};
  const nodeName = pod.spec?.nodeName;
  return {
    address: {
      ip,
      ...(hostname ? { hostname } : {}),
      ...(nodeName ? { nodeName } : {}),
      targetRef: { kind: 'Pod', namespace, name, uid },
    },
    isReady: service.spec?.publishNotReadyAddresses === true || isPodReady(pod),
    ports,
  };
}

/** Ready addresses have precedence over those not ready. */
function truncate(subsets: EndpointSubset[]): { subsets: EndpointSubset[]; isTruncated: boolean } {
  const count = (list: EndpointAddress[] | undefined) => list?.length ?? 0;
  const total = subsets.reduce((sum, set) => sum + count(set.addresses) + count(set.notReadyAddresses), 0);
  if (total <= ADDRESSES_MAX) return { subsets, isTruncated: false };
  let left = ADDRESSES_MAX;
  const take = (list: EndpointAddress[] | undefined) => {
    const kept = (list ?? []).slice(0, left);
    left -= kept.length;
    return kept;
  };
  const ready = subsets.map(({ addresses }) => take(addresses));
  const cut = subsets.map((set, index) => {
    const notReady = take(set.notReadyAddresses);
    return {
      ...(ready[index]!.length > 0 ? { addresses: ready[index]! } : {}),
      ...(notReady.length > 0 ? { notReadyAddresses: notReady } : {}),
      ...(set.ports ? { ports: set.ports } : {}),
    };
  });
  return { subsets: cut, isTruncated: true };
}
