/** Wires the certificate loop. */

import { startInformer } from '../../client/start-informer.ts';
import { CERTIFICATE_SIGNING_REQUESTS } from '../../kinds/resources.ts';
import type { Loop } from '../../runtime/loop.ts';
import { runLoop } from '../../runtime/run-loop.ts';
import type { ControllerContext, RunningController } from '../shared/context.ts';
import type { Signing } from '../shared/signing.ts';
import { createAct } from './act.ts';
import type { CertificateAction, CertificateSnapshot } from './actions.ts';
import { decide } from './decide.ts';
import { observe } from './observe.ts';

const name = 'certificate-controller';

/** Without signing it does nothing: a plan signs no certificates. */
export function start(context: ControllerContext, { signing }: { signing?: Signing }): RunningController {
  const { client, clock, random, log } = context;
  if (!signing) return { name, idle: () => true, stop() {} };
  const clocks = { clock, random, log };
  const requests = startInformer(client, CERTIFICATE_SIGNING_REQUESTS, clocks);
  const loop: Loop<CertificateSnapshot, CertificateAction> = {
    name,
    observe: (key) => observe(requests, signing, key),
    decide,
    act: createAct(client, signing, clock),
  };
  const running = runLoop(loop, clocks);
  void requests.synced().then(() => requests.onChange(({ key }) => running.enqueue(key)));
  const stop = (): void => {
    running.stop();
    requests.stop();
  };
  return { name, idle: running.idle, stop };
}
