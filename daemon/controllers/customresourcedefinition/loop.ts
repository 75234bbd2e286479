/** Wires the loop of CustomResourceDefinitions. */

import { startInformer } from '../../client/start-informer.ts';
import type { ServedResources } from '../../kinds/collected-resources.ts';
import { CUSTOM_RESOURCE_DEFINITIONS } from '../../kinds/resources.ts';
import type { Loop } from '../../runtime/loop.ts';
import { runLoop } from '../../runtime/run-loop.ts';
import type { ControllerContext, RunningController } from '../shared/context.ts';
import { createAct } from './act.ts';
import type { DefinitionAction, DefinitionSnapshot } from './actions.ts';
import { decide } from './decide.ts';
import { observe } from './observe.ts';

const name = 'customresourcedefinition-controller';

export function start(context: ControllerContext, { resources }: { resources: ServedResources }): RunningController {
  const { client, clock, random, log } = context;
  const definitions = startInformer(client, CUSTOM_RESOURCE_DEFINITIONS, { clock, random, log });
  const loop: Loop<DefinitionSnapshot, DefinitionAction> = {
    name,
    observe: (key) => observe({ definitions, resources }, key),
    decide,
    act: createAct({ client, clock }),
  };
  const running = runLoop(loop, { clock, random, log });
  void definitions.synced().then(() => {
    definitions.onChange(({ key, before, after }) => {
      running.enqueue(key);
      // Names that were in use may be free now.
      const group = (after ?? before)?.spec.group;
      for (const { spec, metadata } of definitions.list())
        if (spec.group === group && metadata?.name) running.enqueue(metadata.name);
    });
  });
  const stop = (): void => {
    running.stop();
    definitions.stop();
  };
  return { name, idle: running.idle, stop };
}
