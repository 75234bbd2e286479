/** Executes the flow control loop's actions. */

import { isReason } from '../../base/status.ts';
import type { Client } from '../../client/client.ts';
import type { Resource } from '../../kinds/resource.ts';
import { FLOW_SCHEMAS, PRIORITY_LEVEL_CONFIGURATIONS } from '../../kinds/resources.ts';
import type { Loop } from '../../runtime/loop.ts';
import type { FlowControlAction, FlowControlKind, FlowControlSnapshot } from './actions.ts';

const RESOURCES: Readonly<Record<FlowControlKind, Resource>> = {
  prioritylevelconfigurations: PRIORITY_LEVEL_CONFIGURATIONS as Resource,
  flowschemas: FLOW_SCHEMAS as Resource,
};

export function createAct(
  client: Pick<Client, 'create' | 'update'>,
): Loop<FlowControlSnapshot, FlowControlAction>['act'] {
  return {
    create: async ({ kind, object }) => {
      await client.create(RESOURCES[kind], object).catch((error: unknown) => {
        if (!isReason(error, 'AlreadyExists')) throw error; // its event is on its way
      });
    },
    update: async ({ kind, object }) => {
      await client.update(RESOURCES[kind], object);
    },
  };
}
