/**
 * The daemon's end of the hooks' socket (`DIR/run/hooks.sock`, 0600): one connection a hook, bounded in number, size and time.
 * It decodes and streams; what is decided stands in the handlers.
 */

import { chmod, mkdir, unlink } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { dirname } from 'node:path';
import type { Logger } from '../../base/log.ts';
import { HOOK_CONNECTIONS_MAX, HOOK_REQUEST_BYTES_MAX, HOOK_REQUEST_MS_MAX } from '../limits.ts';
import { inert } from '../problem.ts';
import type { HookName } from './program.ts';
import { type HookRequest, parseHookRequest } from './request.ts';

export interface HookReply {
  /** One line for the person who pushes. */
  say(line: string): void;
  /** Aborted when the hook is gone (ctrl-C, a lost connection). */
  readonly gone: AbortSignal;
}

/** Resolves with the hook's exit code. */
export type HookHandler = (request: HookRequest, reply: HookReply) => Promise<number>;

export interface HookServer {
  close(): Promise<void>;
}

/** `sun_path` holds 108 bytes, the NUL among them. */
const SOCKET_PATH_BYTES_MAX = 107;

export interface HookServerOptions {
  socketPath: string;
  handlers: Readonly<Record<HookName, HookHandler>>;
  log: Logger;
}

export async function startHookServer({ socketPath, handlers, log }: HookServerOptions): Promise<HookServer> {
  if (Buffer.byteLength(socketPath) > SOCKET_PATH_BYTES_MAX) {
    throw new Error(
      `the path of the hooks' socket is longer than ${SOCKET_PATH_BYTES_MAX} bytes: ${socketPath}; choose a shorter --data-dir`,
    );
  }
  await mkdir(dirname(socketPath), { recursive: true, mode: 0o700 });
  await unlink(socketPath).catch(() => {}); // left by a daemon that was killed
  const sockets = new Set<Socket>();
  const server: Server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    serve(socket, handlers, log).catch((error: unknown) => {
      log.error({ error: String(error) }, 'a hook could not be answered');
      socket.end(`>reflet: internal error: ${inert(String(error))}\n=1\n`);
    });
  });
  server.maxConnections = HOOK_CONNECTIONS_MAX;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(socketPath, resolve);
  });
  await chmod(socketPath, 0o600);
  return {
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function serve(socket: Socket, handlers: HookServerOptions['handlers'], log: Logger): Promise<void> {
  const request = parseHookRequest(await readAll(socket));
  const gone = new AbortController();
  socket.on('close', () => gone.abort());
  const reply: HookReply = {
    say(line) {
      if (!socket.destroyed) socket.write(`>${inert(line)}\n`);
    },
    gone: gone.signal,
  };
  log.debug({ hook: request.hook, argument: request.argument, updates: request.updates.length }, 'a hook asks');
  const code = await handlers[request.hook](request, reply);
  if (!socket.destroyed) socket.end(`=${code}\n`);
}

function readAll(socket: Socket): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    const fail = (why: string) => {
      reject(new Error(`hook request: ${why}`));
      socket.destroy();
    };
    const timer = setTimeout(() => fail('incomplete'), HOOK_REQUEST_MS_MAX);
    timer.unref();
    socket.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > HOOK_REQUEST_BYTES_MAX) fail('too large');
      else chunks.push(chunk);
    });
    socket.on('end', () => {
      clearTimeout(timer);
      resolve(Buffer.concat(chunks));
    });
    socket.on('close', () => {
      clearTimeout(timer);
      reject(new Error('hook request: cut off'));
    });
  });
}
