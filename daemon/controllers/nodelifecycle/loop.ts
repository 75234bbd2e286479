/**
 * Wires the node lifecycle loop: node changes wake the node; a tick looks for those who have fallen silent and for those that wait to
 * be emptied at their zone's rate.
 */

import { NODES, PODS } from '../../kinds/resources.ts';
import type { Node } from '../../kinds/types.generated.ts';
import { createEventRecorder, type EventRecorder, referenceOf } from '../../runtime/events.ts';
import { Expectations } from '../../runtime/expectations.ts';
import type { Loop } from '../../runtime/loop.ts';
import { runLoop } from '../../runtime/run-loop.ts';
import { TrackedWrites } from '../../runtime/tracked-writes.ts';
import { Wakefulness } from '../../runtime/wakefulness.ts';
import type { ControllerContext, RunningController } from '../shared/context.ts';
import { readiness } from '../shared/node.ts';
import { createAct } from './act.ts';
import type { NodeLifecycleAction, NodeLifecycleSnapshot } from './actions.ts';
import { decide, GRACE_MS } from './decide.ts';
import { Heartbeats } from './heartbeats.ts';
import { observe } from './observe.ts';
import { assessZones, EvictionLimiter, type Zones } from './zones.ts';

const name = 'node-controller';

/** --node-monitor-period is 5 s; a pass over names costs microseconds. */
const TICK_MS = 1_000;

/** `RecordNodeEvent` (`pkg/controller/util/node`). */
function tell(events: EventRecorder, node: Readonly<Node>, reason: string, what: string): void {
  const message = `Node ${node.metadata?.name} event: ${what}`;
  events.record({ regarding: referenceOf(NODES, node), type: 'Normal', reason, message });
}

export function start(context: ControllerContext): RunningController {
  const { client, informers, clock, random, log } = context;
  const expectations = new Expectations(clock);
  const writes = new TrackedWrites(client, expectations, [
    [NODES, informers.nodes],
    [PODS, informers.pods],
  ]);
  const events = createEventRecorder(client, { clock, log, component: name });
  const wakefulness = new Wakefulness(clock, () =>
    log.warn({ loop: name }, 'this process did not run for a while; nodes get a full grace period'),
  );
  const heartbeats = new Heartbeats(clock, wakefulness);
  const limiter = new EvictionLimiter();
  let zones: { revision: string; value: Zones } | undefined;
  const currentZones = (): Zones => {
    const revision = informers.nodes.revision();
    if (zones?.revision !== revision) zones = { revision, value: assessZones(informers.nodes.list()) };
    return zones.value;
  };
  const loop: Loop<NodeLifecycleSnapshot, NodeLifecycleAction> = {
    name,
    observe: (key) => observe({ informers, heartbeats, limiter, zones: currentZones, clock }, key),
    decide,
    act: createAct({ writes, informers, events, limiter, clock }),
  };
  const running = runLoop(loop, { clock, random, log, expectations });
  heartbeats.follow(informers.nodeLeases);
  informers.nodes.onChange(({ before, after, key }) => {
    const posted = ({ status }: NonNullable<typeof after>) =>
      status?.conditions?.map(({ lastHeartbeatTime }) => lastHeartbeatTime).join();
    // Whoever is seen for the first time has just been heard of, whether or not there is a lease yet.
    if (after && (!before || posted(before) !== posted(after))) heartbeats.heard(key);
    if (!before && after) tell(events, after, 'RegisteredNode', `Registered Node ${key} in Controller`);
    if (before && !after) tell(events, before, 'RemovingNode', `Removing Node ${key} from Controller`);
    running.enqueue(key);
  });
  let stopTick = (): void => {};
  const tick = (): void => {
    for (const node of informers.nodes.list()) {
      const key = node.metadata?.name ?? '';
      if (readiness(node) !== 'True' || heartbeats.silentMs(key) > GRACE_MS) running.enqueue(key);
    }
    stopTick = clock.after(TICK_MS, tick);
  };
  stopTick = clock.after(TICK_MS, tick);
  const stop = (): void => {
    stopTick();
    wakefulness.stop();
    running.stop();
  };
  return { name, idle: running.idle, stop };
}
