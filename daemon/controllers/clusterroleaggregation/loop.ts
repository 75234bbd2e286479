/** Wires the ClusterRole aggregation loop. It has an informer of its own: no other loop looks at roles. */

import { startInformer } from '../../client/start-informer.ts';
import { CLUSTER_ROLES } from '../../kinds/resources.ts';
import type { Loop } from '../../runtime/loop.ts';
import { runLoop } from '../../runtime/run-loop.ts';
import type { ControllerContext, RunningController } from '../shared/context.ts';
import { createAct } from './act.ts';
import type { AggregationAction, AggregationSnapshot } from './actions.ts';
import { decide } from './decide.ts';
import { observe } from './observe.ts';

const name = 'clusterrole-aggregation-controller';

export function start(context: ControllerContext): RunningController {
  const { client, clock, random, log } = context;
  const clocks = { clock, random, log };
  const roles = startInformer(client, CLUSTER_ROLES, clocks);
  const loop: Loop<AggregationSnapshot, AggregationAction> = {
    name,
    observe: (key) => observe(roles, key),
    decide,
    act: createAct(client),
  };
  const running = runLoop(loop, clocks);
  void roles.synced().then(() => {
    // Any role may be gathered by any other.
    roles.onChange(() => {
      for (const { metadata, aggregationRule } of roles.list())
        if (aggregationRule) running.enqueue(metadata?.name ?? '');
    });
  });
  const stop = (): void => {
    running.stop();
    roles.stop();
  };
  return { name, idle: running.idle, stop };
}
