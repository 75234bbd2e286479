/**
 * `nodes/x/proxy`: the kubelet's own API of a node. The node's agent answers what is about itself; logs and sessions of containers go the way
 * that Pods' subresources go. Another port of the node is reached as a Pod's is.
 */

import { internalError, notFound } from '../../base/status.ts';
import type { NodeService } from '../../client/node-service.ts';
import type { Node } from '../../kinds/types.generated.ts';
import type { Store } from '../../store/store.ts';
import type { ResourceRequest } from '../http/request-info.ts';
import type { ResourceCall } from '../http/resource-handler.ts';
import type { UpgradeCall } from '../http/server.ts';
import { answerExec } from './exec.ts';
import { answerLogs } from './logs.ts';
import type { NodeServices } from './pod-target.ts';
import { answerPortForward } from './port-forward.ts';
import { splitName } from './proxy-target.ts';

export interface NodeProxyContext {
  store: Store;
  nodes: NodeServices;
}

const KUBELET_PORT = 10_250;

const nodeOf = (store: Store, name: string): Node | undefined =>
  store.get(`/registry/core/nodes/${name}`)?.value as Node | undefined;

/** The node whose kubelet is meant; undefined when another of its ports is. Throws 400 and 404. */
export function kubeletOf({ store }: Pick<NodeProxyContext, 'store'>, resource: ResourceRequest): string | undefined {
  const { name, port } = splitName(resource.name ?? '');
  const node = nodeOf(store, name);
  if (!node) throw notFound({ group: '', resource: 'nodes' }, name);
  const own = node.status?.daemonEndpoints?.kubeletEndpoint?.Port || KUBELET_PORT;
  return port === '' || port === String(own) ? name : undefined;
}

function serviceOf({ nodes }: NodeProxyContext, nodeName: string): NodeService {
  const node = nodes(nodeName);
  if (!node) throw internalError(new Error(`the agent of node ${nodeName} is not connected`));
  return node;
}

/** An ordinary request. Throws 404 and 500 of the API; what the kubelet answers is text. */
export async function answerKubelet(call: ResourceCall, context: NodeProxyContext, nodeName: string): Promise<void> {
  const { info, response } = call;
  const service = serviceOf(context, nodeName);
  const path = info.resource.rest.filter((part) => part !== '');
  const send = (code: number, contentType: string, body: string) => {
    response.writeHead(code, { 'Content-Type': contentType });
    response.end(info.method === 'HEAD' ? undefined : body);
  };
  const isRead = info.method === 'GET' || info.method === 'HEAD';
  if (path[0] === 'containerLogs' && path.length === 4 && isRead) {
    const [, namespace = '', name = '', container = ''] = path;
    const query = new URLSearchParams(info.query);
    query.set('container', container);
    const resource: ResourceRequest = {
      ...info.resource,
      plural: 'pods',
      namespace,
      name,
      subresource: 'log',
      rest: [],
    };
    return answerLogs({ ...call, info: { ...info, query, resource } }, context.store, context.nodes);
  }
  const answer = await service.answer(path.join('/'));
  if (!answer) return send(404, 'text/plain; charset=utf-8', '404 page not found\n');
  if (!isRead) return send(405, 'text/plain; charset=utf-8', '405: Method Not Allowed');
  send(answer.code, answer.contentType, answer.body);
}

/** The kubelet's names of what a session is to carry, and the API's. */
const FLAGS: readonly (readonly [string, string])[] = [
  ['input', 'stdin'],
  ['output', 'stdout'],
  ['error', 'stderr'],
];

/** A session with a container, by the kubelet's own paths: `exec/NAMESPACE/POD/CONTAINER`, with the Pod's uid before the container or without. */
export async function answerKubeletUpgrade(
  call: UpgradeCall & { resource: ResourceRequest },
  context: NodeProxyContext,
  nodeName: string,
): Promise<void> {
  serviceOf(context, nodeName);
  const { info, resource } = call;
  const [action = '', namespace = '', name = '', ...more] = resource.rest.filter((part) => part !== '');
  const subresource = action.toLowerCase();
  const isSession = (subresource === 'exec' || subresource === 'attach') && (more.length === 1 || more.length === 2);
  if (!isSession && !(subresource === 'portforward' && name !== '' && more.length < 2))
    throw notFound({ group: '', resource: 'nodes/proxy' }, resource.rest.join('/'));
  const query = new URLSearchParams(info.query);
  for (const [theirs, ours] of FLAGS) if (query.has(theirs)) query.set(ours, query.get(theirs)!);
  if (isSession) query.set('container', more.at(-1)!);
  const target: ResourceRequest = { ...resource, plural: 'pods', namespace, name, subresource, rest: [] };
  const asPod = { ...call, info: { ...info, query, resource: target }, resource: target };
  if (isSession) return answerExec(asPod, context.store, context.nodes);
  return answerPortForward(asPod, context.store, context.nodes);
}
