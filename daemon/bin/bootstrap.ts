/**
 * What every cluster begins with: the system's namespaces, priority classes and priority levels, the default roles and bindings, the `kubernetes` Service by which pods find the API,
 * the authority by which servers beside this one verify the same clients.
 * Reconciled at each start; what people changed and annotated `autoupdate: "false"` is left alone.
 */

import {
  defaultClusterRoleBindings,
  defaultClusterRoles,
  defaultRoleBindings,
  defaultRoles,
} from '../auth/default-roles.ts';
import { type Reconciled, reconcileBinding, reconcileRole } from '../auth/reconcile-roles.ts';
import { deepEqual } from '../base/json.ts';
import { type KubeObject, keyOf, type ObjectKey } from '../base/object.ts';
import { isReason } from '../base/status.ts';
import type { Client } from '../client/client.ts';
import { createAct } from '../controllers/flowcontrolbootstrap/act.ts';
import { decide } from '../controllers/flowcontrolbootstrap/decide.ts';
import { observe, shippedKeys } from '../controllers/flowcontrolbootstrap/observe.ts';
import { SYSTEM_CLASSES } from '../kinds/priorityclasses/system-classes.ts';
import type { Resource } from '../kinds/resource.ts';
import {
  CLUSTER_ROLE_BINDINGS,
  CLUSTER_ROLES,
  CONFIG_MAPS,
  ENDPOINT_SLICES,
  ENDPOINTS,
  FLOW_SCHEMAS,
  NAMESPACES,
  PRIORITY_CLASSES,
  PRIORITY_LEVEL_CONFIGURATIONS,
  ROLE_BINDINGS,
  ROLES,
  SERVICES,
} from '../kinds/resources.ts';
import type { StartHook } from './health-checks.ts';

export interface ApiAddress {
  /** First address of the service network. */
  clusterIp: string;
  /** Where this server really listens, as pods reach it. */
  hostIp: string;
  port: number;
  /** PEM: the authority of client certificates. */
  clientCa: string;
}

const SYSTEM_NAMESPACES = ['default', 'kube-system', 'kube-public', 'kube-node-lease'];

/** Tells of each step that is done. */
export async function bootstrap(
  client: Client,
  api: ApiAddress,
  finished: (step: StartHook) => void = () => {},
): Promise<void> {
  for (const name of SYSTEM_NAMESPACES) {
    await ensure(client, NAMESPACES, { apiVersion: 'v1', kind: 'Namespace', metadata: { name } }, () => true);
  }
  finished('start-system-namespaces-controller');
  await publishClientCa(client, api.clientCa);
  finished('start-cluster-authentication-info-controller');
  await bootstrapRoles(client);
  finished('rbac/bootstrap-roles');
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
  finished('scheduling/bootstrap-system-priority-classes');
  await bootstrapFlowControl(client);
  finished('priority-and-fairness-config-producer');
  await bootstrapKubernetesService(client, api);
  finished('bootstrap-controller');
}

/** For servers that leave authentication to this one (`clusterauthenticationtrust`); `extension-apiserver-authentication-reader` lets them read it. */
async function publishClientCa(client: Client, clientCa: string): Promise<void> {
  const metadata = { name: 'extension-apiserver-authentication', namespace: 'kube-system' };
  const data = { 'client-ca-file': clientCa };
  const configMap = { apiVersion: 'v1', kind: 'ConfigMap', metadata, data };
  await ensure(client, CONFIG_MAPS, configMap, (live) => deepEqual((live as typeof configMap).data, data));
}

/** Once, so that requests are classified from the start; from then on the loop of the same decisions keeps them. */
async function bootstrapFlowControl(client: Client): Promise<void> {
  const resources = { prioritylevelconfigurations: PRIORITY_LEVEL_CONFIGURATIONS, flowschemas: FLOW_SCHEMAS };
  const listed = async (resource: Resource) =>
    new Map((await client.list(resource)).items.map((object) => [object.metadata?.name ?? '', object]));
  const levels = await listed(resources.prioritylevelconfigurations);
  const schemas = await listed(resources.flowschemas);
  const sources = {
    prioritylevelconfigurations: { get: ({ name }: ObjectKey) => levels.get(name) },
    flowschemas: { get: ({ name }: ObjectKey) => schemas.get(name) },
  };
  const act = createAct(client);
  for (const key of shippedKeys()) {
    for (const action of decide(observe(sources, key)!).actions) {
      await (action.type === 'create' ? act.create(action) : act.update(action));
    }
  }
}

/** Creates, or replaces when `isFine` says that what is there will not do. */
async function ensure<T extends KubeObject>(
  client: Client,
  resource: Resource<T>,
  wanted: KubeObject,
  isFine: (live: KubeObject) => boolean,
): Promise<void> {
  const key = keyOf(wanted);
  const live = await getIfPresent(client, resource, key);
  if (!live) await client.create(resource, wanted as T);
  else if (!isFine(live)) {
    await client.update(resource, {
      ...wanted,
      metadata: { ...wanted.metadata, resourceVersion: live.metadata?.resourceVersion },
    } as T);
  }
}

async function bootstrapRoles(client: Client): Promise<void> {
  for (const role of defaultClusterRoles()) await reconcile(client, CLUSTER_ROLES, role, reconcileRole);
  for (const role of defaultRoles()) await reconcile(client, ROLES, role, reconcileRole);
  for (const binding of defaultClusterRoleBindings()) {
    await reconcile(client, CLUSTER_ROLE_BINDINGS, binding, reconcileBinding);
  }
  for (const binding of defaultRoleBindings()) await reconcile(client, ROLE_BINDINGS, binding, reconcileBinding);
}

/** Creates what is missing; a binding that names another role is made anew, for that cannot be changed. */
async function reconcile<T extends KubeObject>(
  client: Client,
  resource: Resource,
  wanted: T,
  decide: (live: T, wanted: T) => Reconciled<T> | undefined,
): Promise<void> {
  const key = keyOf(wanted);
  const live = await getIfPresent(client, resource, key);
  if (!live) return void (await client.create(resource, wanted));
  const decided = decide(live as T, wanted);
  if (!decided) return;
  if (!decided.replace) return void (await client.update(resource, decided.object));
  await client.delete(resource, key);
  await client.create(resource, decided.object);
}

async function getIfPresent<T extends KubeObject>(
  client: Client,
  resource: Resource<T>,
  key: ObjectKey,
): Promise<T | undefined> {
  return client.get(resource, key).catch((error: unknown) => {
    if (isReason(error, 'NotFound')) return undefined;
    throw error;
  });
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
