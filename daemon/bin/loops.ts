/**
 * Starts every control loop and the scheduler over one set of informers.
 */

import { systemClock, systemIds, systemRandom } from '../base/clock.ts';
import type { Logger } from '../base/log.ts';
import { startControllers } from '../controllers/start-controllers.ts';
import { collectedResources } from '../kinds/collected-resources.ts';
import { startSharedInformers } from '../runtime/shared-informers.ts';
import { startScheduler } from '../scheduler/start-scheduler.ts';
import { awaitedNodes, holdBack } from './held-client.ts';
import type { Kernel } from './kernel.ts';

export interface Loops {
  stop(): void;
}

/** Resolves when every loop has seen the present state. */
export async function startLoops(
  kernel: Kernel,
  settings: { certificateAuthority: string; podCidr: string; log: Logger },
): Promise<Loops> {
  const { log, podCidr, certificateAuthority: ca } = settings;
  const client = kernel.clientFor('system:kube-controller-manager', [], 'kube-controller-manager');
  const clocks = { clock: systemClock, random: systemRandom, log };
  const informers = startSharedInformers(client, clocks);
  await informers.synced();
  const resources = collectedResources(kernel.context.registry);
  const awaited = () => awaitedNodes(informers.nodes.list());
  const controllers = startControllers(
    { client: holdBack(client, awaited), informers, ids: systemIds, ...clocks },
    { resources, ca, podCidr },
  );
  const scheduler = startScheduler({
    client: holdBack(kernel.clientFor('system:kube-scheduler', [], 'kube-scheduler'), awaited),
    informers,
    ...clocks,
  });
  return {
    stop() {
      scheduler.stop();
      controllers.stop();
      informers.stop();
    },
  };
}
