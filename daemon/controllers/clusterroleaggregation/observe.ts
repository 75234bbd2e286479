/** What the ClusterRole aggregation loop sees of one role. Reads informers only. */

import type { Informer } from '../../client/informer.ts';
import type { ClusterRole } from '../../kinds/types.generated.ts';
import type { AggregationSnapshot } from './actions.ts';

export function observe(roles: Informer<ClusterRole>, key: string): AggregationSnapshot | undefined {
  const role = roles.get({ name: key });
  return role?.aggregationRule ? { key, role, all: roles.list() } : undefined;
}
