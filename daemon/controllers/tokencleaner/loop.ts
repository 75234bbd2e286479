/** Wires the token cleaner: bootstrap token Secrets of kube-system. */

import { startInformer } from '../../client/start-informer.ts';
import { SECRETS } from '../../kinds/resources.ts';
import type { Loop } from '../../runtime/loop.ts';
import { runLoop } from '../../runtime/run-loop.ts';
import type { ControllerContext, RunningController } from '../shared/context.ts';
import { createAct } from './act.ts';
import type { TokenCleanerAction, TokenCleanerSnapshot } from './actions.ts';
import { decide } from './decide.ts';
import { observe } from './observe.ts';

const name = 'token-cleaner';
const SELECTION = { namespace: 'kube-system', fieldSelector: 'type=bootstrap.kubernetes.io/token' };

export function start({ client, clock, random, log }: ControllerContext): RunningController {
  const clocks = { clock, random, log };
  const secrets = startInformer(client, SECRETS, { ...clocks, selection: SELECTION });
  const loop: Loop<TokenCleanerSnapshot, TokenCleanerAction> = {
    name,
    observe: (key) => observe(secrets, key),
    decide,
    act: createAct(client),
  };
  const running = runLoop(loop, clocks);
  void secrets.synced().then(() => secrets.onChange(({ key }) => running.enqueue(key)));
  const stop = (): void => {
    running.stop();
    secrets.stop();
  };
  return { name, idle: running.idle, stop };
}
