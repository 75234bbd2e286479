/**
 * What every cluster begins with: the system's namespaces and priority classes, the default roles and bindings, the `kubernetes` Service by which pods find the API.
 * Reconciled at each start; what people changed and annotated `autoupdate: "false"` is left alone.
 */

import { AUTOUPDATE, defaultClusterRoleBindings, defaultClusterRoles } from '../auth/default-roles.ts';
import { deepEqual } from '../base/json.ts';
import { type KubeObject, keyOf } from '../base/object.ts';
import { isReason } from '../base/status.ts';
import type { Client } from '../client/client.ts';
import { SYSTEM_CLASSES } from '../kinds/priorityclasses/system-classes.ts';
import type { Resource } from '../kinds/resource.ts';
import {
  CLUSTER_ROLE_BINDINGS,
  CLUSTER_ROLES,
  ENDPOINT_SLICES,
  ENDPOINTS,
  NAMESPACES,
  PRIORITY_CLASSES,
  SERVICES,
} from '../kinds/resources.ts';

export interface ApiAddress {
  /** First address of the service network. */
  clusterIp: string;
  /** Where this server really listens, as pods reach it. */
  hostIp: string;
  port: number;
}

const SYSTEM_NAMESPACES = ['default', 'kube-system', 'kube-public', 'kube-node-lease'];

export async function bootstrap(client: Client, api: ApiAddress): Promise<void> {
  for (const name of SYSTEM_NAMESPACES) {
    await ensure(client, NAMESPACES, { apiVersion: 'v1', kind: 'Namespace', metadata: { name } }, () => true);
  }
  for (const role of defaultClusterRoles()) await ensure(client, CLUSTER_ROLES, role, sameOrKept(role, 'rules'));
  for (const binding of defaultClusterRoleBindings())
    await ensure(client, CLUSTER_ROLE_BINDINGS, binding, sameOrKept(binding, 'subjects'));
  for (const { name, value, description } of SYSTEM_CLASSES) {
    const wanted = {
      apiVersion: 'scheduling.k8s.io/v1',
      kind: 'PriorityClass',
      metadata: { name },
      value,
      description,
    };
    await ensure(client, PRIORITY_CLASSES, wanted, () => true);
  }
  await bootstrapKubernetesService(client, api);
}

/** Creates, or replaces when `isFine` says that what is there will not do. */
async function ensure<T extends KubeObject>(
  client: Client,
  resource: Resource<T>,
  wanted: KubeObject,
  isFine: (live: KubeObject) => boolean,
): Promise<void> {
  const key = keyOf(wanted);
  const live = await client.get(resource, key).catch((error: unknown) => {
    if (isReason(error, 'NotFound')) return undefined;
    throw error;
  });
  if (!live) await client.create(resource, wanted as T);
  else if (!isFine(live)) {
    await client.update(resource, {
      ...wanted,
      metadata: { ...wanted.metadata, resourceVersion: live.metadata?.resourceVersion },
    } as T);
  }
}

/** Fine when the field is as wanted, or when somebody took the object over. */
function sameOrKept(wanted: KubeObject, field: string): (live: KubeObject) => boolean {
  const fieldOf = (object: KubeObject) => (object as Record<string, unknown>)[field];
  return (live) => live.metadata?.annotations?.[AUTOUPDATE] === 'false' || deepEqual(fieldOf(live), fieldOf(wanted));
}

const LABELS = { component: 'apiserver', provider: 'kubernetes' };

async function bootstrapKubernetesService(client: Client, { clusterIp, hostIp, port }: ApiAddress): Promise<void> {
  const metadata = { name: 'kubernetes', namespace: 'default' };
  const service = {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { ...metadata, labels: LABELS },
    spec: {
      type: 'ClusterIP',
      clusterIP: clusterIp,
      clusterIPs: [clusterIp],
      sessionAffinity: 'None',
      ports: [{ name: 'https', port: 443, protocol: 'TCP', targetPort: port }],
    },
  };
  await ensure(client, SERVICES, service, (live) => (live as typeof service).spec.ports[0]?.targetPort === port);
  const endpoints = {
    apiVersion: 'v1',
    kind: 'Endpoints',
    metadata: { ...metadata, labels: { 'endpointslice.kubernetes.io/skip-mirror': 'true' } },
    subsets: [{ addresses: [{ ip: hostIp }], ports: [{ name: 'https', port, protocol: 'TCP' }] }],
  };
  await ensure(client, ENDPOINTS, endpoints, (live) =>
    deepEqual((live as typeof endpoints).subsets, endpoints.subsets),
  );
  const slice = {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { ...metadata, labels: { 'kubernetes.io/service-name': 'kubernetes' } },
    addressType: 'IPv4',
    endpoints: [{ addresses: [hostIp], conditions: { ready: true } }],
    ports: [{ name: 'https', port, protocol: 'TCP' }],
  };
  await ensure(client, ENDPOINT_SLICES, slice, (live) => {
    const { endpoints: present, ports } = live as typeof slice;
    return present[0]?.addresses[0] === hostIp && ports[0]?.port === port;
  });
}
