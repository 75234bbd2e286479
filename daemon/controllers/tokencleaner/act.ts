/** Executes the token cleaner's action. */

import { keyOf } from '../../base/object.ts';
import { isReason } from '../../base/status.ts';
import type { Client } from '../../client/client.ts';
import { SECRETS } from '../../kinds/resources.ts';
import type { Loop } from '../../runtime/loop.ts';
import type { TokenCleanerAction, TokenCleanerSnapshot } from './actions.ts';

export function createAct(client: Client): Loop<TokenCleanerSnapshot, TokenCleanerAction>['act'] {
  return {
    deleteToken: async ({ secret }) => {
      try {
        await client.delete(SECRETS, keyOf(secret), { preconditions: { uid: secret.metadata?.uid } });
      } catch (error) {
        if (!isReason(error, 'NotFound')) throw error;
      }
    },
  };
}
