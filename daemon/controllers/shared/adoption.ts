/** The last look before an owner adopts (`RecheckDeletionTimestamp` upstream): asks the API, not the informer. It adopts nothing itself. */

import { type KubeObject, keyOf } from '../../base/object.ts';
import type { Client } from '../../client/client.ts';
import type { Resource } from '../../kinds/resource.ts';

/** Throws when `owner` is being deleted or was replaced: adopting for it would hand its objects to nobody. */
export async function ensureMayAdopt<T extends KubeObject>(
  client: Client,
  resource: Resource<T>,
  owner: Readonly<T>,
): Promise<void> {
  const { name, uid } = owner.metadata ?? {};
  const { metadata } = await client.get(resource, keyOf(owner));
  if (metadata?.uid !== uid) throw new Error(`${resource.kind} ${name} was replaced; it adopts nothing`);
  if (metadata?.deletionTimestamp) throw new Error(`${resource.kind} ${name} is being deleted; it adopts nothing`);
}
