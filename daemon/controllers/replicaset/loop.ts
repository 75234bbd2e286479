/**
 * Wires the ReplicaSet loop: which changes wake which ReplicaSet.
 */

import { compileLabelSelector } from '../../base/label-selector.ts';
import { controllerOf, formatKey, type KubeObject, keyOf } from '../../base/object.ts';
import { PODS, REPLICA_SETS } from '../../kinds/resources.ts';
import { createEventRecorder } from '../../runtime/events.ts';
import { Expectations } from '../../runtime/expectations.ts';
import type { Loop } from '../../runtime/loop.ts';
import { runLoop } from '../../runtime/run-loop.ts';
import { TrackedWrites } from '../../runtime/tracked-writes.ts';
import type { ControllerContext, RunningController } from '../shared/context.ts';
import { createPodControl } from '../shared/pod-control.ts';
import { createAct } from './act.ts';
import type { ReplicaSetAction, ReplicaSetSnapshot } from './actions.ts';
import { decide } from './decide.ts';
import { observe } from './observe.ts';

const name = 'replicaset-controller';

export function start(context: ControllerContext): RunningController {
  const { client, informers, clock, random, log } = context;
  const expectations = new Expectations(clock);
  const writes = new TrackedWrites(client, expectations, [
    [PODS, informers.pods],
    [REPLICA_SETS, informers.replicaSets],
  ]);
  const events = createEventRecorder(client, { clock, log, component: name });
  const loop: Loop<ReplicaSetSnapshot, ReplicaSetAction> = {
    name,
    observe: (key) => observe(informers, key),
    decide,
    act: createAct({ client, writes, pods: createPodControl(REPLICA_SETS, writes, events), clock }),
  };
  const running = runLoop(loop, { clock, random, log, expectations });
  const wakeOwner = (pod: KubeObject | undefined): void => {
    const owner = pod && controllerOf(pod);
    if (owner?.kind !== 'ReplicaSet') return;
    running.enqueue(formatKey({ namespace: pod?.metadata?.namespace, name: owner.name }));
  };
  informers.replicaSets.onChange(({ key }) => running.enqueue(key));
  informers.pods.onChange(({ before, after }) => {
    wakeOwner(before);
    wakeOwner(after);
    const orphan = after && !controllerOf(after) ? after : undefined;
    for (const replicaSet of orphan ? informers.replicaSets.inNamespace(orphan.metadata?.namespace ?? '') : []) {
      const matches = compileLabelSelector(replicaSet.spec?.selector);
      if (matches(orphan?.metadata?.labels)) running.enqueue(formatKey(keyOf(replicaSet)));
    }
  });
  return { name, idle: running.idle, stop: running.stop };
}
