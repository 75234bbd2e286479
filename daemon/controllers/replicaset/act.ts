/**
 * Executes the ReplicaSet loop's actions.
 */

import type { Clock } from '../../base/clock.ts';
import { keyOf } from '../../base/object.ts';
import type { Client } from '../../client/client.ts';
import { PODS, REPLICA_SETS } from '../../kinds/resources.ts';
import type { ReplicaSet, ReplicaSetStatus } from '../../kinds/types.generated.ts';
import type { Loop } from '../../runtime/loop.ts';
import type { TrackedWrites } from '../../runtime/tracked-writes.ts';
import { ensureMayAdopt } from '../shared/adoption.ts';
import { isNamespaceTerminating } from '../shared/errors.ts';
import { adoptionPatch, releasePatch } from '../shared/ownership.ts';
import type { PodControl } from '../shared/pod-control.ts';
import { podFromTemplate } from '../shared/pod-from-template.ts';
import type { ReplicaSetAction, ReplicaSetSnapshot } from './actions.ts';
import { failedStatus, isSameStatus } from './decide.ts';

export interface ReplicaSetActors {
  client: Client;
  writes: TrackedWrites;
  pods: PodControl;
  clock: Clock;
}

type Create = Extract<ReplicaSetAction, { type: 'createPods' }>;
type Delete = Extract<ReplicaSetAction, { type: 'deletePods' }>;

export function createAct(actors: ReplicaSetActors): Loop<ReplicaSetSnapshot, ReplicaSetAction>['act'] {
  const { writes, client } = actors;
  return {
    adoptPod: async ({ key, replicaSet, pod }) => {
      await ensureMayAdopt(client, REPLICA_SETS, replicaSet);
      await writes.patch(key, PODS, keyOf(pod), adoptionPatch(REPLICA_SETS, replicaSet, pod), { type: 'merge' });
    },
    releasePod: async ({ key, replicaSet, pod }) => {
      await writes.patch(key, PODS, keyOf(pod), releasePatch(replicaSet, pod), { type: 'merge' });
    },
    createPods: (action) => createPods(actors, action),
    deletePods: (action) => deletePods(actors, action),
    updateStatus: ({ key, replicaSet, status }) => updateStatus(actors, key, replicaSet, status),
  };
}

async function updateStatus(
  { writes }: ReplicaSetActors,
  key: string,
  replicaSet: ReplicaSet,
  status: ReplicaSetStatus,
): Promise<void> {
  await writes.update(key, REPLICA_SETS, { ...replicaSet, status }, { subresource: 'status' });
}

async function createPods(actors: ReplicaSetActors, action: Create): Promise<void> {
  const { key, replicaSet, count } = action;
  const template = replicaSet.spec!.template!;
  const pods = Array.from({ length: count }, () => podFromTemplate(REPLICA_SETS, replicaSet, template));
  try {
    await actors.pods.create(key, replicaSet, pods);
  } catch (error) {
    await fail(actors, action, 'FailedCreate', error);
  }
}

async function deletePods(actors: ReplicaSetActors, action: Delete): Promise<void> {
  const { key, replicaSet, pods } = action;
  try {
    await actors.pods.delete(key, replicaSet, pods);
  } catch (error) {
    await fail(actors, action, 'FailedDelete', error);
  }
}

/** Says in the status why, then lets the key back off. */
async function fail(
  actors: ReplicaSetActors,
  { key, replicaSet, status }: Create | Delete,
  reason: 'FailedCreate' | 'FailedDelete',
  error: unknown,
): Promise<never> {
  if (isNamespaceTerminating(error)) throw error;
  const next = failedStatus(status, reason, error instanceof Error ? error.message : String(error), actors.clock.now());
  if (!isSameStatus(replicaSet.status, next)) await updateStatus(actors, key, replicaSet, next);
  throw error;
}
