/**
 * Starts every control loop and the scheduler over one set of informers.
 */

import { systemClock, systemIds, systemRandom } from '../base/clock.ts';
import type { Logger } from '../base/log.ts';
import { startControllers } from '../controllers/start-controllers.ts';
import type { Kind } from '../kinds/kind.ts';
import { startSharedInformers } from '../runtime/shared-informers.ts';
import { startScheduler } from '../scheduler/start-scheduler.ts';
import type { Kernel } from './kernel.ts';

const DELETABLE = ['list', 'watch', 'delete'];
/** events.k8s.io is a second view of the same events. */
const isCollected = ({ stored, verbs, resource }: Kind) =>
  stored &&
  resource.group !== 'events.k8s.io' &&
  (verbs === undefined || DELETABLE.every((verb) => verbs.includes(verb)));

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
  const resources = kernel.context.registry.kinds.filter(isCollected).map(({ resource }) => resource);
  const controllers = startControllers({ client, informers, ids: systemIds, ...clocks }, { resources, ca, podCidr });
  const scheduler = startScheduler({
    client: kernel.clientFor('system:kube-scheduler', [], 'kube-scheduler'),
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
