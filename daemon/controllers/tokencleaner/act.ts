/** Executes the token cleaner's action. */

import { keyOf } from '../../base/object.ts';
import type { Client } from '../../client/client.ts';
import { SECRETS } from '../../kinds/resources.ts';
import type { Loop } from '../../runtime/loop.ts';
import { ignoringNotFound } from '../shared/errors.ts';
import type { TokenCleanerAction, TokenCleanerSnapshot } from './actions.ts';

export function createAct(client: Client): Loop<TokenCleanerSnapshot, TokenCleanerAction>['act'] {
  return {
    deleteToken: ({ secret }) => {
      const preconditions = { uid: secret.metadata?.uid };
      return ignoringNotFound(client.delete(SECRETS, keyOf(secret), { preconditions }));
    },
  };
}
