/** Wires the loop of the controllers' accounts: all of them once, and each whose account goes. */

import { SERVICE_ACCOUNTS } from '../../kinds/resources.ts';
import { Expectations } from '../../runtime/expectations.ts';
import type { Loop } from '../../runtime/loop.ts';
import { runLoop } from '../../runtime/run-loop.ts';
import { TrackedWrites } from '../../runtime/tracked-writes.ts';
import { ACCOUNTS_NAMESPACE, accountNames } from '../accounts.ts';
import type { ControllerContext, RunningController } from '../shared/context.ts';
import { createAct } from './act.ts';
import type { ControllerAccountAction, ControllerAccountSnapshot } from './actions.ts';
import { decide } from './decide.ts';
import { observe } from './observe.ts';

const name = 'controller-accounts';

export function start(context: ControllerContext): RunningController {
  const { client, informers, clock, random, log } = context;
  const names = accountNames();
  const expectations = new Expectations(clock);
  const writes = new TrackedWrites(client, expectations, [[SERVICE_ACCOUNTS, informers.serviceAccounts]]);
  const loop: Loop<ControllerAccountSnapshot, ControllerAccountAction> = {
    name,
    observe: (key) => observe(informers, key),
    decide,
    act: createAct(writes),
  };
  const running = runLoop(loop, { clock, random, log, expectations });
  for (const account of names) running.enqueue(account);
  informers.serviceAccounts.onChange(({ before, after }) => {
    const { name: changed = '', namespace } = (after ?? before)?.metadata ?? {};
    if (namespace === ACCOUNTS_NAMESPACE && names.has(changed)) running.enqueue(changed);
  });
  return { name, idle: running.idle, stop: running.stop };
}
