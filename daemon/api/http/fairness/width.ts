/**
 * How many seats a request takes: lists as many as they show objects, everything else one
 * (`apiserver/pkg/util/flowcontrol/request/list_work_estimator.go`).
 */

import type { RequestInfo, ResourceRequest } from '../request-info.ts';

const OBJECTS_PER_SEAT = 100;
const SEATS_MAX = 10;

/** `count` tells, cheaply, how many objects of a resource there are in a namespace or in all. */
export function seatsOf({ resource, query }: RequestInfo, count: (resource: ResourceRequest) => number): number {
  if (!resource || resource.subresource || resource.name !== undefined) return 1;
  const { verb } = resource;
  const sendsState = verb === 'watch' && query.get('sendInitialEvents') === 'true';
  if (verb !== 'list' && !sendsState) return 1;
  const stored = count(resource);
  const limit = Number(query.get('limit') ?? 0);
  const isSelected = query.has('labelSelector') || query.has('fieldSelector');
  const touched = limit > 0 && !isSelected && !sendsState ? Math.min(limit, stored) : stored;
  return Math.min(Math.max(Math.ceil(touched / OBJECTS_PER_SEAT), 1), SEATS_MAX);
}
