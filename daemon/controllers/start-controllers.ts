/**
 * Starts every controller: the table is the list of them.
 */

import type { Resource } from '../kinds/resource.ts';
import { start as deployment } from './deployment/loop.ts';
import { start as endpoints } from './endpoints/loop.ts';
import { start as endpointSlice } from './endpointslice/loop.ts';
import { start as endpointSliceMirroring } from './endpointslicemirroring/loop.ts';
import { start as garbageCollector } from './garbagecollector/loop.ts';
import { start as namespace } from './namespace/loop.ts';
import { start as nodeIpam } from './nodeipam/loop.ts';
import { start as nodeLifecycle } from './nodelifecycle/loop.ts';
import { start as podGc } from './podgc/loop.ts';
import { start as replicaSet } from './replicaset/loop.ts';
import { start as rootCa } from './rootca/loop.ts';
import { start as serviceAccount } from './serviceaccount/loop.ts';
import type { ControllerContext, RunningController } from './shared/context.ts';
import { start as taintEviction } from './tainteviction/loop.ts';

export interface ControllerSettings {
  /** Every served resource that can be listed, watched and deleted (not reviews, not subresource bodies). */
  resources: readonly Resource[];
  /** PEM certificates by which pods verify the API server. */
  ca: string;
  /** The IPv4 range of all pods: `10.244.0.0/16`. */
  podCidr: string;
  /** Names of controllers that are not started: a plan's nodes do not fall silent. */
  without?: ReadonlySet<string>;
}

/** Folder → how it is started. The completeness test compares this with the folders. */
export const CONTROLLERS: Readonly<
  Record<string, (context: ControllerContext, settings: ControllerSettings) => RunningController>
> = {
  deployment,
  endpoints,
  endpointslice: endpointSlice,
  endpointslicemirroring: endpointSliceMirroring,
  garbagecollector: garbageCollector,
  namespace: (context, { resources }) => {
    const namespaced = resources.filter((resource) => resource.namespaced);
    return namespace(context, { resources: () => namespaced });
  },
  nodeipam: nodeIpam,
  nodelifecycle: nodeLifecycle,
  podgc: podGc,
  replicaset: replicaSet,
  rootca: rootCa,
  serviceaccount: serviceAccount,
  tainteviction: taintEviction,
};

export interface RunningControllers {
  /** True when no controller has work in hand. */
  idle(): boolean;
  stop(): void;
}

/** Call after `context.informers.synced()`: what was not listed yet must not look deleted. */
export function startControllers(context: ControllerContext, settings: ControllerSettings): RunningControllers {
  const running = Object.entries(CONTROLLERS)
    .filter(([name]) => !settings.without?.has(name))
    .map(([, start]) => start(context, settings));
  return {
    idle: () => running.every((controller) => controller.idle()),
    stop: () => {
      for (const controller of running) controller.stop();
    },
  };
}
