/** Executes the flow schema loop's action. */

import type { Client } from '../../client/client.ts';
import { FLOW_SCHEMAS } from '../../kinds/resources.ts';
import type { Loop } from '../../runtime/loop.ts';
import type { FlowSchemaAction, FlowSchemaSnapshot } from './actions.ts';

export function createAct(client: Client): Loop<FlowSchemaSnapshot, FlowSchemaAction>['act'] {
  return {
    updateStatus: async ({ flowSchema }) => {
      await client.update(FLOW_SCHEMAS, flowSchema, { subresource: 'status' });
    },
  };
}
