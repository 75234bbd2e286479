/** Wires the Endpoints loop. A key is looked at when its service, one of the service's pods, or the Endpoints of a service change. */

import { parseKey } from '../../base/object.ts';
import { ENDPOINTS } from '../../kinds/resources.ts';
import { Expectations } from '../../runtime/expectations.ts';
import type { Loop } from '../../runtime/loop.ts';
import { runLoop } from '../../runtime/run-loop.ts';
import { TrackedWrites } from '../../runtime/tracked-writes.ts';
import type { ControllerContext, RunningController } from '../shared/context.ts';
import { wakeServicesOfPods } from '../shared/service-pods.ts';
import { createAct } from './act.ts';
import type { EndpointsAction, EndpointsSnapshot } from './actions.ts';
import { decide } from './decide.ts';
import { observe } from './observe.ts';

const name = 'endpoint-controller';

export function start(context: ControllerContext): RunningController {
  const { client, informers, clock, random, log } = context;
  const expectations = new Expectations(clock);
  const writes = new TrackedWrites(client, expectations, [[ENDPOINTS, informers.endpoints]]);
  const loop: Loop<EndpointsSnapshot, EndpointsAction> = {
    name,
    observe: (key) => observe(informers, key),
    decide,
    act: createAct(writes),
  };
  const running = runLoop(loop, { clock, random, log, expectations });
  informers.services.onChange(({ key }) => running.enqueue(key));
  wakeServicesOfPods(informers.pods, informers.services, running.enqueue);
  // Endpoints without a service are left to whoever made them: only the deletion of a service deletes its Endpoints.
  informers.endpoints.onChange(({ key }) => {
    if (informers.services.get(parseKey(key))) running.enqueue(key);
  });
  return { name, idle: running.idle, stop: running.stop };
}
