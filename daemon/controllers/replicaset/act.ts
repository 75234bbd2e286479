/**
 * Executes the ReplicaSet loop's actions: pods are created in batches that double while all goes well (slow start), so that a namespace
 * at its quota costs one refused request and not five hundred.
 */

import type { Clock } from '../../base/clock.ts';
import { keyOf } from '../../base/object.ts';
import { isReason } from '../../base/status.ts';
import type { Client } from '../../client/client.ts';
import { PODS, REPLICA_SETS } from '../../kinds/resources.ts';
import type { ReplicaSet, ReplicaSetStatus } from '../../kinds/types.generated.ts';
import { type EventRecorder, referenceOf } from '../../runtime/events.ts';
import type { Loop } from '../../runtime/loop.ts';
import type { TrackedWrites } from '../../runtime/tracked-writes.ts';
import { ensureMayAdopt } from '../shared/adoption.ts';
import { isNamespaceTerminating } from '../shared/errors.ts';
import { adoptionPatch, releasePatch } from '../shared/ownership.ts';
import { podFromTemplate } from '../shared/pod-from-template.ts';
import type { ReplicaSetAction, ReplicaSetSnapshot } from './actions.ts';
import { failedStatus, isSameStatus } from './decide.ts';

export interface ReplicaSetActors {
  client: Client;
  writes: TrackedWrites;
  events: EventRecorder;
  clock: Clock;
}

type Create = Extract<ReplicaSetAction, { type: 'createPods' }>;
type Delete = Extract<ReplicaSetAction, { type: 'deletePods' }>;

const FIRST_BATCH = 1; // upstream's SlowStartInitialBatchSize

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
  let left = action.count;
  for (let batch = FIRST_BATCH; left > 0; batch *= 2) {
    const size = Math.min(batch, left);
    const results = await Promise.allSettled(Array.from({ length: size }, () => createPod(actors, action)));
    const failed = results.find((result) => result.status === 'rejected');
    if (failed) return fail(actors, action, 'FailedCreate', failed.reason);
    left -= size;
  }
}

async function createPod({ writes, events }: ReplicaSetActors, { key, replicaSet }: Create): Promise<void> {
  const regarding = referenceOf(REPLICA_SETS, replicaSet);
  try {
    const pod = await writes.create(key, PODS, podFromTemplate(REPLICA_SETS, replicaSet, replicaSet.spec!.template!));
    const message = `Created pod: ${pod.metadata?.name}`;
    events.record({ regarding, type: 'Normal', reason: 'SuccessfulCreate', message });
  } catch (error) {
    if (isNamespaceTerminating(error)) throw error; // not worth an event; the key backs off until it is gone
    const message = `Error creating: ${(error as Error).message}`;
    events.record({ regarding, type: 'Warning', reason: 'FailedCreate', message });
    throw error;
  }
}

async function deletePods(actors: ReplicaSetActors, action: Delete): Promise<void> {
  const { key, replicaSet, pods } = action;
  const regarding = referenceOf(REPLICA_SETS, replicaSet);
  const results = await Promise.allSettled(
    pods.map(async (pod) => {
      try {
        await actors.writes.delete(key, PODS, pod);
      } catch (error) {
        if (isReason(error, 'NotFound')) return;
        const message = `Error deleting: ${(error as Error).message}`;
        actors.events.record({ regarding, type: 'Warning', reason: 'FailedDelete', message });
        throw error;
      }
      const message = `Deleted pod: ${pod.metadata?.name}`;
      actors.events.record({ regarding, type: 'Normal', reason: 'SuccessfulDelete', message });
    }),
  );
  const failed = results.find((result) => result.status === 'rejected');
  if (failed) await fail(actors, action, 'FailedDelete', failed.reason);
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
