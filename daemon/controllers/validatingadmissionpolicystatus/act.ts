/** Executes the policy status loop's action. */

import type { Client } from '../../client/client.ts';
import { VALIDATING_ADMISSION_POLICIES } from '../../kinds/resources.ts';
import type { Loop } from '../../runtime/loop.ts';
import type { PolicyStatusAction, PolicyStatusSnapshot } from './actions.ts';

export function createAct(client: Client): Loop<PolicyStatusSnapshot, PolicyStatusAction>['act'] {
  return {
    updateStatus: async ({ policy }) => {
      await client.update(VALIDATING_ADMISSION_POLICIES, policy, { subresource: 'status' });
    },
  };
}
