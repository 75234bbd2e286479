/** Wires the loop of token Secrets: Secrets of that one type, and the accounts that they name. */

import { startInformer } from '../../client/start-informer.ts';
import { SECRETS } from '../../kinds/resources.ts';
import type { Loop } from '../../runtime/loop.ts';
import { runLoop } from '../../runtime/run-loop.ts';
import type { ControllerContext, RunningController } from '../shared/context.ts';
import type { Signing } from '../shared/signing.ts';
import { createAct } from './act.ts';
import type { AccountTokenAction, AccountTokenSnapshot } from './actions.ts';
import { ACCOUNT_NAME, decide, TOKEN_TYPE } from './decide.ts';
import { observe } from './observe.ts';

const name = 'serviceaccount-token-controller';

/** Without signing it does nothing: a plan makes no tokens. */
export function start(
  context: ControllerContext,
  { ca, signing }: { ca: string; signing?: Signing },
): RunningController {
  const { client, informers, clock, random, log } = context;
  if (!signing) return { name, idle: () => true, stop() {} };
  const clocks = { clock, random, log };
  const secrets = startInformer(client, SECRETS, { ...clocks, selection: { fieldSelector: `type=${TOKEN_TYPE}` } });
  const loop: Loop<AccountTokenSnapshot, AccountTokenAction> = {
    name,
    observe: (key) => observe({ secrets, accounts: informers.serviceAccounts, ca }, key),
    decide,
    act: createAct(client, signing, ca),
  };
  const running = runLoop(loop, clocks);
  void secrets.synced().then(() => {
    secrets.onChange(({ key }) => running.enqueue(key));
    informers.serviceAccounts.onChange(({ before, after }) => {
      const account = (after ?? before)?.metadata;
      for (const { metadata } of secrets.list()) {
        const isNamed = metadata?.annotations?.[ACCOUNT_NAME] === account?.name;
        if (isNamed && metadata?.namespace === account?.namespace)
          running.enqueue(`${metadata?.namespace}/${metadata?.name}`);
      }
    });
  });
  const stop = (): void => {
    running.stop();
    secrets.stop();
  };
  return { name, idle: running.idle, stop };
}
