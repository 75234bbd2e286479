/** What the Endpoints loop sees of one service. Reads informers only. */

import { parseKey } from '../../base/object.ts';
import type { SharedInformers } from '../../runtime/shared-informers.ts';
import { hasSelector, serviceMatcher } from '../shared/service-pods.ts';
import type { EndpointsSnapshot } from './actions.ts';

export function observe(informers: SharedInformers, key: string): EndpointsSnapshot | undefined {
  const service = informers.services.get(parseKey(key));
  const endpoints = informers.endpoints.get(parseKey(key));
  if (!service) return endpoints ? { key, service: undefined, pods: [], endpoints } : undefined;
  if (!hasSelector(service) || service.spec?.type === 'ExternalName') return undefined;
  const matches = serviceMatcher(service);
  const pods = informers.pods.inNamespace(service.metadata?.namespace ?? '');
  return { key, service, pods: pods.filter((pod) => matches(pod.metadata?.labels)), endpoints };
}
