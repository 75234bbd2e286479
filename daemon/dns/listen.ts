/**
 * The server's sockets: UDP and TCP on one address, bytes in and bytes out.
 *
 * Limits: connections, time without a question, and answers in work are bounded; what exceeds them is dropped, and the client asks again.
 * Must not look into messages.
 */

import { createSocket, type Socket as UdpSocket } from 'node:dgram';
import { createServer, type Server, type Socket } from 'node:net';
import type { Logger } from '../base/log.ts';
import type { Answerer } from './answerer.ts';

export interface Listener {
  readonly port: number;
  stop(): void;
}

/** TCP serves truncated answers only; a node's pods need few connections at a time. */
const CONNECTIONS_MAX = 256;
/** RFC 7766 suggests seconds; idle clients must not hold the few connections. */
const IDLE_MS_MAX = 10_000;
/** Answers that wait for upstream, per listener; more are not begun. */
const PENDING_MAX = 1_024;
const MESSAGE_BYTES_MAX = 65_535;
/** A burst of questions while the loop is busy elsewhere: about 4,000 of them. */
const RECEIVE_BUFFER_BYTES = 1 << 20;

/** Of ports that the kernel chooses for one protocol, how many may be taken for the other before that is an error. */
const CHOICES_MAX = 20;

/** Binds both sockets; rejects when the address cannot be had. Port 0 chooses one that both protocols have free (for tests). */
export async function listen(address: string, port: number, answerer: Answerer, log: Logger): Promise<Listener> {
  for (let choice = 1; ; choice++) {
    try {
      return await listenBoth(address, port, answerer, log);
    } catch (error) {
      const isTaken = (error as NodeJS.ErrnoException).code === 'EADDRINUSE';
      if (port !== 0 || !isTaken || choice === CHOICES_MAX) throw error;
    }
  }
}

async function listenBoth(address: string, port: number, answerer: Answerer, log: Logger): Promise<Listener> {
  const udp = await listenUdp(address, port, answerer, log);
  try {
    const bound = udp.address().port;
    const tcp = await listenTcp(address, bound, answerer);
    return {
      port: bound,
      stop() {
        udp.close();
        tcp.stop();
      },
    };
  } catch (error) {
    udp.close();
    throw error;
  }
}

async function listenUdp(address: string, port: number, answerer: Answerer, log: Logger): Promise<UdpSocket> {
  // Addresses are always numeric here: the socket must not ask the resolver (itself, perhaps) for each reply.
  const lookup = (host: string, _options: unknown, callback: (error: null, address: string, family: number) => void) =>
    callback(null, host, 4);
  const socket = createSocket({ type: 'udp4', lookup: lookup as never, recvBufferSize: RECEIVE_BUFFER_BYTES });
  let pending = 0;
  socket.on('message', (message, peer) => {
    const reply = answerer.answer(message);
    if (reply === undefined) return;
    if (!(reply instanceof Promise)) {
      socket.send(reply, peer.port, peer.address, ignore);
      return;
    }
    if (pending >= PENDING_MAX) return;
    pending++;
    void reply.then((bytes) => {
      pending--;
      if (bytes) socket.send(bytes, peer.port, peer.address, ignore);
    });
  });
  await new Promise<void>((resolve, reject) => {
    socket.once('error', reject);
    socket.bind(port, address, () => {
      socket.off('error', reject);
      socket.on('error', (error) => log.warn({ error: error.message }, 'DNS socket'));
      resolve();
    });
  });
  return socket;
}

/** A peer that is gone is its own affair. */
function ignore(): void {}

async function listenTcp(address: string, port: number, answerer: Answerer): Promise<{ stop(): void }> {
  const connections = new Set<Socket>();
  const server: Server = createServer((socket) => {
    connections.add(socket);
    socket.on('close', () => connections.delete(socket));
    serve(socket, answerer);
  });
  server.maxConnections = CONNECTIONS_MAX;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, address, () => {
      server.off('error', reject);
      server.on('error', () => {});
      resolve();
    });
  });
  return {
    stop() {
      server.close();
      for (const socket of connections) socket.destroy();
    },
  };
}

/** One question after another: the next is read when the last has been answered. */
function serve(socket: Socket, answerer: Answerer): void {
  let received: Buffer = Buffer.alloc(0);
  let isBusy = false;
  const next = () => {
    if (isBusy || received.length < 2) return;
    const end = 2 + received.readUInt16BE(0);
    if (received.length < end) return;
    const message = received.subarray(2, end);
    received = received.subarray(end);
    isBusy = true;
    void Promise.resolve(answerer.answer(message, MESSAGE_BYTES_MAX)).then((reply) => {
      isBusy = false;
      if (!reply) return void socket.destroy();
      const length = Buffer.alloc(2);
      length.writeUInt16BE(reply.length, 0);
      socket.write(Buffer.concat([length, reply]));
      socket.resume();
      next();
    });
  };
  socket.setTimeout(IDLE_MS_MAX, () => socket.destroy());
  socket.on('error', () => {});
  socket.on('data', (chunk: Buffer) => {
    received = Buffer.concat([received, chunk]);
    if (received.length > 2 * (MESSAGE_BYTES_MAX + 2)) return void socket.destroy();
    if (isBusy) socket.pause();
    next();
  });
}
