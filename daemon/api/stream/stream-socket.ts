/**
 * What is streamed over HTTP, over a WebSocket: dashboards in browsers watch and follow logs so. Each event of a watch is one message,
 * of text or (protobuf) in binary; a log comes in
 * pieces, in binary or, as the subprotocol says, in base64 (`wsstream.Reader`). What the client sends is not read.
 */

import type { WebSocket } from 'ws';
import { FRAME_HEAD_BYTES, type ProtobufEncoder } from '../../schema/protobuf.ts';
import type { Store } from '../../store/store.ts';
import type { ResourceRequest } from '../http/request-info.ts';
import { watchInto } from '../http/resource-handler.ts';
import type { UpgradeCall } from '../http/server.ts';
import type { WatchOutlet } from '../http/watch-answer.ts';
import type { RestContext } from '../rest/context.ts';
import { openLogs } from './logs.ts';
import type { NodeServices } from './pod-target.ts';
import { acceptWebSocket } from './web-socket.ts';

const BASE64 = 'base64.binary.k8s.io';
const PROTOCOLS = [BASE64, 'binary.k8s.io', ''];
/** Keeps connections alive through proxies that close idle ones, and finds clients that are gone. */
const PING_MS = 30_000;
const NORMAL = 1000;
const INTERNAL_ERROR = 1011; // RFC 6455, section 7.4.1

export type StreamCall = UpgradeCall & { info: { resource: ResourceRequest } };

/** Refusals come before the handshake, as answers of HTTP. */
export async function answerWatchSocket(
  call: StreamCall & { protobuf: ProtobufEncoder },
  context: RestContext,
): Promise<void> {
  let webSocket: WebSocket | undefined;
  let early: Buffer[] = [];
  let hasEnded = false;
  let isText = true;
  /** A message is told from the next without a line's end, or a length before it. */
  const send = (line: Buffer) =>
    webSocket?.send(isText ? line.subarray(0, -1) : line.subarray(FRAME_HEAD_BYTES), { binary: !isText });
  const outlet: WatchOutlet = {
    begin() {},
    write(lines) {
      if (webSocket) lines.forEach(send);
      else early.push(...lines);
      return !call.socket.writableNeedDrain;
    },
    onDrain: (proceed) => void call.socket.once('drain', proceed),
    end() {
      hasEnded = true;
      webSocket?.close(NORMAL);
    },
    destroy: () => call.socket.destroy(),
    waiting: () => (call.socket.destroyed ? undefined : (webSocket?.bufferedAmount ?? 0)),
  };
  const stop = watchInto({ ...call, context }, ({ protobuf }) => {
    isText = !protobuf;
    return outlet;
  });
  call.socket.once('close', stop);
  webSocket = (await acceptWebSocket(call.request, call.socket, call.head, PROTOCOLS)).webSocket;
  keep(webSocket);
  early.forEach(send);
  early = [];
  if (hasEnded) webSocket.close(NORMAL);
}

export async function answerLogSocket(call: StreamCall, store: Store, nodes: NodeServices): Promise<void> {
  const ended = new AbortController();
  const chunks = openLogs(call.info, store, nodes, ended.signal);
  const { webSocket, protocol } = await acceptWebSocket(call.request, call.socket, call.head, PROTOCOLS);
  webSocket.on('close', () => ended.abort());
  keep(webSocket);
  const isText = protocol === BASE64;
  const send = (piece: Uint8Array) =>
    new Promise<void>((resolve) =>
      webSocket.send(isText ? Buffer.from(piece).toString('base64') : piece, { binary: !isText }, () => resolve()),
    );
  // As upstream: an empty message tells the client that the stream is there.
  await send(Buffer.alloc(0));
  try {
    for await (const piece of chunks) {
      if (webSocket.readyState !== webSocket.OPEN) break;
      await send(piece);
    }
    webSocket.close(NORMAL);
  } catch {
    // The handshake is over: there is no answer left to give.
    webSocket.close(INTERNAL_ERROR);
  }
}

function keep(webSocket: WebSocket): void {
  const ping = setInterval(() => webSocket.ping(), PING_MS);
  webSocket.on('close', () => clearInterval(ping));
  webSocket.on('error', () => webSocket.terminate());
}
