/** Executes the Endpoints loop's actions. */

import { ENDPOINTS } from '../../kinds/resources.ts';
import type { Loop } from '../../runtime/loop.ts';
import type { TrackedWrites } from '../../runtime/tracked-writes.ts';
import { ignoringNotFound } from '../shared/errors.ts';
import type { EndpointsAction, EndpointsSnapshot } from './actions.ts';

export function createAct(writes: TrackedWrites): Loop<EndpointsSnapshot, EndpointsAction>['act'] {
  return {
    createEndpoints: async ({ key, endpoints }) => {
      await writes.create(key, ENDPOINTS, endpoints);
    },
    updateEndpoints: async ({ key, endpoints }) => {
      await writes.update(key, ENDPOINTS, endpoints);
    },
    deleteEndpoints: ({ key, endpoints }) => ignoringNotFound(writes.delete(key, ENDPOINTS, endpoints)),
  };
}
