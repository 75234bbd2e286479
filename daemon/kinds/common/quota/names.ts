/**
 * Which of a quota's resources each kind of object counts towards, sorted out once a quota: one may name as many as a body may hold.
 */

import type { StoredResource } from '../../../base/registry-key.ts';
import type { ResourceQuotaSpec } from '../../types.generated.ts';
import { countedResource } from './evaluators.ts';

const known = new WeakMap<Readonly<ResourceQuotaSpec>, ReadonlyMap<string, readonly string[]>>();

/** `spec` is not changed any more. */
export function boundNames(spec: Readonly<ResourceQuotaSpec>, { group, plural }: StoredResource): readonly string[] {
  const sorted = known.get(spec) ?? sortNames(spec);
  known.set(spec, sorted);
  return sorted.get(`${group}/${plural}`) ?? [];
}

function sortNames({ hard = {} }: Readonly<ResourceQuotaSpec>): Map<string, string[]> {
  const sorted = new Map<string, string[]>();
  for (const name of Object.keys(hard)) {
    const resource = countedResource(name);
    if (!resource) continue;
    const key = `${resource.group}/${resource.plural}`;
    const names = sorted.get(key);
    if (names) names.push(name);
    else sorted.set(key, [name]);
  }
  return sorted;
}
