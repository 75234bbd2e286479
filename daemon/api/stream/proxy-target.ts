/**
 * Where a `proxy` subresource leads: from `[scheme:]name[:port]` to a pod's or a node's address (`pkg/registry/core/{pod,service,node}` ResourceLocation).
 * Pure but for the store that it reads. Only addresses that the cluster itself gave are reached, never one that a caller names.
 */

import { badRequest, notFound, serviceUnavailable as unavailable } from '../../base/status.ts';
import type { Endpoints, Node, Pod, Service } from '../../kinds/types.generated.ts';
import type { Store } from '../../store/store.ts';
import type { ResourceRequest } from '../http/request-info.ts';

/** Upstream says nothing of when to try again. */
const serviceUnavailable = (message: string) => unavailable(message, 0);

export interface ProxyTarget {
  scheme: 'http' | 'https';
  /** IPv4 or IPv6, without brackets. */
  address: string;
  port: number;
  /** The node that reaches it. */
  nodeName: string;
}

/** `web`, `web:80`, `https:web:443`, `https:web:`. Throws 400. */
export function splitName(text: string): { scheme: 'http' | 'https'; name: string; port: string } {
  const parts = text.split(':');
  const [scheme, name, port] = parts.length === 3 ? parts : ['', parts[0], parts[1] ?? ''];
  if (parts.length > 3 || !name || (scheme !== '' && scheme !== 'http' && scheme !== 'https'))
    throw badRequest(`invalid proxy request ${JSON.stringify(text)}: expected [http:|https:]name[:port]`);
  return { scheme: scheme || 'http', name, port: port ?? '' } as ReturnType<typeof splitName>;
}

/** Of a pod, a service, or a port of a node that is not its kubelet's. Throws 400, 404 and 503 in the API server's words. `pick` chooses among so many. */
export function findProxyTarget(store: Store, resource: ResourceRequest, pick: (count: number) => number): ProxyTarget {
  const { scheme, name, port } = splitName(resource.name ?? '');
  const at = { namespace: resource.namespace ?? '', name };
  if (resource.plural === 'nodes') return { scheme, ...ofNode(store, name, port) };
  return { scheme, ...(resource.plural === 'pods' ? ofPod(store, at, port) : ofService(store, at, port, pick)) };
}

type At = { namespace: string; name: string };
type Place = Omit<ProxyTarget, 'scheme'>;

function ofPod(store: Store, { namespace, name }: At, port: string): Place {
  const pod = store.get(`/registry/core/pods/${namespace}/${name}`)?.value as Pod | undefined;
  if (!pod) throw notFound({ group: '', resource: 'pods' }, name);
  const declared = pod.spec?.containers.flatMap(({ ports = [] }) => ports)[0]?.containerPort;
  const address = pod.status?.podIP;
  const number = port === '' ? (declared ?? 80) : readPort(port);
  if (!address || !pod.spec?.nodeName) throw badRequest('address not allowed');
  return { address: proxyable(address), port: number, nodeName: pod.spec.nodeName };
}

function ofNode(store: Store, name: string, port: string): Place {
  const node = store.get(`/registry/core/nodes/${name}`)?.value as Node | undefined;
  if (!node) throw notFound({ group: '', resource: 'nodes' }, name);
  const address = node.status?.addresses?.find(({ type }) => type === 'InternalIP')?.address;
  if (!address) throw serviceUnavailable(`no preferred addresses found; known addresses: []`);
  return { address: proxyable(address), port: readPort(port), nodeName: name };
}

function ofService(store: Store, at: At, asked: string, pick: (count: number) => number): Place {
  const { nodeName, ...place } = findServiceTarget(store, at, asked, pick);
  if (!nodeName) {
    throw serviceUnavailable(`the endpoint ${place.address} of service "${at.name}" is on no node of this cluster`);
  }
  return { ...place, nodeName };
}

/** A ready endpoint of a Service's port, by number or name; without a node when it is none of the cluster's. Throws 404 and 503. */
export function findServiceTarget(
  store: Store,
  { namespace, name }: At,
  asked: string,
  pick: (count: number) => number,
): Omit<Place, 'nodeName'> & { nodeName?: string } {
  const service = store.get(`/registry/core/services/${namespace}/${name}`)?.value as Service | undefined;
  if (!service) throw notFound({ group: '', resource: 'services' }, name);
  const portName = nameOfPort(service, name, asked);
  const endpoints = store.get(`/registry/core/endpoints/${namespace}/${name}`)?.value as Endpoints | undefined;
  const ready = (endpoints?.subsets ?? []).flatMap(({ addresses = [], ports = [] }) =>
    ports
      .filter((port) => (port.name ?? '') === portName)
      .flatMap(({ port }) => addresses.map(({ ip, nodeName }) => ({ address: ip, port, nodeName }))),
  );
  if (ready.length === 0) throw serviceUnavailable(`no endpoints available for service "${name}"`);
  const { address, port, nodeName } = ready[pick(ready.length)]!;
  return { address: proxyable(address), port, ...(nodeName ? { nodeName } : {}) };
}

/** A number is looked up among the service's ports; a name is taken as it is. */
function nameOfPort(service: Readonly<Service>, name: string, asked: string): string {
  if (!/^\d+$/.test(asked)) return asked;
  const port = service.spec?.ports?.find((one) => one.port === Number(asked));
  if (!port) throw serviceUnavailable(`no service port ${asked} found for service "${name}"`);
  return port.name ?? '';
}

function readPort(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (port < 1 || port > 65_535) throw badRequest(`invalid port ${JSON.stringify(text)}: expected 1 to 65535`);
  return port;
}

/** `proxyutil.IsProxyableIP`: what a pod claims as its address must not lead to the host itself. */
function proxyable(address: string): string {
  if (/^(127\.|169\.254\.|0\.0\.0\.0$|22[4-9]\.|23\d\.|::1?$|fe[89ab]|ff)/i.test(address))
    throw badRequest('address not allowed');
  return address;
}
