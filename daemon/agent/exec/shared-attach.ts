/**
 * Attaching to a container whose input stays open when a client goes (`stdinOnce: false`). conmon ends a container's input with any connection to it:
 * each such container gets one connection of the agent's own, kept until the container ends, which all its clients share. It ends with the agent.
 */

import type { Socket } from 'node:net';
import type { Clock } from '../../base/clock.ts';
import type { AttachOptions, Session } from '../../client/node-service.ts';
import type { PodmanHttp } from '../podman/http.ts';
import { createDemultiplexer } from './demultiplexer.ts';
import { attachFailure, hasEnded, LAST_WORDS_MS, writeInput } from './terminal.ts';

export interface SharedAttach {
  /** Without a terminal. The session ends with what the client sends, as the container's output goes on. */
  open(containerId: string, options: AttachOptions): Promise<Session>;
}

type Receiver = (stream: number, data: Buffer) => void;

interface Connection {
  readonly socket: Socket;
  readonly receivers: Set<Receiver>;
}

export interface SharedAttachOptions {
  podman: PodmanHttp;
  clock: Clock;
  /** Tells when a container has ended, at once if it has; until the answer is called. */
  onEnd(containerId: string, listener: () => void): () => void;
}

export function createSharedAttach(options: SharedAttachOptions): SharedAttach {
  const connections = new Map<string, Promise<Connection>>();
  const connect = (id: string): Promise<Connection> => {
    const known = connections.get(id);
    if (known) return known;
    const made = openConnection(options, id);
    connections.set(id, made);
    const forget = () => connections.delete(id);
    made.then(({ socket }) => socket.once('close', forget), forget);
    return made;
  };
  return { open: async (id, streams) => joinConnection(await connect(id), streams) };
}

async function openConnection({ podman, clock, onEnd }: SharedAttachOptions, id: string): Promise<Connection> {
  const ended = new AbortController();
  const end = () => ended.abort(hasEnded());
  // podman leaves a connection open for ever that came as the container was ending.
  const unsubscribe = onEnd(id, () => void clock.after(LAST_WORDS_MS, end));
  const query = { stream: true, stdin: true, stdout: true, stderr: true };
  const upgrade = podman.upgrade('POST', `/containers/${id}/attach`, { query, signal: ended.signal });
  const { socket, head } = await upgrade.catch((error: unknown) => {
    unsubscribe();
    throw ended.signal.aborted ? ended.signal.reason : attachFailure(error);
  });
  ended.signal.addEventListener('abort', () => socket.destroy(), { once: true });
  socket.once('close', unsubscribe);
  const receivers = new Set<Receiver>();
  const decode = createDemultiplexer((stream, data) => {
    for (const receive of receivers) receive(stream, data);
  });
  if (head.length > 0) decode(head);
  socket.on('data', decode);
  socket.on('error', () => {}); // its close says enough
  return { socket, receivers };
}

function joinConnection({ socket, receivers }: Connection, { stdin, stdout, stderr }: AttachOptions): Session {
  const receive: Receiver = (stream, data) => (stream === 2 ? stderr : stdout)?.write(data);
  const left = Promise.withResolvers<number>();
  const leave = () => left.resolve(0);
  receivers.add(receive);
  socket.once('close', leave);
  if (stdin) writeInput(stdin, socket);
  stdin?.on('end', leave);
  const exit = left.promise.finally(() => {
    receivers.delete(receive);
    socket.off('close', leave);
    stdin?.removeAllListeners('data');
  });
  return { exit, resize() {}, close: leave };
}
