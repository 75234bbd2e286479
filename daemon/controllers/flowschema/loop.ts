/** Wires the flow schema loop. It has informers of its own: nothing else looks at these kinds. */

import { startInformer } from '../../client/start-informer.ts';
import { FLOW_SCHEMAS, PRIORITY_LEVEL_CONFIGURATIONS } from '../../kinds/resources.ts';
import type { Loop } from '../../runtime/loop.ts';
import { runLoop } from '../../runtime/run-loop.ts';
import type { ControllerContext, RunningController } from '../shared/context.ts';
import { createAct } from './act.ts';
import type { FlowSchemaAction, FlowSchemaSnapshot } from './actions.ts';
import { decide } from './decide.ts';
import { observe } from './observe.ts';

const name = 'flow-schema';

export function start(context: ControllerContext): RunningController {
  const { client, clock, random, log } = context;
  const clocks = { clock, random, log };
  const flowSchemas = startInformer(client, FLOW_SCHEMAS, clocks);
  const levels = startInformer(client, PRIORITY_LEVEL_CONFIGURATIONS, clocks);
  const loop: Loop<FlowSchemaSnapshot, FlowSchemaAction> = {
    name,
    observe: (key) => observe({ flowSchemas, levels }, key),
    decide,
    act: createAct(client),
  };
  const running = runLoop(loop, clocks);
  void Promise.all([flowSchemas.synced(), levels.synced()]).then(() => {
    flowSchemas.onChange(({ key }) => running.enqueue(key));
    levels.onChange(() => {
      for (const { metadata } of flowSchemas.list()) running.enqueue(metadata?.name ?? '');
    });
  });
  const stop = (): void => {
    running.stop();
    flowSchemas.stop();
    levels.stop();
  };
  return { name, idle: running.idle, stop };
}
