/** What the EndpointSlice loop sees of one service. Reads informers only. */

import { parseKey } from '../../base/object.ts';
import type { SharedInformers } from '../../runtime/shared-informers.ts';
import { hasSelector, serviceMatcher } from '../shared/service-pods.ts';
import type { EndpointSliceSnapshot } from './actions.ts';
import { MANAGED_BY_LABEL, MANAGER } from './decide.ts';

/** Undefined for services without selector and for ExternalName: their slices are not this loop's. */
export function observe(informers: SharedInformers, key: string): EndpointSliceSnapshot | undefined {
  const service = informers.services.get(parseKey(key));
  if (!service || !hasSelector(service) || service.spec?.type === 'ExternalName') return undefined;
  if (service.metadata?.deletionTimestamp !== undefined) return undefined;
  const matches = serviceMatcher(service);
  return {
    key,
    service,
    pods: informers.pods.inNamespace(service.metadata?.namespace ?? '').filter((pod) => matches(pod.metadata?.labels)),
    slices: informers.endpointSlices
      .by('service', key)
      .filter(({ metadata }) => metadata?.labels?.[MANAGED_BY_LABEL] === MANAGER)
      .filter(({ metadata }) => metadata?.deletionTimestamp === undefined),
    node: (name) => informers.nodes.get({ name }),
  };
}
