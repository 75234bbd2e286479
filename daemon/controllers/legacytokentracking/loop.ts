/** Wires the loop of the tracking ConfigMap. */

import { startInformer } from '../../client/start-informer.ts';
import { CONFIG_MAPS } from '../../kinds/resources.ts';
import { Expectations } from '../../runtime/expectations.ts';
import type { Loop } from '../../runtime/loop.ts';
import { runLoop } from '../../runtime/run-loop.ts';
import { TrackedWrites } from '../../runtime/tracked-writes.ts';
import type { ControllerContext, RunningController } from '../shared/context.ts';
import type { Signing } from '../shared/signing.ts';
import { createAct } from './act.ts';
import type { TrackingAction, TrackingSnapshot } from './actions.ts';
import { decide, NAME, NAMESPACE } from './decide.ts';
import { observe } from './observe.ts';

const name = 'legacy-service-account-token-tracking';
const KEY = `${NAMESPACE}/${NAME}`;

/** Without signing it does nothing: nobody shows tokens to a plan. */
export function start(
  { client, clock, random, log }: ControllerContext,
  { signing }: { signing?: Signing },
): RunningController {
  if (!signing) return { name, idle: () => true, stop() {} };
  const selection = { namespace: NAMESPACE, fieldSelector: `metadata.name=${NAME}` };
  const configMaps = startInformer(client, CONFIG_MAPS, { selection, clock, random, log });
  const expectations = new Expectations(clock);
  let createdMs: number | undefined;
  const loop: Loop<TrackingSnapshot, TrackingAction> = {
    name,
    observe: () => observe(configMaps, createdMs),
    decide,
    act: createAct(new TrackedWrites(client, expectations, [[CONFIG_MAPS, configMaps]]), KEY, () => {
      createdMs = clock.now();
    }),
  };
  const running = runLoop(loop, { clock, random, log, expectations });
  void configMaps.synced().then(() => {
    configMaps.onChange(() => running.enqueue(KEY));
    running.enqueue(KEY);
  });
  const stop = (): void => {
    running.stop();
    configMaps.stop();
  };
  return { name, idle: running.idle, stop };
}
