/**
 * `pods/x/portforward`: each forwarded connection is a data and an error stream. Carried by SPDY/3.1 (kubectl before 1.31), by SPDY/3.1 inside a
 * WebSocket (`SPDY/3.1+portforward.k8s.io`, kubectl since), or by two channels a port of a plain WebSocket (`?ports=…`, other clients).
 */

import { type Duplex, pipeline, type Readable, type Writable } from 'node:stream';
import { createWebSocketStream } from 'ws';
import { path, required } from '../../base/field.ts';
import { badRequest, invalid } from '../../base/status.ts';
import type { Store } from '../../store/store.ts';
import type { ResourceRequest } from '../http/request-info.ts';
import type { UpgradeCall } from '../http/server.ts';
import { findPod, type NodeServices, type PodOnNode } from './pod-target.ts';
import { type SpdyStream, serveSpdy } from './spdy/connection.ts';
import { acceptSpdy, asksForSpdy } from './spdy/upgrade.ts';
import { acceptWebSocket, type ChannelSocket, openChannelSocket } from './web-socket.ts';

const PROTOCOL = 'portforward.k8s.io';
const TUNNEL = `SPDY/3.1+${PROTOCOL}`;
const CHANNELS = ['v4.channel.k8s.io', 'v4.base64.channel.k8s.io', 'v5.channel.k8s.io', ''];
/** Of a WebSocket with channels: each takes two of 255. */
const PORTS_MAX = 100;
/** The two streams of a connection come right after each other. */
const PAIR_MS_MAX = 30_000;

export async function answerPortForward(
  call: UpgradeCall & { resource: ResourceRequest },
  store: Store,
  nodes: NodeServices,
): Promise<void> {
  const { request, socket, head, resource, info } = call;
  const target = findPod(store, nodes, resource);
  if (asksForSpdy(request)) {
    acceptSpdy(request, socket, head, [PROTOCOL]);
    return serveStreams(socket, target);
  }
  const offered = (request.headers['sec-websocket-protocol'] ?? '').split(',').map((one) => one.trim());
  if (offered.includes(TUNNEL)) {
    const { webSocket } = await acceptWebSocket(request, socket, head, [TUNNEL]);
    return serveStreams(createWebSocketStream(webSocket), target);
  }
  const ports = readPorts(info.query);
  const channels = openChannelSocket(await acceptWebSocket(request, socket, head, CHANNELS));
  const forwards = ports.map((port, index) => {
    const [data, error] = [channels.output(2 * index), channels.output(2 * index + 1)];
    // Both begin with their port, as two bytes, the low one first.
    for (const channel of [data, error]) channel.write(Buffer.from([port & 0xff, port >> 8]));
    return forward(
      target,
      port,
      { input: channels.input(2 * index), output: data, error },
      carryUntilAnswered(channels),
    );
  });
  void Promise.all(forwards).then(channels.close);
}

/** Throws 422 as the API server does. */
function readPorts(query: URLSearchParams): number[] {
  const texts = query.getAll('ports').flatMap((text) => text.split(','));
  if (texts.filter(Boolean).length === 0)
    throw invalid({ group: '', kind: 'PodPortForwardOptions' }, '', [
      required(path('ports'), 'at least one port is required'),
    ]);
  if (texts.length > PORTS_MAX) throw badRequest(`${texts.length} ports: expected at most ${PORTS_MAX}`);
  return texts.map((text) => {
    const port = readPort(text);
    if (port === undefined) throw badRequest(`unable to parse ${JSON.stringify(text)} as a port: expected 1 to 65535`);
    return port;
  });
}

function readPort(text: string | undefined): number | undefined {
  const port = /^\d{1,5}$/.test(text ?? '') ? Number(text) : 0;
  return port > 0 && port < 65_536 ? port : undefined;
}

/** A connection's two streams, as they come. */
interface Pair {
  data?: SpdyStream;
  error?: SpdyStream;
  cancel: () => void;
}

/** Pairs streams by their header `requestid`; clients that send none open the error stream first, the data stream next. */
function serveStreams(transport: Duplex, target: PodOnNode): void {
  const pairs = new Map<string, Pair>();
  serveSpdy(transport, (stream) => {
    const type = stream.headers.get('streamtype');
    const port = readPort(stream.headers.get('port'));
    if ((type !== 'data' && type !== 'error') || port === undefined) {
      stream.destroy();
      return;
    }
    const id = stream.headers.get('requestid') ?? String(type === 'error' ? stream.id : stream.id - 2);
    const pair = pairs.get(id) ?? openPair(pairs, id);
    if (pair[type]) {
      stream.destroy();
      return;
    }
    pair[type] = stream;
    if (!pair.data || !pair.error) return;
    pair.cancel();
    pairs.delete(id);
    const { data, error } = pair;
    void forward(target, port, { input: data, output: data, error });
  });
}

function openPair(pairs: Map<string, Pair>, id: string): Pair {
  const timer = setTimeout(() => {
    pairs.delete(id);
    pair.error?.end(Buffer.from('timed out waiting for the other stream of the connection'));
    pair.data?.destroy();
  }, PAIR_MS_MAX);
  timer.unref();
  const pair: Pair = { cancel: () => clearTimeout(timer) };
  pairs.set(id, pair);
  return pair;
}

interface Ends {
  input: Readable;
  output: Writable;
  error: Writable;
}

/** Carries one connection; what goes wrong is said on the error stream. Never rejects. */
async function forward(
  { node, reference }: PodOnNode,
  port: number,
  { input, output, error }: Ends,
  carryAll = carryBoth,
): Promise<void> {
  try {
    await carryAll(await node.portForward(reference, port), input, output);
  } catch (failure) {
    const why = failure instanceof Error ? failure.message : String(failure);
    error.write(`error forwarding port ${port} to pod ${reference.name}, uid ${reference.uid}: ${why}`);
    input.resume();
    output.end();
  }
  error.end();
}

/** Until both directions have ended. */
async function carryBoth(connection: Duplex, input: Readable, output: Writable): Promise<void> {
  await Promise.all([carry(input, connection), carry(connection, output)]);
}

/** Until the pod has nothing more to say: a channel has no end of its own, by which a client could tell that it has not either. */
const carryUntilAnswered =
  (channels: ChannelSocket) =>
  async (connection: Duplex, input: Readable, output: Writable): Promise<void> => {
    channels.onClose(() => connection.destroy());
    void carry(input, connection);
    await carry(connection, output);
    connection.destroy();
  };

/** One direction. A broken connection is an end like any other: each side has seen what came before. */
function carry(from: Readable, to: Writable): Promise<void> {
  return new Promise((resolve) => pipeline(from, to, () => resolve()));
}
