/** Wires the ServiceAccount loop: namespaces, and deletions of their `default`. */

import { SERVICE_ACCOUNTS } from '../../kinds/resources.ts';
import { Expectations } from '../../runtime/expectations.ts';
import type { Loop } from '../../runtime/loop.ts';
import { runLoop } from '../../runtime/run-loop.ts';
import { TrackedWrites } from '../../runtime/tracked-writes.ts';
import type { ControllerContext, RunningController } from '../shared/context.ts';
import { createAct } from './act.ts';
import type { ServiceAccountAction, ServiceAccountSnapshot } from './actions.ts';
import { DEFAULT_NAME, decide } from './decide.ts';
import { observe } from './observe.ts';

const name = 'service-account-controller';

export function start(context: ControllerContext): RunningController {
  const { client, informers, clock, random, log } = context;
  const expectations = new Expectations(clock);
  const writes = new TrackedWrites(client, expectations, [[SERVICE_ACCOUNTS, informers.serviceAccounts]]);
  const loop: Loop<ServiceAccountSnapshot, ServiceAccountAction> = {
    name,
    observe: (key) => observe(informers, key),
    decide,
    act: createAct(writes),
  };
  const running = runLoop(loop, { clock, random, log, expectations });
  informers.namespaces.onChange(({ key }) => running.enqueue(key));
  informers.serviceAccounts.onChange(({ before, after }) => {
    const { name: changed, namespace } = (after ?? before)?.metadata ?? {};
    if (changed === DEFAULT_NAME && namespace) running.enqueue(namespace);
  });
  return { name, idle: running.idle, stop: running.stop };
}
