/** Wires the EndpointSlice loop: services, their pods, their slices, and the nodes' zones. */

import { formatKey, keyOf } from '../../base/object.ts';
import { ENDPOINT_SLICES } from '../../kinds/resources.ts';
import { Expectations } from '../../runtime/expectations.ts';
import type { Loop } from '../../runtime/loop.ts';
import { runLoop } from '../../runtime/run-loop.ts';
import { SERVICE_NAME_LABEL } from '../../runtime/shared-informers.ts';
import { TrackedWrites } from '../../runtime/tracked-writes.ts';
import type { ControllerContext, RunningController } from '../shared/context.ts';
import { wakeServicesOfPods } from '../shared/service-pods.ts';
import { createAct } from './act.ts';
import type { EndpointSliceAction, EndpointSliceSnapshot } from './actions.ts';
import { decide } from './decide.ts';
import { observe } from './observe.ts';

const name = 'endpoint-slice-controller';

export function start(context: ControllerContext): RunningController {
  const { client, informers, clock, random, log } = context;
  const expectations = new Expectations(clock);
  const writes = new TrackedWrites(client, expectations, [[ENDPOINT_SLICES, informers.endpointSlices]]);
  const loop: Loop<EndpointSliceSnapshot, EndpointSliceAction> = {
    name,
    observe: (key) => observe(informers, key),
    decide,
    act: createAct(writes),
  };
  const running = runLoop(loop, { clock, random, log, expectations });
  informers.services.onChange(({ key }) => running.enqueue(key));
  wakeServicesOfPods(informers.pods, informers.services, running.enqueue);
  informers.endpointSlices.onChange(({ before, after }) => {
    const { namespace, labels } = (after ?? before)?.metadata ?? {};
    const service = labels?.[SERVICE_NAME_LABEL];
    if (service) running.enqueue(formatKey({ namespace, name: service }));
  });
  informers.nodes.onChange(({ before, after }) => {
    const zone = (node: typeof before) => node?.metadata?.labels?.['topology.kubernetes.io/zone'];
    if (before && after && zone(before) === zone(after)) return;
    for (const service of informers.services.list()) running.enqueue(formatKey(keyOf(service)));
  });
  return { name, idle: running.idle, stop: running.stop };
}
