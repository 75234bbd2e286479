/** Wires the root CA loop. It has an informer of its own: of all ConfigMaps only those of the one name matter. */

import { startInformer } from '../../client/start-informer.ts';
import { CONFIG_MAPS } from '../../kinds/resources.ts';
import { Expectations } from '../../runtime/expectations.ts';
import type { Loop } from '../../runtime/loop.ts';
import { runLoop } from '../../runtime/run-loop.ts';
import { TrackedWrites } from '../../runtime/tracked-writes.ts';
import type { ControllerContext, RunningController } from '../shared/context.ts';
import { createAct } from './act.ts';
import type { RootCaAction, RootCaSnapshot } from './actions.ts';
import { decide, ROOT_CA_NAME } from './decide.ts';
import { observe } from './observe.ts';

const name = 'root-ca-certificate-publisher';

/** `ca`: the PEM certificates that verify the API server. */
export function start(context: ControllerContext, { ca }: { ca: string }): RunningController {
  const { client, informers, clock, random, log } = context;
  const selection = { fieldSelector: `metadata.name=${ROOT_CA_NAME}` };
  const configMaps = startInformer(client, CONFIG_MAPS, { selection, clock, random, log });
  const expectations = new Expectations(clock);
  const writes = new TrackedWrites(client, expectations, [[CONFIG_MAPS, configMaps]]);
  const loop: Loop<RootCaSnapshot, RootCaAction> = {
    name,
    observe: (key) => observe({ namespaces: informers.namespaces, configMaps, ca }, key),
    decide,
    act: createAct(writes),
  };
  const running = runLoop(loop, { clock, random, log, expectations });
  void configMaps.synced().then(() => {
    informers.namespaces.onChange(({ key }) => running.enqueue(key));
    configMaps.onChange(({ before, after }) => running.enqueue((after ?? before)?.metadata?.namespace ?? ''));
  });
  const stop = (): void => {
    running.stop();
    configMaps.stop();
  };
  return { name, idle: running.idle, stop };
}
