/**
 * Executes the garbage collector's actions. Before anything is deleted for want of an owner, the API itself is asked for that owner:
 * a watch that is behind must never cost a living object.
 */

import { keyOf } from '../../base/object.ts';
import { isReason } from '../../base/status.ts';
import type { Client } from '../../client/client.ts';
import { type EventRecorder, referenceOf } from '../../runtime/events.ts';
import type { Loop } from '../../runtime/loop.ts';
import { RetryLater } from '../../runtime/retry-later.ts';
import { ignoringNotFound } from '../shared/errors.ts';
import type { GarbageAction, GarbageSnapshot, OwnerView } from './actions.ts';
import { type GraphNode, namespaceOf } from './graph.ts';

export interface GarbageActors {
  client: Client;
  events: EventRecorder;
}

/** How long the informers get to show what the API knows already, before the object is looked at again. */
const SETTLE_MS = 100;

type Act = Loop<GarbageSnapshot, GarbageAction>['act'];
type Delete = Extract<GarbageAction, { type: 'deleteObject' }>;

export function createAct(actors: GarbageActors): Act {
  const { client, events } = actors;
  return {
    orphanDependents: async ({ node, dependents }) => {
      const uid = node.object.metadata?.uid ?? '';
      await Promise.all(dependents.map((dependent) => dropOwners(client, dependent, [uid])));
      throw new RetryLater(SETTLE_MS, 'waiting to see the dependents orphaned');
    },
    removeFinalizer: async ({ node, finalizer }) => {
      const { uid, resourceVersion, finalizers = [] } = node.object.metadata ?? {};
      const kept = finalizers.filter((name) => name !== finalizer);
      const patch = { metadata: { uid, resourceVersion, finalizers: kept.length > 0 ? kept : null } };
      await ignoringNotFound(client.patch(node.resource, keyOf(node.object), patch, { type: 'merge' }));
      throw new RetryLater(SETTLE_MS, 'waiting to see the finalizer gone');
    },
    dropOwners: async ({ node, uids, absent }) => {
      await ensureAbsent(client, node, absent);
      await dropOwners(client, node, uids);
      throw new RetryLater(SETTLE_MS, 'waiting to see the owners dropped');
    },
    deleteObject: (action) => deleteObject(client, action),
    warnNamespace: async ({ node, reference }) => {
      const { apiVersion, kind, name, uid } = reference;
      const namespace = namespaceOf(node.object) ?? '';
      const owner = `[${apiVersion}/${kind}, namespace: ${namespace}, name: ${name}, uid: ${uid}]`;
      const message = `ownerRef ${owner} does not exist in namespace "${namespace}"`;
      const regarding = referenceOf(node.resource, node.object);
      events.record({ regarding, type: 'Warning', reason: 'OwnerRefInvalidNamespace', message });
    },
  };
}

async function deleteObject(client: Client, { node, policy, absent, unblock }: Delete): Promise<void> {
  await ensureAbsent(client, node, absent);
  const { uid, resourceVersion } = node.object.metadata ?? {};
  if (unblock) {
    const references = (node.object.metadata?.ownerReferences ?? []).map((each) => ({
      ...each,
      blockOwnerDeletion: false,
    }));
    const patch = { metadata: { uid, resourceVersion, ownerReferences: references } };
    await ignoringNotFound(client.patch(node.resource, keyOf(node.object), patch, { type: 'merge' }));
  }
  const preconditions = unblock ? { uid } : { uid, resourceVersion };
  await ignoringNotFound(
    client.delete(node.resource, keyOf(node.object), { propagationPolicy: policy, preconditions }),
  );
  throw new RetryLater(SETTLE_MS, 'waiting to see it gone');
}

async function dropOwners(client: Client, { resource, object }: GraphNode, uids: readonly string[]): Promise<void> {
  const { uid, resourceVersion, ownerReferences = [] } = object.metadata ?? {};
  const kept = ownerReferences.filter((reference) => !uids.includes(reference.uid));
  const patch = { metadata: { uid, resourceVersion, ownerReferences: kept.length > 0 ? kept : null } };
  await ignoringNotFound(client.patch(resource, keyOf(object), patch, { type: 'merge' }));
}

async function ensureAbsent(client: Client, node: GraphNode, absent: readonly OwnerView[]): Promise<void> {
  for (const { reference, resource } of absent) {
    if (!resource) throw new Error(`the kind of owner ${reference.name} is not served`);
    const namespace = resource.namespaced ? namespaceOf(node.object) : undefined;
    let found: { metadata?: { uid?: string } };
    try {
      found = await client.get(resource, { namespace, name: reference.name });
    } catch (error) {
      if (isReason(error, 'NotFound')) continue;
      throw error;
    }
    if (found.metadata?.uid === reference.uid) {
      throw new RetryLater(SETTLE_MS, `owner ${reference.name} exists; the watch is behind`);
    }
  }
}
