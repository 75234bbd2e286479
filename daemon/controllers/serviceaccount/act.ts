/** Executes the ServiceAccount loop's one action. */

import { isReason } from '../../base/status.ts';
import { SERVICE_ACCOUNTS } from '../../kinds/resources.ts';
import type { Loop } from '../../runtime/loop.ts';
import type { TrackedWrites } from '../../runtime/tracked-writes.ts';
import { isNamespaceTerminating } from '../shared/errors.ts';
import type { ServiceAccountAction, ServiceAccountSnapshot } from './actions.ts';

export function createAct(writes: TrackedWrites): Loop<ServiceAccountSnapshot, ServiceAccountAction>['act'] {
  return {
    createServiceAccount: async ({ key, serviceAccount }) => {
      try {
        await writes.create(key, SERVICE_ACCOUNTS, serviceAccount);
      } catch (error) {
        if (isNamespaceTerminating(error) || isReason(error, 'NotFound')) return;
        if (!isReason(error, 'AlreadyExists')) throw error;
      }
    },
  };
}
