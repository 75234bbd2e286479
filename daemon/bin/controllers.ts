/**
 * Starts every control loop and the scheduler over one set of informers.
 */

import { systemClock, systemIds, systemRandom } from '../base/clock.ts';
import type { Logger } from '../base/log.ts';
import * as deployment from '../controllers/deployment/loop.ts';
import * as endpoints from '../controllers/endpoints/loop.ts';
import * as endpointSlice from '../controllers/endpointslice/loop.ts';
import * as endpointSliceMirroring from '../controllers/endpointslicemirroring/loop.ts';
import * as garbageCollector from '../controllers/garbagecollector/loop.ts';
import * as namespace from '../controllers/namespace/loop.ts';
import * as nodeIpam from '../controllers/nodeipam/loop.ts';
import * as nodeLifecycle from '../controllers/nodelifecycle/loop.ts';
import * as podGc from '../controllers/podgc/loop.ts';
import * as replicaSet from '../controllers/replicaset/loop.ts';
import * as rootCa from '../controllers/rootca/loop.ts';
import * as serviceAccount from '../controllers/serviceaccount/loop.ts';
import type { RunningController } from '../controllers/shared/context.ts';
import * as taintEviction from '../controllers/tainteviction/loop.ts';
import type { Kind } from '../kinds/kind.ts';
import { startSharedInformers } from '../runtime/shared-informers.ts';
import { startScheduler } from '../scheduler/start-scheduler.ts';
import type { Kernel } from './kernel.ts';

const PLAIN = [
  deployment,
  endpoints,
  endpointSlice,
  endpointSliceMirroring,
  nodeLifecycle,
  podGc,
  replicaSet,
  serviceAccount,
  taintEviction,
];

const DELETABLE = ['list', 'watch', 'delete'];
const isCollected = ({ stored, verbs }: Kind) =>
  stored && (verbs === undefined || DELETABLE.every((verb) => verbs.includes(verb)));

export interface Controllers {
  stop(): void;
}

/** Resolves when every loop has seen the present state. */
export async function startControllers(
  kernel: Kernel,
  settings: { certificateAuthority: string; podCidr: string; log: Logger },
): Promise<Controllers> {
  const { log } = settings;
  const client = kernel.clientFor('system:kube-controller-manager', [], 'kube-controller-manager');
  const clocks = { clock: systemClock, random: systemRandom, log };
  const informers = startSharedInformers(client, clocks);
  await informers.synced();
  const context = { client, informers, ids: systemIds, ...clocks };
  const resources = kernel.context.registry.kinds.filter(isCollected).map(({ resource }) => resource);
  // events.k8s.io is a second view of the same events.
  const owned = resources.filter(({ group }) => group !== 'events.k8s.io');
  const running: RunningController[] = [
    ...PLAIN.map((controller) => controller.start(context)),
    garbageCollector.start(context, { resources: owned }),
    namespace.start(context, { resources: () => owned.filter(({ namespaced }) => namespaced) }),
    nodeIpam.start(context, { podCidr: settings.podCidr }),
    rootCa.start(context, { ca: settings.certificateAuthority }),
  ];
  const scheduler = startScheduler({
    client: kernel.clientFor('system:kube-scheduler', [], 'kube-scheduler'),
    informers,
    ...clocks,
  });
  return {
    stop() {
      scheduler.stop();
      for (const controller of running) controller.stop();
      informers.stop();
    },
  };
}
