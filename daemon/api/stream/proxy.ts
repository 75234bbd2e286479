/**
 * `pods/x/proxy`, `services/x/proxy` and `nodes/x/proxy`: the request is carried to the pod, and its answer back, upgrades too
 * (`apimachinery/pkg/util/proxy` UpgradeAwareHandler). The connection is the node's, so that no host need be reachable from here.
 */

import {
  type ClientRequest,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type ServerResponse,
  STATUS_CODES,
  request as sendRequest,
} from 'node:http';
import type { Duplex } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { connect as connectTls } from 'node:tls';
import type { Random } from '../../base/clock.ts';
import { asStatusError, serviceUnavailable as unavailable } from '../../base/status.ts';
import type { Store } from '../../store/store.ts';
import type { ResourceRequest } from '../http/request-info.ts';
import type { ResourceCall } from '../http/resource-handler.ts';
import type { UpgradeCall } from '../http/server.ts';
import { answerKubelet, answerKubeletUpgrade, kubeletOf } from './node-proxy.ts';
import type { NodeServices } from './pod-target.ts';
import { bodySteps, linkThrough } from './proxy-links.ts';
import { findProxyTarget, type ProxyTarget } from './proxy-target.ts';

/** Upstream says nothing of when to try again. */
const serviceUnavailable = (message: string) => unavailable(message, 0);

/** Until the program behind the proxy has begun to answer. */
const ANSWER_MS_MAX = 60_000;
/** Of one connection each way (RFC 9110 §7.6.1), and what is between the caller and this server alone. */
const NOT_CARRIED: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'authorization',
  'host',
]);

export interface ProxyContext {
  store: Store;
  nodes: NodeServices;
  random: Random;
}

export function isProxied({ group, plural, subresource }: ResourceRequest): boolean {
  return group === '' && subresource === 'proxy' && (plural === 'pods' || plural === 'services' || plural === 'nodes');
}

/** An ordinary request. Rejects with what the API answers when the other side cannot be reached. */
export async function answerProxy(call: ResourceCall, context: ProxyContext): Promise<void> {
  const { info, request, response } = call;
  const { resource } = info;
  const kubelet = resource.plural === 'nodes' ? kubeletOf(context, resource) : undefined;
  const path = pathBehind(info.path);
  if (path === '') return redirectToRoot(request, response);
  if (kubelet !== undefined) return answerKubelet(call, context, kubelet);
  const target = findProxyTarget(context.store, resource, pickWith(context.random));
  const sent = await openRequest(target, context, request, path, {});
  const answered = new Promise<IncomingMessage>((resolve, reject) => {
    sent.once('response', resolve);
    sent.once('error', (error) => reject(unreachable(error)));
  });
  response.once('close', () => sent.destroy());
  request.pipe(sent);
  const answer = await answered;
  const place = {
    prefix: info.path.slice(0, info.path.length - path.length),
    host: hostOf(target),
    callerHost: request.headers.host,
  };
  const steps = bodySteps(request, answer, place);
  const headers = carriedHeaders(answer.headers);
  if (steps.length > 0) delete headers['content-length'];
  if (typeof headers['location'] === 'string') headers['location'] = linkThrough(headers['location'], place);
  response.writeHead(answer.statusCode ?? 502, answer.statusMessage, headers);
  await pipeline([answer, ...steps, response]).catch(() => response.destroy());
}

/** A WebSocket or another upgrade: when the program agrees, both sides are joined as they are. */
export async function answerProxyUpgrade(
  call: UpgradeCall & { resource: ResourceRequest },
  context: ProxyContext,
): Promise<void> {
  const { info, request, socket, head, resource } = call;
  const kubelet = resource.plural === 'nodes' ? kubeletOf(context, resource) : undefined;
  if (kubelet !== undefined) return answerKubeletUpgrade(call, context, kubelet);
  const target = findProxyTarget(context.store, resource, pickWith(context.random));
  const upgrade = { connection: 'Upgrade', upgrade: request.headers.upgrade ?? '' };
  const sent = await openRequest(target, context, request, pathBehind(info.path) || '/', upgrade);
  socket.once('close', () => sent.destroy());
  sent.end();
  await new Promise<void>((resolve, reject) => {
    sent.once('error', (error) => reject(unreachable(error)));
    sent.once('upgrade', (answer, far: Duplex, first: Buffer) => {
      socket.write(headOf(answer));
      if (first.length > 0) socket.write(first);
      if (head.length > 0) far.write(head);
      for (const [from, to] of [
        [far, socket],
        [socket, far],
      ] as const)
        pipeline(from, to).catch(() => to.destroy());
      resolve();
    });
    sent.once('response', (answer) => {
      socket.write(headOf(answer));
      answer.pipe(socket);
      resolve();
    });
  });
}

const pickWith = (random: Random) => (count: number) => Math.min(count - 1, Math.floor(random.next() * count));

/** What follows `/proxy`, still encoded as it came; `''` when there is not even a slash. */
function pathBehind(path: string): string {
  return path.replace(/^\/api\/v1\/(?:namespaces\/[^/]+\/(?:pods|services)|nodes)\/[^/]+\/proxy/, '');
}

/** Relative links of a page work only below a slash. */
function redirectToRoot(request: IncomingMessage, response: ServerResponse): void {
  const [path, query] = (request.url ?? '').split('?', 2);
  response.writeHead(301, { Location: `${path}/${query === undefined ? '' : `?${query}`}` });
  response.end();
}

async function openRequest(
  target: ProxyTarget,
  { nodes }: ProxyContext,
  request: IncomingMessage,
  path: string,
  upgrade: Record<string, string>,
): Promise<ClientRequest> {
  const { scheme, address, port, nodeName } = target;
  const node = nodes(nodeName);
  if (!node) throw serviceUnavailable(`error trying to reach service: the agent of node ${nodeName} is not connected`);
  const carrier = await node.connect(address, port).catch((error: Error) => {
    throw unreachable(error);
  });
  // Pods' certificates name no address that could be checked, as for the API server.
  const connection = scheme === 'https' ? connectTls({ socket: carrier, rejectUnauthorized: false }) : carrier;
  const query = request.url?.includes('?') ? `?${request.url.slice(request.url.indexOf('?') + 1)}` : '';
  const sent = sendRequest({
    createConnection: () => connection,
    method: request.method,
    path: `${path}${query}`,
    headers: { ...carriedHeaders(request.headers), ...forwardedHeaders(request), host: hostOf(target), ...upgrade },
    timeout: ANSWER_MS_MAX,
  });
  sent.once('timeout', () => sent.destroy(new Error('no answer in time')));
  return sent;
}

const hostOf = ({ address, port }: ProxyTarget) => `${address.includes(':') ? `[${address}]` : address}:${port}`;

function carriedHeaders(headers: IncomingHttpHeaders): Record<string, string | string[]> {
  const dropped = new Set(
    String(headers.connection ?? '')
      .toLowerCase()
      .split(/\s*,\s*/),
  );
  return Object.fromEntries(
    Object.entries(headers).filter(
      (entry): entry is [string, string | string[]] =>
        entry[1] !== undefined &&
        !NOT_CARRIED.has(entry[0]) &&
        !dropped.has(entry[0]) &&
        !entry[0].startsWith('impersonate-') &&
        !entry[0].startsWith('x-remote-'),
    ),
  );
}

function forwardedHeaders({ headers, socket, url = '' }: IncomingMessage): Record<string, string> {
  return {
    'x-forwarded-for': [headers['x-forwarded-for'], socket.remoteAddress].filter(Boolean).join(', '),
    'x-forwarded-host': headers.host ?? '',
    'x-forwarded-proto': 'https',
    'x-forwarded-uri': url.split('?', 1)[0]!,
  };
}

function headOf({ statusCode = 502, statusMessage, rawHeaders }: IncomingMessage): string {
  const lines = [`HTTP/1.1 ${statusCode} ${statusMessage ?? STATUS_CODES[statusCode] ?? ''}`];
  for (let index = 0; index + 1 < rawHeaders.length; index += 2)
    lines.push(`${rawHeaders[index]}: ${rawHeaders[index + 1]}`);
  return `${lines.join('\r\n')}\r\n\r\n`;
}

function unreachable(error: Error): Error {
  return serviceUnavailable(
    `error trying to reach service: ${asStatusError(error).message.replace(/^Internal error occurred: /, '')}`,
  );
}
