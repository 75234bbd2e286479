/**
 * Wires the Deployment loop: which changes wake which Deployment.
 */

import { compileLabelSelector } from '../../base/label-selector.ts';
import { controllerOf, formatKey, type KubeObject, keyOf } from '../../base/object.ts';
import { DEPLOYMENTS, REPLICA_SETS } from '../../kinds/resources.ts';
import { createEventRecorder } from '../../runtime/events.ts';
import { Expectations } from '../../runtime/expectations.ts';
import type { Loop } from '../../runtime/loop.ts';
import { runLoop } from '../../runtime/run-loop.ts';
import { TrackedWrites } from '../../runtime/tracked-writes.ts';
import type { ControllerContext, RunningController } from '../shared/context.ts';
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
  const wakeOwner = (object: KubeObject | undefined): void => {
    const owner = object && controllerOf(object);
    if (owner?.kind !== 'Deployment') return;
    running.enqueue(formatKey({ namespace: object?.metadata?.namespace, name: owner.name }));
  };
  informers.deployments.onChange(({ key }) => running.enqueue(key));
  informers.replicaSets.onChange(({ before, after }) => {
    wakeOwner(before);
    wakeOwner(after);
    const orphan = after && !controllerOf(after) ? after : undefined;
    for (const deployment of orphan ? informers.deployments.inNamespace(orphan.metadata?.namespace ?? '') : []) {
      const matches = compileLabelSelector(deployment.spec?.selector);
      if (matches(orphan?.metadata?.labels)) running.enqueue(formatKey(keyOf(deployment)));
    }
  });
  // Recreate waits for the last old pod to be gone or finished, which no ReplicaSet status tells.
  informers.pods.onChange(({ before, after }) => {
    const isOver = after === undefined || after.status?.phase === 'Succeeded' || after.status?.phase === 'Failed';
    const owner = before && isOver ? controllerOf(before) : undefined;
    if (owner?.kind !== 'ReplicaSet') return;
    wakeOwner(informers.replicaSets.get({ namespace: before?.metadata?.namespace, name: owner.name }));
  });
  return { name, idle: running.idle, stop: running.stop };
}
