/**
 * Kubernetes' message protocol over WebSocket (`k8s.io/apimachinery/pkg/util/httpstream/wsstream`): every message begins with the number of its
 * channel, as one byte, or as one digit before base64 in the `base64` protocols. Knows nothing of what the channels carry.
 */

import type { IncomingMessage } from 'node:http';
import { type Duplex, PassThrough, Writable } from 'node:stream';
import { type RawData, type WebSocket, WebSocketServer } from 'ws';
import { badRequest } from '../../base/status.ts';

/** kubectl writes 32 KiB at a time; more in one message is refused by `ws`. */
const MESSAGE_BYTES_MAX = 1024 * 1024;
/** Keeps connections alive through proxies that close idle ones. */
const PING_MS = 5_000;
/** What a client sends faster than it is taken pauses the connection. */
const BUFFER_BYTES_MAX = 1024 * 1024;
/** In version 5: closes the channel that the next byte names. */
const CLOSE = 255;

export interface AcceptedWebSocket {
  webSocket: WebSocket;
  /** `''` when the client named none. */
  protocol: string;
}

/** Completes the handshake with the first offered protocol that is served; `''` among `served` takes a client that offers none. Throws 400. */
export function acceptWebSocket(
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
  served: readonly string[],
): Promise<AcceptedWebSocket> {
  const offered = (request.headers['sec-websocket-protocol'] ?? '').split(',').map((one) => one.trim());
  const protocol = offered.find((one) => served.includes(one));
  if (protocol === undefined) {
    const expected = served.filter(Boolean).join(', ');
    throw badRequest(
      `none of the subprotocols ${JSON.stringify(offered.join(', '))} is served: expected one of ${expected}`,
    );
  }
  // The name of a tunnel (`SPDY/3.1+…`) is no token, which the library demands of subprotocols: so it is not shown the choice.
  delete request.headers['sec-websocket-protocol'];
  const server = new WebSocketServer({ noServer: true, maxPayload: MESSAGE_BYTES_MAX });
  if (protocol) server.on('headers', (lines) => lines.push(`Sec-WebSocket-Protocol: ${protocol}`));
  return new Promise((resolve) =>
    server.handleUpgrade(request, socket, head, (webSocket) => resolve({ webSocket, protocol })),
  );
}

export interface ChannelSocket {
  /** What the client sends on a channel, paused when it is not read. Listen before the first turn ends. */
  input(channel: number): PassThrough;
  output(channel: number): Writable;
  /** Sends one message and nothing after it. */
  endWith(channel: number, content: Buffer): void;
  /** After all that was written. */
  close(): void;
  onClose(listener: () => void): void;
}

export function openChannelSocket({ webSocket, protocol }: AcceptedWebSocket): ChannelSocket {
  const isText = protocol.includes('base64');
  const inputs = new Map<number, PassThrough>();
  const encode = (channel: number, content: Buffer): Buffer | string =>
    isText ? `${channel}${content.toString('base64')}` : Buffer.concat([Buffer.from([channel]), content]);
  webSocket.on('message', (data: RawData) => {
    const message = bytesOf(data);
    if (message.length === 0) return;
    const channel = isText ? message[0]! - 0x30 : message[0]!;
    const content = isText ? Buffer.from(message.toString('latin1', 1), 'base64') : message.subarray(1);
    if (channel === CLOSE && content.length > 0) inputs.get(content[0]!)?.end();
    else if (content.length > 0) receive(webSocket, inputs.get(channel), content);
  });
  const ping = setInterval(() => webSocket.ping(), PING_MS);
  webSocket.on('close', () => {
    clearInterval(ping);
    // What came before is still read.
    for (const input of inputs.values()) input.end();
  });
  webSocket.on('error', () => webSocket.terminate());
  const send = (channel: number, content: Buffer, done: () => void) => {
    if (webSocket.readyState !== webSocket.OPEN) done();
    else webSocket.send(encode(channel, content), () => done());
  };
  return {
    input(channel) {
      const input = new PassThrough();
      input.on('error', () => {});
      inputs.set(channel, input);
      return input;
    },
    output: (channel) => new Writable({ write: (chunk: Buffer, _encoding, done) => send(channel, chunk, done) }),
    endWith: (channel, content) => send(channel, content, () => webSocket.close(1000)),
    close: () => webSocket.close(1000),
    onClose(listener) {
      if (webSocket.readyState === webSocket.CLOSED) listener();
      else webSocket.on('close', listener);
    },
  };
}

function receive(webSocket: WebSocket, input: PassThrough | undefined, content: Buffer): void {
  if (!input || input.writableEnded || input.destroyed) return;
  input.write(content);
  if (input.writableLength <= BUFFER_BYTES_MAX) return;
  webSocket.pause();
  input.once('drain', () => webSocket.resume());
}

function bytesOf(data: RawData): Buffer {
  return Buffer.isBuffer(data) ? data : Buffer.concat([data].flat().map((part) => Buffer.from(part as ArrayBuffer)));
}
