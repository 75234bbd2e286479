/**
 * Wires the ReplicaSet loop: which changes wake which ReplicaSet.
 */

import { PODS, REPLICA_SETS } from '../../kinds/resources.ts';
import { createEventRecorder } from '../../runtime/events.ts';
import { Expectations } from '../../runtime/expectations.ts';
import type { Loop } from '../../runtime/loop.ts';
import { runLoop } from '../../runtime/run-loop.ts';
import { TrackedWrites } from '../../runtime/tracked-writes.ts';
import type { ControllerContext, RunningController } from '../shared/context.ts';
import { createPodControl } from '../shared/pod-control.ts';
import { wakeOwners } from '../shared/wake-owners.ts';
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
  informers.replicaSets.onChange(({ key }) => running.enqueue(key));
  informers.pods.onChange(wakeOwners(REPLICA_SETS, informers.replicaSets, running.enqueue));
  return { name, idle: running.idle, stop: running.stop };
}
