/**
 * Empties a namespace: lists each namespaced resource and deletes what it finds, writes what is left into the status, and when nothing
 * is left takes the finalizer away (PUT …/finalize). Reads the API, not informers: what a watch has not shown yet must not survive.
 */

import type { Clock } from '../../base/clock.ts';
import { cloneJson, deepEqual } from '../../base/json.ts';
import type { Client } from '../../client/client.ts';
import type { Resource } from '../../kinds/resource.ts';
import { NAMESPACES } from '../../kinds/resources.ts';
import type { Namespace } from '../../kinds/types.generated.ts';
import type { Loop } from '../../runtime/loop.ts';
import { RetryLater } from '../../runtime/retry-later.ts';
import { deleteAll } from '../shared/delete-all.ts';
import type { NamespaceAction, NamespaceSnapshot } from './actions.ts';
import { type Remains, remainsConditions } from './content.ts';
import { FINALIZER } from './decide.ts';

export interface NamespaceActors {
  client: Client;
  clock: Clock;
  /** Every namespaced resource that is served and can be listed and deleted. */
  resources: () => readonly Resource[];
}

/** Content with finalizers or a grace period ends without this loop seeing it (but for pods). */
const RECHECK_MS = 1_000;

export function createAct(actors: NamespaceActors): Loop<NamespaceSnapshot, NamespaceAction>['act'] {
  return { deleteContent: (action) => deleteContent(actors, action) };
}

async function deleteContent(actors: NamespaceActors, { key, namespace: seen }: NamespaceAction): Promise<void> {
  const { client, clock } = actors;
  const namespace = await client.get(NAMESPACES, { name: key });
  if (namespace.metadata?.uid !== seen.metadata?.uid || !namespace.spec?.finalizers?.includes(FINALIZER)) return;
  const remains = await empty(actors, key);
  const current = await writeConditions(client, namespace, remains, clock.now());
  const isEmpty = remains.counts.size === 0 && remains.errors.length === 0;
  if (isEmpty) {
    const next = cloneJson(current);
    next.spec = { ...next.spec, finalizers: (next.spec?.finalizers ?? []).filter((name) => name !== FINALIZER) };
    await client.update(NAMESPACES, next, { subresource: 'finalize' });
    return;
  }
  if (remains.errors.length > 0) throw new Error(`namespace ${key}: ${remains.errors.join(', ')}`);
  throw new RetryLater(RECHECK_MS, `namespace ${key} still has content that is being deleted`);
}

async function empty({ client, resources }: NamespaceActors, namespace: string): Promise<Remains> {
  const counts = new Map<string, number>();
  const finalizers = new Map<string, number>();
  const errors: string[] = [];
  for (const resource of resources()) {
    const name = `${resource.plural}.${resource.group}`;
    try {
      const { items } = await client.list(resource, { namespace });
      await deleteAll(client, resource, items);
      const left = items.length > 0 ? (await client.list(resource, { namespace })).items : [];
      if (left.length > 0) counts.set(name, left.length);
      for (const finalizer of left.flatMap(({ metadata }) => metadata?.finalizers ?? [])) {
        finalizers.set(finalizer, (finalizers.get(finalizer) ?? 0) + 1);
      }
    } catch (error) {
      errors.push(`${name}: ${(error as Error).message}`);
    }
  }
  return { counts, finalizers, errors };
}

async function writeConditions(
  client: Client,
  namespace: Namespace,
  remains: Remains,
  now: number,
): Promise<Namespace> {
  const before = namespace.status?.conditions ?? [];
  const conditions = remainsConditions(before, remains, now);
  if (deepEqual(before, conditions) && namespace.status?.phase === 'Terminating') return namespace;
  const status = { ...namespace.status, phase: 'Terminating', conditions };
  return client.update(NAMESPACES, { ...namespace, status }, { subresource: 'status' });
}
