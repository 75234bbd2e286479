/** What the resource quota loop sees of one quota. Reads informers only. */

import { parseKey } from '../../base/object.ts';
import type { Informer } from '../../client/informer.ts';
import { boundNames } from '../../kinds/common/quota/names.ts';
import type { ResourceQuota } from '../../kinds/types.generated.ts';
import type { Followed, LazyInformers } from '../shared/lazy-informers.ts';
import type { ResourceQuotaSnapshot } from './actions.ts';

/** Nothing, until all that counts has been listed: a sum of a part would be told as the whole. */
export function observe(
  quotas: Informer<ResourceQuota>,
  informers: LazyInformers,
  key: string,
): ResourceQuotaSnapshot | undefined {
  const quota = quotas.get(parseKey(key));
  const followed = quota ? followCounted(informers, quota) : [];
  if (!quota || followed.some(({ isSynced }) => !isSynced)) return undefined;
  const namespace = quota.metadata?.namespace ?? '';
  return {
    key,
    quota,
    counted: followed.map(({ resource, informer }) => ({ resource, objects: informer.inNamespace(namespace) })),
  };
}

/** What this quota counts and is served. */
export function followCounted(informers: LazyInformers, quota: Readonly<ResourceQuota>): readonly Followed[] {
  return informers.follow((resource) => boundNames(quota.spec ?? {}, resource).length > 0);
}
