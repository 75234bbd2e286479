/** Executes the ClusterRole aggregation loop's action. */

import type { Client } from '../../client/client.ts';
import { CLUSTER_ROLES } from '../../kinds/resources.ts';
import type { Loop } from '../../runtime/loop.ts';
import type { AggregationAction, AggregationSnapshot } from './actions.ts';

export function createAct(client: Client): Loop<AggregationSnapshot, AggregationAction>['act'] {
  return {
    setRules: async ({ role, rules }) => {
      const options = { fieldManager: 'clusterrole-aggregation-controller' };
      await client.update(CLUSTER_ROLES, { ...role, rules }, options);
    },
  };
}
