/** Wires the pod garbage collector: one key, looked at every 20 s. */

import { PODS } from '../../kinds/resources.ts';
import { Expectations } from '../../runtime/expectations.ts';
import type { Loop } from '../../runtime/loop.ts';
import { runLoop } from '../../runtime/run-loop.ts';
import { TrackedWrites } from '../../runtime/tracked-writes.ts';
import type { ControllerContext, RunningController } from '../shared/context.ts';
import { createAct } from './act.ts';
import type { PodGcAction, PodGcSnapshot } from './actions.ts';
import { decide } from './decide.ts';
import { MissingNodes, observe } from './observe.ts';

const name = 'pod-garbage-collector-controller';

const EVERYTHING = 'pods';

export function start(context: ControllerContext): RunningController {
  const { client, informers, clock, random, log } = context;
  const expectations = new Expectations(clock);
  const writes = new TrackedWrites(client, expectations, [[PODS, informers.pods]]);
  const missing = new MissingNodes(clock);
  const loop: Loop<PodGcSnapshot, PodGcAction> = {
    name,
    observe: (key) => observe(informers, missing, key),
    decide,
    act: createAct(client, writes, clock),
  };
  const running = runLoop(loop, { clock, random, log, expectations });
  informers.nodes.onChange(({ after, key }) => {
    if (after) missing.found(key);
    else running.enqueue(EVERYTHING);
  });
  void informers.synced().then(() => running.enqueue(EVERYTHING));
  return { name, idle: running.idle, stop: running.stop };
}
