/**
 * From a request for a pod's stream to the pod, its container and the node that runs it (`pkg/registry/core/pod/strategy.go`).
 */

import { badRequest, internalError, notFound } from '../../base/status.ts';
import type { NodeService, PodReference } from '../../client/node-service.ts';
import type { Pod } from '../../kinds/types.generated.ts';
import type { Store } from '../../store/store.ts';
import type { ResourceRequest } from '../http/request-info.ts';

/** The service of a node's agent, while it is connected. */
export type NodeServices = (nodeName: string) => NodeService | undefined;

export interface PodOnNode {
  pod: Readonly<Pod>;
  reference: PodReference;
  node: NodeService;
}

export interface PodTarget extends PodOnNode {
  container: string;
}

/** Throws 404 and 400 as the API server does. `container`: as asked for; empty takes the only one. */
export function findPodTarget(
  store: Store,
  nodes: NodeServices,
  resource: ResourceRequest,
  container: string | null,
): PodTarget {
  const pod = readPod(store, resource);
  const chosen = chooseContainer(pod, resource.name ?? '', container);
  return { ...onNode(pod, nodes), container: chosen };
}

/** The same; undefined for a pod that no node has yet. */
export function findAssignedPodTarget(
  store: Store,
  nodes: NodeServices,
  resource: ResourceRequest,
  container: string | null,
): PodTarget | undefined {
  const pod = readPod(store, resource);
  const chosen = chooseContainer(pod, resource.name ?? '', container);
  return pod.spec?.nodeName ? { ...onNode(pod, nodes), container: chosen } : undefined;
}

/** The pod as a whole: for what concerns its network, not one of its containers. Throws 404 and 400. */
export function findPod(store: Store, nodes: NodeServices, resource: ResourceRequest): PodOnNode {
  return onNode(readPod(store, resource), nodes);
}

/** For what is only carried by an upgraded connection, asked for without one: 404 and 400 as ever, then the 400 that says so. */
export function refusePlainRequest(
  store: Store,
  nodes: NodeServices,
  resource: ResourceRequest,
  query: URLSearchParams,
): never {
  if (resource.subresource === 'portforward') findPod(store, nodes, resource);
  else findPodTarget(store, nodes, resource, query.get('container'));
  throw badRequest('Upgrade request required');
}

function readPod(store: Store, { namespace = '', name = '' }: ResourceRequest): Readonly<Pod> {
  const entry = store.get(`/registry/core/pods/${namespace}/${name}`);
  if (!entry) throw notFound({ group: '', resource: 'pods' }, name);
  return entry.value as Pod;
}

function onNode(pod: Readonly<Pod>, nodes: NodeServices): PodOnNode {
  const { name = '', namespace = '', uid = '' } = pod.metadata ?? {};
  const nodeName = pod.spec?.nodeName;
  if (!nodeName) throw badRequest(`pod ${name} does not have a host assigned`);
  const node = nodes(nodeName);
  if (!node) throw internalError(new Error(`the agent of node ${nodeName} is not connected`));
  return { pod, reference: { namespace, name, uid }, node };
}

function chooseContainer(pod: Readonly<Pod>, name: string, asked: string | null): string {
  const names = (list: readonly { name: string }[] | undefined) => (list ?? []).map((one) => one.name);
  const main = names(pod.spec?.containers);
  const init = names(pod.spec?.initContainers);
  if (!asked) {
    if (main.length === 1) return main[0]!;
    const initText = init.length > 0 ? ` or one of the init containers: [${init.join(' ')}]` : '';
    throw badRequest(
      `a container name must be specified for pod ${name}, choose one of: [${main.join(' ')}]${initText}`,
    );
  }
  if (![...main, ...init, ...names(pod.spec?.ephemeralContainers)].includes(asked))
    throw badRequest(`container ${asked} is not valid for pod ${name}`);
  return asked;
}
