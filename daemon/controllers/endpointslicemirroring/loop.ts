/** Wires the mirroring loop: Endpoints, their services, and the slices made of them. */

import { formatKey } from '../../base/object.ts';
import { ENDPOINT_SLICES } from '../../kinds/resources.ts';
import { Expectations } from '../../runtime/expectations.ts';
import type { Loop } from '../../runtime/loop.ts';
import { runLoop } from '../../runtime/run-loop.ts';
import { SERVICE_NAME_LABEL } from '../../runtime/shared-informers.ts';
import { TrackedWrites } from '../../runtime/tracked-writes.ts';
import type { ControllerContext, RunningController } from '../shared/context.ts';
import { createAct } from './act.ts';
import type { MirroringAction, MirroringSnapshot } from './actions.ts';
import { decide, MANAGED_BY_LABEL, MANAGER } from './decide.ts';
import { observe } from './observe.ts';

const name = 'endpoint-slice-mirroring-controller';

export function start(context: ControllerContext): RunningController {
  const { client, informers, clock, random, log } = context;
  const expectations = new Expectations(clock);
  const writes = new TrackedWrites(client, expectations, [[ENDPOINT_SLICES, informers.endpointSlices]]);
  const loop: Loop<MirroringSnapshot, MirroringAction> = {
    name,
    observe: (key) => observe(informers, key),
    decide,
    act: createAct(writes),
  };
  const running = runLoop(loop, { clock, random, log, expectations });
  informers.endpoints.onChange(({ key }) => running.enqueue(key));
  informers.services.onChange(({ key }) => running.enqueue(key));
  informers.endpointSlices.onChange(({ before, after }) => {
    const { namespace, labels } = (after ?? before)?.metadata ?? {};
    if (labels?.[MANAGED_BY_LABEL] !== MANAGER) return;
    running.enqueue(formatKey({ namespace, name: labels[SERVICE_NAME_LABEL] ?? '' }));
  });
  return { name, idle: running.idle, stop: running.stop };
}
