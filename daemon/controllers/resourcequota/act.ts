/** Executes the resource quota loop's actions. */

import { RESOURCE_QUOTAS } from '../../kinds/resources.ts';
import type { Loop } from '../../runtime/loop.ts';
import type { TrackedWrites } from '../../runtime/tracked-writes.ts';
import type { ResourceQuotaAction, ResourceQuotaSnapshot } from './actions.ts';

export function createAct(writes: TrackedWrites): Loop<ResourceQuotaSnapshot, ResourceQuotaAction>['act'] {
  return {
    updateStatus: async ({ key, quota, status }) => {
      await writes.update(key, RESOURCE_QUOTAS, { ...quota, status }, { subresource: 'status' });
    },
  };
}
