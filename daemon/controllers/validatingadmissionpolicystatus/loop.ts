/** Wires the policy status loop. It has an informer of its own: no other loop looks at policies. */

import { startInformer } from '../../client/start-informer.ts';
import { VALIDATING_ADMISSION_POLICIES } from '../../kinds/resources.ts';
import type { Loop } from '../../runtime/loop.ts';
import { runLoop } from '../../runtime/run-loop.ts';
import type { ControllerContext, RunningController } from '../shared/context.ts';
import { createAct } from './act.ts';
import type { PolicyStatusAction, PolicyStatusSnapshot } from './actions.ts';
import { decide } from './decide.ts';
import { observe, type PolicySources } from './observe.ts';

const name = 'validatingadmissionpolicy-status';

export function start(
  context: ControllerContext,
  { checkTypes = () => [] }: { checkTypes?: PolicySources['checkTypes'] },
): RunningController {
  const { client, clock, random, log } = context;
  const clocks = { clock, random, log };
  const policies = startInformer(client, VALIDATING_ADMISSION_POLICIES, clocks);
  const loop: Loop<PolicyStatusSnapshot, PolicyStatusAction> = {
    name,
    observe: (key) => observe({ policies, checkTypes }, key),
    decide,
    act: createAct(client),
  };
  const running = runLoop(loop, clocks);
  void policies.synced().then(() => policies.onChange(({ key }) => running.enqueue(key)));
  const stop = (): void => {
    running.stop();
    policies.stop();
  };
  return { name, idle: running.idle, stop };
}
