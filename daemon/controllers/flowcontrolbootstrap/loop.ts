/** Wires the flow control loop. It has informers of its own, of two kinds that hardly ever change. */

import { startInformer } from '../../client/start-informer.ts';
import { FLOW_SCHEMAS, PRIORITY_LEVEL_CONFIGURATIONS } from '../../kinds/resources.ts';
import type { Loop } from '../../runtime/loop.ts';
import { runLoop } from '../../runtime/run-loop.ts';
import type { ControllerContext, RunningController } from '../shared/context.ts';
import { createAct } from './act.ts';
import type { FlowControlAction, FlowControlSnapshot } from './actions.ts';
import { decide } from './decide.ts';
import { observe, shippedKeys } from './observe.ts';

const name = 'flow-control-bootstrap';

export function start({ client, clock, random, log }: ControllerContext): RunningController {
  const clocks = { clock, random, log };
  const flowschemas = startInformer(client, FLOW_SCHEMAS, clocks);
  const prioritylevelconfigurations = startInformer(client, PRIORITY_LEVEL_CONFIGURATIONS, clocks);
  const loop: Loop<FlowControlSnapshot, FlowControlAction> = {
    name,
    observe: (key) => observe({ flowschemas, prioritylevelconfigurations }, key),
    decide,
    act: createAct(client),
  };
  const running = runLoop(loop, clocks);
  void Promise.all([flowschemas.synced(), prioritylevelconfigurations.synced()]).then(() => {
    flowschemas.onChange(({ key }) => running.enqueue(`flowschemas/${key}`));
    prioritylevelconfigurations.onChange(({ key }) => running.enqueue(`prioritylevelconfigurations/${key}`));
    for (const key of shippedKeys()) running.enqueue(key);
  });
  const stop = (): void => {
    running.stop();
    flowschemas.stop();
    prioritylevelconfigurations.stop();
  };
  return { name, idle: running.idle, stop };
}
