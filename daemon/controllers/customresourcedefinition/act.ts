/** Executes the actions of the loop of CustomResourceDefinitions. */

import type { Clock } from '../../base/clock.ts';
import { cloneJson } from '../../base/json.ts';
import type { Client } from '../../client/client.ts';
import { isEstablished, setCondition } from '../../kinds/customresourcedefinitions/conditions.ts';
import { CLEANUP_FINALIZER } from '../../kinds/customresourcedefinitions/deletion.ts';
import type { Resource } from '../../kinds/resource.ts';
import { CUSTOM_RESOURCE_DEFINITIONS } from '../../kinds/resources.ts';
import type { CustomResourceDefinition } from '../../kinds/types.generated.ts';
import type { Loop } from '../../runtime/loop.ts';
import { RetryLater } from '../../runtime/retry-later.ts';
import { deleteAll } from '../shared/delete-all.ts';
import type { DefinitionAction, DefinitionSnapshot } from './actions.ts';

/** Objects with finalizers end without this loop seeing it. */
const RECHECK_MS = 1_000;

export interface DefinitionActors {
  client: Client;
  clock: Clock;
}

export function createAct({ client, clock }: DefinitionActors): Loop<DefinitionSnapshot, DefinitionAction>['act'] {
  return {
    updateStatus: async ({ definition, status }) => {
      await client.update(CUSTOM_RESOURCE_DEFINITIONS, { ...definition, status }, { subresource: 'status' });
    },
    deleteInstances: async ({ definition, resource }) => {
      const left = resource ? await deleteInstances(client, resource) : 0;
      if (left > 0) throw new RetryLater(RECHECK_MS, `${left} ${definition.spec.names.plural} are still being deleted`);
      await release(client, definition, clock.now());
    },
  };
}

/** How many are left. */
async function deleteInstances(client: Client, resource: Resource): Promise<number> {
  const { items } = await client.list(resource);
  await deleteAll(client, resource, items);
  return items.length === 0 ? 0 : (await client.list(resource)).items.length;
}

async function release(client: Client, seen: CustomResourceDefinition, now: number): Promise<void> {
  const wasEstablished = isEstablished(seen);
  const condition = {
    type: 'Terminating',
    status: 'False',
    reason: wasEstablished ? 'InstanceDeletionCompleted' : 'NeverEstablished',
    message: wasEstablished ? 'removed all instances' : 'resource was never established',
  };
  const status = setCondition(seen.status, condition, now);
  const told = await client.update(CUSTOM_RESOURCE_DEFINITIONS, { ...seen, status }, { subresource: 'status' });
  const next = cloneJson(told);
  const kept = (next.metadata?.finalizers ?? []).filter((name) => name !== CLEANUP_FINALIZER);
  next.metadata = { ...next.metadata, finalizers: kept };
  await client.update(CUSTOM_RESOURCE_DEFINITIONS, next);
}
