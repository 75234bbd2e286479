/**
 * Wires the Deployment loop: which changes wake which Deployment.
 */

import { formatKey } from '../../base/object.ts';
import { DEPLOYMENTS, REPLICA_SETS } from '../../kinds/resources.ts';
import { createEventRecorder } from '../../runtime/events.ts';
import { Expectations } from '../../runtime/expectations.ts';
import type { Loop } from '../../runtime/loop.ts';
import { runLoop } from '../../runtime/run-loop.ts';
import { TrackedWrites } from '../../runtime/tracked-writes.ts';
import type { ControllerContext, RunningController } from '../shared/context.ts';
import { ownerKey, wakeOwners } from '../shared/wake-owners.ts';
import { createAct } from './act.ts';
import type { DeploymentAction, DeploymentSnapshot } from './actions.ts';
import { decide } from './decide.ts';
import { observe } from './observe.ts';

const name = 'deployment-controller';

export function start(context: ControllerContext): RunningController {
  const { client, informers, clock, random, log } = context;
  const expectations = new Expectations(clock);
  const writes = new TrackedWrites(client, expectations, [
    [DEPLOYMENTS, informers.deployments],
    [REPLICA_SETS, informers.replicaSets],
  ]);
  const events = createEventRecorder(client, { clock, log, component: name });
  const loop: Loop<DeploymentSnapshot, DeploymentAction> = {
    name,
    observe: (key) => observe(informers, key),
    decide,
    act: createAct({ client, writes, events, clock }),
  };
  const running = runLoop(loop, { clock, random, log, expectations });
  informers.deployments.onChange(({ key }) => running.enqueue(key));
  informers.replicaSets.onChange(wakeOwners(DEPLOYMENTS, informers.deployments, running.enqueue));
  // Recreate waits for the last old pod to be gone or finished, which no ReplicaSet status tells.
  informers.pods.onChange(({ before, after }) => {
    const isOver = after === undefined || after.status?.phase === 'Succeeded' || after.status?.phase === 'Failed';
    const owner = before && isOver ? ownerKey('ReplicaSet', before) : undefined;
    const replicaSet = owner && informers.replicaSets.get(owner);
    const deployment = replicaSet && ownerKey('Deployment', replicaSet);
    if (deployment) running.enqueue(formatKey(deployment));
  });
  return { name, idle: running.idle, stop: running.stop };
}
