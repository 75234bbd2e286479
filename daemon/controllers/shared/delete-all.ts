/** Deletes the content of what is itself being deleted: a namespace, a definition of custom objects. */

import { type KubeObject, keyOf } from '../../base/object.ts';
import type { Client } from '../../client/client.ts';
import type { Resource } from '../../kinds/resource.ts';
import { ignoringNotFound } from './errors.ts';

/** Deletions in flight at once: enough to keep a group commit full. */
const DELETE_CONCURRENCY = 50;

/** Those of `items` that nobody has deleted yet. Rejects with the first failure. */
export async function deleteAll(client: Client, resource: Resource, items: readonly KubeObject[]): Promise<void> {
  const doomed = items.filter(({ metadata }) => metadata?.deletionTimestamp === undefined);
  for (let start = 0; start < doomed.length; start += DELETE_CONCURRENCY) {
    const batch = doomed.slice(start, start + DELETE_CONCURRENCY);
    const end = (item: KubeObject) => client.delete(resource, keyOf(item), { propagationPolicy: 'Background' });
    await Promise.all(batch.map((item) => ignoringNotFound(end(item))));
  }
}
