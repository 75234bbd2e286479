/** Executes the one action of the loop of the controllers' accounts. */

import { isReason } from '../../base/status.ts';
import { SERVICE_ACCOUNTS } from '../../kinds/resources.ts';
import type { Loop } from '../../runtime/loop.ts';
import type { TrackedWrites } from '../../runtime/tracked-writes.ts';
import type { ControllerAccountAction, ControllerAccountSnapshot } from './actions.ts';

export function createAct(writes: TrackedWrites): Loop<ControllerAccountSnapshot, ControllerAccountAction>['act'] {
  return {
    createServiceAccount: async ({ key, serviceAccount }) => {
      try {
        await writes.create(key, SERVICE_ACCOUNTS, serviceAccount);
      } catch (error) {
        // Made by somebody else meanwhile. Without the namespace, which the daemon makes first of all, it is tried again.
        if (!isReason(error, 'AlreadyExists')) throw error;
      }
    },
  };
}
