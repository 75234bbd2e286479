/**
 * Kubernetes' channel protocol over WebSocket (`v5.channel.k8s.io`, `v4.channel.k8s.io`): the first byte of each binary message names the stream.
 * 0 standard input, 1 standard output, 2 standard error, 3 the final Status, 4 terminal sizes; in v5, 255 closes the stream it names.
 */

import type { IncomingMessage } from 'node:http';
import { type Duplex, PassThrough, Writable } from 'node:stream';
import { type RawData, type WebSocket, WebSocketServer } from 'ws';
import { badRequest } from '../../base/status.ts';
import type { TerminalSize } from '../../client/node-service.ts';

const STDIN = 0;
const STDOUT = 1;
const STDERR = 2;
const ERROR = 3;
const RESIZE = 4;
const CLOSE = 255;

const PROTOCOLS = ['v5.channel.k8s.io', 'v4.channel.k8s.io'];
/** kubectl writes 32 KiB at a time; more in one message is refused by `ws`. */
const MESSAGE_BYTES_MAX = 1024 * 1024;
/** Keeps connections alive through proxies that close idle ones. */
const PING_MS = 5_000;
/** Output that a client does not read pauses the process behind it. */
const BUFFER_BYTES_MAX = 1024 * 1024;

export interface Channels {
  readonly stdin: PassThrough;
  readonly stdout: Writable;
  readonly stderr: Writable;
  onResize(listener: (size: TerminalSize) => void): void;
  onClose(listener: () => void): void;
  /** Sends the final Status and ends the connection. */
  finish(status: object): void;
}

const sockets = () =>
  new WebSocketServer({
    noServer: true,
    maxPayload: MESSAGE_BYTES_MAX,
    handleProtocols: (offered) => PROTOCOLS.find((one) => offered.has(one)) ?? false,
  });

/** Completes the handshake. Throws 400 when the client offers none of the protocols. */
export function acceptChannels(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<Channels> {
  const offered = (request.headers['sec-websocket-protocol'] ?? '').split(/,\s*/);
  if (!offered.some((one) => PROTOCOLS.includes(one))) {
    throw badRequest(
      `none of the subprotocols ${JSON.stringify(offered.join(', '))} is served: expected ${PROTOCOLS.join(' or ')}`,
    );
  }
  return new Promise((resolve) =>
    sockets().handleUpgrade(request, socket, head, (webSocket) => resolve(openChannels(webSocket))),
  );
}

function openChannels(webSocket: WebSocket): Channels {
  const stdin = new PassThrough();
  const resizes: ((size: TerminalSize) => void)[] = [];
  webSocket.on('message', (data: RawData) => {
    const message = Buffer.isBuffer(data)
      ? data
      : Buffer.concat([data].flat().map((part) => Buffer.from(part as ArrayBuffer)));
    receive(message, stdin, resizes);
    if (stdin.writableLength > BUFFER_BYTES_MAX) {
      webSocket.pause();
      stdin.once('drain', () => webSocket.resume());
    }
  });
  webSocket.on('close', () => stdin.destroy());
  webSocket.on('error', () => webSocket.terminate());
  stdin.on('error', () => {});
  const ping = setInterval(() => webSocket.ping(), PING_MS);
  webSocket.on('close', () => clearInterval(ping));
  return {
    stdin,
    stdout: outgoing(webSocket, STDOUT),
    stderr: outgoing(webSocket, STDERR),
    onResize: (listener) => resizes.push(listener),
    onClose(listener) {
      // It may be over before the node has begun the session: then nobody would ever end that.
      if (webSocket.readyState === webSocket.CLOSED) listener();
      else webSocket.on('close', listener);
    },
    finish(status) {
      webSocket.send(Buffer.concat([Buffer.from([ERROR]), Buffer.from(JSON.stringify(status))]), () =>
        webSocket.close(1000),
      );
    },
  };
}

function receive(message: Buffer, stdin: PassThrough, resizes: readonly ((size: TerminalSize) => void)[]): void {
  const [channel] = message;
  if (channel === STDIN && message.length > 1 && !stdin.writableEnded) stdin.write(message.subarray(1));
  else if (channel === CLOSE && message[1] === STDIN) stdin.end();
  else if (channel === RESIZE) {
    const size = readSize(message.subarray(1).toString('utf8'));
    if (size) for (const listener of resizes) listener(size);
  }
}

function readSize(text: string): TerminalSize | undefined {
  try {
    const { Width: width, Height: height } = JSON.parse(text) as { Width: number; Height: number };
    const sane = (value: number) => Number.isInteger(value) && value > 0 && value < 65_536;
    return sane(width) && sane(height) ? { width, height } : undefined;
  } catch {
    return undefined; // a size that cannot be read changes nothing
  }
}

function outgoing(webSocket: WebSocket, channel: number): Writable {
  const prefix = Buffer.from([channel]);
  return new Writable({
    write(chunk: Buffer, _encoding, done) {
      if (webSocket.readyState !== webSocket.OPEN) done();
      else webSocket.send(Buffer.concat([prefix, chunk]), () => done());
    },
  });
}
