/**
 * One informer a resource for everything that runs in the control plane: controllers and scheduler share the same copies.
 * Lists which indexes exist. It must not filter by kind of user: a loop selects by index, not by an informer of its own.
 */

import type { Clock, Random } from '../base/clock.ts';
import type { Logger } from '../base/log.ts';
import { controllerOf, type KubeObject } from '../base/object.ts';
import type { Client } from '../client/client.ts';
import type { Informer } from '../client/informer.ts';
import { startInformer } from '../client/start-informer.ts';
import { trackingKey } from '../kinds/jobs/tracking.ts';
import type { Resource } from '../kinds/resource.ts';
import {
  DEPLOYMENTS,
  ENDPOINT_SLICES,
  ENDPOINTS,
  JOBS,
  LEASES,
  NAMESPACES,
  NODES,
  POD_DISRUPTION_BUDGETS,
  PODS,
  REPLICA_SETS,
  SERVICE_ACCOUNTS,
  SERVICES,
} from '../kinds/resources.ts';
import type {
  Deployment,
  EndpointSlice,
  Endpoints,
  Job,
  Lease,
  Namespace,
  Node,
  Pod,
  PodDisruptionBudget,
  ReplicaSet,
  Service,
  ServiceAccount,
} from '../kinds/types.generated.ts';

export interface SharedInformers {
  /**
   * Indexes: `node` (spec.nodeName), `owner` (controller's uid), `orphans` (namespace of pods without controller), `job` (`trackingKey` of pods whose
   * end a Job is to count).
   */
  readonly pods: Informer<Pod>;
  /** Indexes: `owner`, `orphans`. */
  readonly replicaSets: Informer<ReplicaSet>;
  readonly deployments: Informer<Deployment>;
  readonly jobs: Informer<Job>;
  readonly services: Informer<Service>;
  readonly endpoints: Informer<Endpoints>;
  /** Index: `service` (`namespace/name` by the label kubernetes.io/service-name). */
  readonly endpointSlices: Informer<EndpointSlice>;
  readonly nodes: Informer<Node>;
  /** Those of kube-node-lease only. */
  readonly nodeLeases: Informer<Lease>;
  readonly namespaces: Informer<Namespace>;
  readonly serviceAccounts: Informer<ServiceAccount>;
  readonly podDisruptionBudgets: Informer<PodDisruptionBudget>;
  /** Resolves when all of them have their first list. */
  synced(): Promise<void>;
  stop(): void;
}

const NODE_LEASE_NAMESPACE = 'kube-node-lease';
export const SERVICE_NAME_LABEL = 'kubernetes.io/service-name';

const listOf = (key: string | undefined): string[] => (key ? [key] : []);

const ownership = {
  owner: (object: KubeObject): string[] => listOf(controllerOf(object)?.uid),
  orphans: (object: KubeObject): string[] => (controllerOf(object) ? [] : [object.metadata?.namespace ?? '']),
};

export function startSharedInformers(
  client: Client,
  options: { clock: Clock; random: Random; log: Logger },
): SharedInformers {
  const started: Informer<KubeObject>[] = [];
  const start = <T extends KubeObject>(
    resource: Resource<T>,
    more: Pick<Parameters<typeof startInformer<T>>[2], 'selection' | 'indexes'> = {},
  ): Informer<T> => {
    const informer = startInformer(client, resource, { ...options, ...more });
    started.push(informer as unknown as Informer<KubeObject>);
    return informer;
  };
  return {
    pods: start(PODS, {
      indexes: {
        ...ownership,
        node: (pod) => listOf(pod.spec?.nodeName),
        job: (pod) => listOf(trackingKey(pod)),
      },
    }),
    replicaSets: start(REPLICA_SETS, { indexes: ownership }),
    deployments: start(DEPLOYMENTS),
    jobs: start(JOBS),
    services: start(SERVICES),
    endpoints: start(ENDPOINTS),
    endpointSlices: start(ENDPOINT_SLICES, {
      indexes: {
        service: ({ metadata }) => {
          const name = metadata?.labels?.[SERVICE_NAME_LABEL];
          return name ? [`${metadata?.namespace}/${name}`] : [];
        },
      },
    }),
    nodes: start(NODES),
    nodeLeases: start(LEASES, { selection: { namespace: NODE_LEASE_NAMESPACE } }),
    namespaces: start(NAMESPACES),
    serviceAccounts: start(SERVICE_ACCOUNTS),
    podDisruptionBudgets: start(POD_DISRUPTION_BUDGETS),
    synced: async () => {
      await Promise.all(started.map((informer) => informer.synced()));
    },
    stop: () => {
      for (const informer of started) informer.stop();
    },
  };
}
