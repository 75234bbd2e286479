/** What the ClusterRole aggregation loop sees and does. The key is the name of a ClusterRole with an aggregationRule. */

import type { ClusterRole, PolicyRule } from '../../kinds/types.generated.ts';

export type AggregationAction = { type: 'setRules'; key: string; role: ClusterRole; rules: PolicyRule[] };

export interface AggregationSnapshot {
  key: string;
  role: ClusterRole;
  /** Every ClusterRole there is. */
  all: readonly Readonly<ClusterRole>[];
}
