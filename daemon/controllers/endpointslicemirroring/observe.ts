/** What the mirroring loop sees of one Endpoints object. Reads informers only. */

import { parseKey } from '../../base/object.ts';
import type { Endpoints, Service } from '../../kinds/types.generated.ts';
import type { SharedInformers } from '../../runtime/shared-informers.ts';
import { hasSelector } from '../shared/service-pods.ts';
import type { MirroringSnapshot } from './actions.ts';
import { LEADER_ANNOTATION, MANAGED_BY_LABEL, MANAGER, SKIP_MIRROR_LABEL } from './decide.ts';

export function observe(informers: SharedInformers, key: string): MirroringSnapshot | undefined {
  const endpoints = informers.endpoints.get(parseKey(key));
  const service = informers.services.get(parseKey(key));
  const slices = informers.endpointSlices
    .by('service', key)
    .filter(({ metadata }) => metadata?.labels?.[MANAGED_BY_LABEL] === MANAGER)
    .filter(({ metadata }) => metadata?.deletionTimestamp === undefined);
  const mirrored = isMirrored(endpoints, service) ? endpoints : undefined;
  return mirrored || slices.length > 0 ? { key, endpoints: mirrored, slices } : undefined;
}

function isMirrored(endpoints: Endpoints | undefined, service: Service | undefined): boolean {
  if (!endpoints || !service || hasSelector(service)) return false;
  const { labels, annotations, deletionTimestamp } = endpoints.metadata ?? {};
  const isSkipped = labels?.[SKIP_MIRROR_LABEL] === 'true' || annotations?.[LEADER_ANNOTATION] !== undefined;
  return !isSkipped && deletionTimestamp === undefined;
}
