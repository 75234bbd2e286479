/**
 * Wires the loop that removes finished Jobs after their time: each change of a Job wakes it.
 */

import { JOBS, PODS } from '../../kinds/resources.ts';
import { Expectations } from '../../runtime/expectations.ts';
import type { Loop } from '../../runtime/loop.ts';
import { runLoop } from '../../runtime/run-loop.ts';
import { TrackedWrites } from '../../runtime/tracked-writes.ts';
import type { ControllerContext, RunningController } from '../shared/context.ts';
import { createAct } from './act.ts';
import type { TtlAction, TtlSnapshot } from './actions.ts';
import { decide } from './decide.ts';
import { observe } from './observe.ts';

const name = 'ttl-after-finished-controller';

export function start({ client, informers, clock, random, log }: ControllerContext): RunningController {
  const expectations = new Expectations(clock);
  const writes = new TrackedWrites(client, expectations, [
    [JOBS, informers.jobs],
    [PODS, informers.pods],
  ]);
  const loop: Loop<TtlSnapshot, TtlAction> = {
    name,
    observe: (key) => observe(informers, key),
    decide,
    act: createAct(client, writes, clock),
  };
  const running = runLoop(loop, { clock, random, log, expectations });
  informers.jobs.onChange(({ key, after }) => {
    if (after) running.enqueue(key);
  });
  return { name, idle: running.idle, stop: running.stop };
}
