/**
 * Starts every controller: the table is the list of them.
 */

import type { Client } from '../client/client.ts';
import type { ServedResources } from '../kinds/collected-resources.ts';
import { start as certificateSigningRequest } from './certificatesigningrequest/loop.ts';
import { start as clusterRoleAggregation } from './clusterroleaggregation/loop.ts';
import { start as controllerAccounts } from './controlleraccounts/loop.ts';
import { start as customResourceDefinition } from './customresourcedefinition/loop.ts';
import { start as deployment } from './deployment/loop.ts';
import { start as disruption } from './disruption/loop.ts';
import { start as endpoints } from './endpoints/loop.ts';
import { start as endpointSlice } from './endpointslice/loop.ts';
import { start as endpointSliceMirroring } from './endpointslicemirroring/loop.ts';
import { start as flowControlBootstrap } from './flowcontrolbootstrap/loop.ts';
import { start as flowSchema } from './flowschema/loop.ts';
import { start as garbageCollector } from './garbagecollector/loop.ts';
import { start as job } from './job/loop.ts';
import { start as legacyTokenTracking } from './legacytokentracking/loop.ts';
import { start as namespace } from './namespace/loop.ts';
import { start as nodeIpam } from './nodeipam/loop.ts';
import { start as nodeLifecycle } from './nodelifecycle/loop.ts';
import { start as podGc } from './podgc/loop.ts';
import { start as replicaSet } from './replicaset/loop.ts';
import { start as resourceQuota } from './resourcequota/loop.ts';
import { start as rootCa } from './rootca/loop.ts';
import { start as serviceAccount } from './serviceaccount/loop.ts';
import { start as serviceAccountToken } from './serviceaccounttoken/loop.ts';
import type { ControllerContext, RunningController } from './shared/context.ts';
import type { Signing } from './shared/signing.ts';
import { start as taintEviction } from './tainteviction/loop.ts';
import { start as tokenCleaner } from './tokencleaner/loop.ts';
import { start as ttlAfterFinished } from './ttlafterfinished/loop.ts';
import { start as validatingAdmissionPolicyStatus } from './validatingadmissionpolicystatus/loop.ts';
import type { PolicySources } from './validatingadmissionpolicystatus/observe.ts';

export interface ControllerSettings {
  /** Every served resource that can be listed, watched and deleted (not reviews, not subresource bodies). */
  resources: ServedResources;
  /** PEM certificates by which pods verify the API server. */
  ca: string;
  /** The IPv4 range of all pods: `10.244.0.0/16`. */
  podCidr: string;
  /** Without it nothing is signed: in a plan. */
  signing?: Signing;
  /** What is suspicious about a policy's expressions; without it nothing. */
  checkTypes?: PolicySources['checkTypes'];
  /** Names of controllers that are not started: a plan's nodes do not fall silent. */
  without?: ReadonlySet<string>;
  /** The client of one controller, by its name; without it all share the context's: in a plan. */
  clientOf?(name: string): Client;
}

/** Folder → how it is started. The completeness test compares this with the folders. */
export const CONTROLLERS: Readonly<
  Record<string, (context: ControllerContext, settings: ControllerSettings) => RunningController>
> = {
  customresourcedefinition: customResourceDefinition,
  certificatesigningrequest: certificateSigningRequest,
  clusterroleaggregation: clusterRoleAggregation,
  controlleraccounts: controllerAccounts,
  deployment,
  disruption,
  endpoints,
  endpointslice: endpointSlice,
  endpointslicemirroring: endpointSliceMirroring,
  flowcontrolbootstrap: flowControlBootstrap,
  flowschema: flowSchema,
  garbagecollector: garbageCollector,
  job,
  legacytokentracking: legacyTokenTracking,
  namespace: (context, { resources }) => {
    const namespaced = () => resources.list().filter((resource) => resource.namespaced);
    return namespace(context, { resources: namespaced });
  },
  nodeipam: nodeIpam,
  nodelifecycle: nodeLifecycle,
  podgc: podGc,
  replicaset: replicaSet,
  resourcequota: resourceQuota,
  rootca: rootCa,
  serviceaccount: serviceAccount,
  serviceaccounttoken: serviceAccountToken,
  tainteviction: taintEviction,
  tokencleaner: tokenCleaner,
  ttlafterfinished: ttlAfterFinished,
  validatingadmissionpolicystatus: validatingAdmissionPolicyStatus,
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
    .map(([name, start]) => start({ ...context, client: settings.clientOf?.(name) ?? context.client }, settings));
  return {
    idle: () => running.every((controller) => controller.idle()),
    stop: () => {
      for (const controller of running) controller.stop();
    },
  };
}
