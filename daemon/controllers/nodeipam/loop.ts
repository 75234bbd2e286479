/** Wires the node address loop. One worker: two nodes must not choose the same subnet. */

import { NODES } from '../../kinds/resources.ts';
import { createEventRecorder } from '../../runtime/events.ts';
import { Expectations } from '../../runtime/expectations.ts';
import type { Loop } from '../../runtime/loop.ts';
import { runLoop } from '../../runtime/run-loop.ts';
import { TrackedWrites } from '../../runtime/tracked-writes.ts';
import type { ControllerContext, RunningController } from '../shared/context.ts';
import { createAct } from './act.ts';
import type { NodeIpamAction, NodeIpamSnapshot } from './actions.ts';
import { decide } from './decide.ts';
import { observe } from './observe.ts';

const name = 'node-ipam-controller';

/** `podCidr`: the IPv4 range of all pods, for example `10.244.0.0/16`. */
export function start(context: ControllerContext, { podCidr }: { podCidr: string }): RunningController {
  const { client, informers, clock, random, log } = context;
  const expectations = new Expectations(clock);
  const writes = new TrackedWrites(client, expectations, [[NODES, informers.nodes]]);
  const events = createEventRecorder(client, { clock, log, component: name });
  const recent = new Map<string, string>();
  const loop: Loop<NodeIpamSnapshot, NodeIpamAction> = {
    name,
    observe: (key) => observe(informers, podCidr, recent, key),
    decide,
    act: createAct(writes, events, recent),
  };
  const running = runLoop(loop, { clock, random, log, expectations, concurrency: 1 });
  void informers.nodes.synced().then(() => {
    informers.nodes.onChange(({ after, key }) => {
      if (!after || after.spec?.podCIDR) recent.delete(key);
      if (after) running.enqueue(key);
    });
  });
  return { name, idle: running.idle, stop: running.stop };
}
