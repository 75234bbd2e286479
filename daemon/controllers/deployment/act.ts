/**
 * Executes the Deployment loop's actions. Each is idempotent and guarded by the revision it was planned on.
 */

import type { Clock } from '../../base/clock.ts';
import { controllerOf, keyOf } from '../../base/object.ts';
import { isReason, StatusError } from '../../base/status.ts';
import type { Client } from '../../client/client.ts';
import { DEPLOYMENTS, REPLICA_SETS } from '../../kinds/resources.ts';
import type { Deployment, DeploymentStatus, ReplicaSet } from '../../kinds/types.generated.ts';
import { type EventRecorder, referenceOf } from '../../runtime/events.ts';
import type { Loop } from '../../runtime/loop.ts';
import type { TrackedWrites } from '../../runtime/tracked-writes.ts';
import { ensureMayAdopt } from '../shared/adoption.ts';
import { withCondition } from '../shared/conditions.ts';
import { isNamespaceTerminating } from '../shared/errors.ts';
import { adoptionPatch, releasePatch } from '../shared/ownership.ts';
import type { DeploymentAction, DeploymentSnapshot } from './actions.ts';
import { replicasOf } from './fenceposts.ts';
import { sameTemplate } from './replica-sets.ts';
import { condition, hasProgressDeadline, REASONS } from './status.ts';

export interface DeploymentActors {
  client: Client;
  writes: TrackedWrites;
  events: EventRecorder;
  clock: Clock;
}

type Create = Extract<DeploymentAction, { type: 'createReplicaSet' }>;
type Scale = Extract<DeploymentAction, { type: 'scaleReplicaSet' }>;

export function createAct(actors: DeploymentActors): Loop<DeploymentSnapshot, DeploymentAction>['act'] {
  const { writes, events } = actors;
  return {
    adoptReplicaSet: async ({ key, deployment, replicaSet }) => {
      await ensureMayAdopt(actors.client, DEPLOYMENTS, deployment);
      const patch = adoptionPatch(DEPLOYMENTS, deployment, replicaSet);
      await writes.patch(key, REPLICA_SETS, keyOf(replicaSet), patch, { type: 'merge' });
    },
    releaseReplicaSet: async ({ key, deployment, replicaSet }) => {
      await writes.patch(key, REPLICA_SETS, keyOf(replicaSet), releasePatch(deployment, replicaSet), { type: 'merge' });
    },
    createReplicaSet: (action) => createReplicaSet(actors, action),
    updateReplicaSet: async ({ key, replicaSet }) => {
      await writes.update(key, REPLICA_SETS, replicaSet);
    },
    scaleReplicaSet: (action) => scaleReplicaSet(actors, action),
    deleteReplicaSet: async ({ key, replicaSet }) => {
      await writes.delete(key, REPLICA_SETS, replicaSet, { propagationPolicy: 'Background' });
    },
    annotateDeployment: async ({ key, deployment, annotations }) => {
      const patch = { metadata: { uid: deployment.metadata?.uid, annotations } };
      // By way of the status, as upstream: a Deployment's annotations count as its spec, and `generation` would rise for a change that nobody made.
      await writes.patch(key, DEPLOYMENTS, keyOf(deployment), patch, { type: 'merge', subresource: 'status' });
    },
    updateStatus: ({ key, deployment, status }) => updateStatus(actors, key, deployment, status),
    warn: async ({ deployment, reason, message }) => {
      events.record({ regarding: referenceOf(DEPLOYMENTS, deployment), type: 'Warning', reason, message });
    },
  };
}

async function updateStatus(
  { writes }: DeploymentActors,
  key: string,
  deployment: Deployment,
  status: DeploymentStatus,
): Promise<void> {
  await writes.update(key, DEPLOYMENTS, { ...deployment, status }, { subresource: 'status' });
}

async function createReplicaSet(actors: DeploymentActors, action: Create): Promise<void> {
  const { key, deployment, replicaSet } = action;
  const regarding = referenceOf(DEPLOYMENTS, deployment);
  try {
    await actors.writes.create(key, REPLICA_SETS, replicaSet);
  } catch (error) {
    if (isReason(error, 'AlreadyExists')) return resolveCollision(actors, action);
    if (isNamespaceTerminating(error)) return;
    const message = `Failed to create new replica set "${replicaSet.metadata?.name}": ${(error as Error).message}`;
    actors.events.record({ regarding, type: 'Warning', reason: REASONS.createFailed, message });
    if (hasProgressDeadline(deployment)) {
      const failed = condition('Progressing', 'False', REASONS.createFailed, message, actors.clock.now());
      const conditions = withCondition(deployment.status?.conditions ?? [], failed);
      await updateStatus(actors, key, deployment, { ...deployment.status, conditions });
    }
    throw error;
  }
  const size = replicasOf(replicaSet);
  if (size === 0) return;
  const message = `Scaled up replica set ${replicaSet.metadata?.name} from 0 to ${size}`;
  actors.events.record({ regarding, type: 'Normal', reason: 'ScalingReplicaSet', message });
}

/** The name is taken: by this very ReplicaSet (the watch was late), or by another template with the same hash. */
async function resolveCollision(actors: DeploymentActors, { key, deployment, replicaSet }: Create): Promise<void> {
  const found: ReplicaSet = await actors.client.get(REPLICA_SETS, keyOf(replicaSet));
  const isOurs = controllerOf(found)?.uid === deployment.metadata?.uid;
  if (isOurs && sameTemplate(found.spec?.template, deployment.spec?.template)) return;
  const collisionCount = (deployment.status?.collisionCount ?? 0) + 1;
  await updateStatus(actors, key, deployment, { ...deployment.status, collisionCount });
  throw new StatusError(409, 'Conflict', `replica set "${found.metadata?.name}" exists with another template`);
}

async function scaleReplicaSet(actors: DeploymentActors, { key, deployment, replicaSet, from }: Scale): Promise<void> {
  await actors.writes.update(key, REPLICA_SETS, replicaSet);
  const to = replicasOf(replicaSet);
  if (to === from) return;
  const direction = to > from ? 'up' : 'down';
  const message = `Scaled ${direction} replica set ${replicaSet.metadata?.name} from ${from} to ${to}`;
  actors.events.record({
    regarding: referenceOf(DEPLOYMENTS, deployment),
    type: 'Normal',
    reason: 'ScalingReplicaSet',
    message,
  });
}
