/**
 * Defaults of a LimitRange (`pkg/apis/core/v1/defaults.go`, SetDefaults_LimitRangeItem): for containers the limit is the maximum where none is given,
 * the request the limit, or else the minimum.
 */

import { keepEmptyAsNull, showAsNull } from '../common/defaults.ts';
import { roundUpResources } from '../common/pod/defaults.ts';
import type { LimitRange, LimitRangeItem } from '../types.generated.ts';

export function setDefaults(limitRange: LimitRange): void {
  limitRange.spec ??= { limits: [] };
  showAsNull(limitRange.spec, 'limits');
  for (const item of limitRange.spec.limits ?? []) {
    if (item.type === 'Container') setContainerDefaults(item);
    const { max = {}, min = {}, default: limits = {}, defaultRequest = {}, maxLimitRequestRatio = {} } = item;
    for (const list of [max, min, limits, defaultRequest, maxLimitRequestRatio]) roundUpResources(list);
  }
}

function setContainerDefaults(item: LimitRangeItem): void {
  const limits = { ...item.max, ...item.default };
  const requests = { ...item.min, ...limits, ...item.defaultRequest };
  if (Object.keys(limits).length > 0) item.default = limits;
  if (Object.keys(requests).length > 0) item.defaultRequest = requests;
}

/** In place, on every write. */
export function prepare({ spec }: LimitRange): void {
  if (spec) keepEmptyAsNull(spec, 'limits');
}
