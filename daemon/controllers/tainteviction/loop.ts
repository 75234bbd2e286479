/** Wires the taint eviction loop: a node whose NoExecute taints change wakes all its pods. */

import { formatKey, keyOf } from '../../base/object.ts';
import { PODS } from '../../kinds/resources.ts';
import { createEventRecorder } from '../../runtime/events.ts';
import { Expectations } from '../../runtime/expectations.ts';
import type { Loop } from '../../runtime/loop.ts';
import { runLoop } from '../../runtime/run-loop.ts';
import { TrackedWrites } from '../../runtime/tracked-writes.ts';
import { Wakefulness } from '../../runtime/wakefulness.ts';
import type { ControllerContext, RunningController } from '../shared/context.ts';
import { taintsOf } from '../shared/node.ts';
import { createAct } from './act.ts';
import type { TaintEvictionAction, TaintEvictionSnapshot } from './actions.ts';
import { decide } from './decide.ts';
import { observe } from './observe.ts';

const name = 'taint-eviction-controller';

export function start(context: ControllerContext): RunningController {
  const { client, informers, clock, random, log } = context;
  const expectations = new Expectations(clock);
  const writes = new TrackedWrites(client, expectations, [[PODS, informers.pods]]);
  const events = createEventRecorder(client, { clock, log, component: name });
  // After a sleep, taints may be there only because nobody was awake to take them off.
  const wakefulness = new Wakefulness(clock);
  const loop: Loop<TaintEvictionSnapshot, TaintEvictionAction> = {
    name,
    observe: (key) => observe(informers, () => wakefulness.sinceWall(), key),
    decide,
    act: createAct(writes, events, clock),
  };
  const running = runLoop(loop, { clock, random, log, expectations });
  informers.pods.onChange(({ after, key }) => {
    if (after?.spec?.nodeName) running.enqueue(key);
  });
  informers.nodes.onChange(({ before, after, key }) => {
    const taints = (node: typeof after) => JSON.stringify(node ? taintsOf(node, 'NoExecute') : []);
    if (taints(before) === taints(after)) return;
    for (const pod of informers.pods.by('node', key)) running.enqueue(formatKey(keyOf(pod)));
  });
  const stop = (): void => {
    wakefulness.stop();
    running.stop();
  };
  return { name, idle: running.idle, stop };
}
