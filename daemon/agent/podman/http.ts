/**
 * HTTP to podman's REST API on its unix socket (libpod v4), over kept-alive connections. Every call has a time-out: a frozen service is an error,
 * never a hang.
 */

import { Agent, type IncomingMessage, request } from 'node:http';
import type { Socket } from 'node:net';
import type { Readable } from 'node:stream';

/** Containers start within a second even on a busy host; a service that is silent for longer is stuck. */
const CALL_TIMEOUT_MS = 30_000;
const ANSWER_BYTES_MAX = 64 << 20;
const API = '/v4.0.0/libpod';

/** podman's answer to what it would not do. */
export class PodmanError extends Error {
  readonly code: number;

  constructor(code: number, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'PodmanError';
    this.code = code;
  }
}

export interface CallOptions {
  query?: Readonly<Record<string, string | number | boolean | undefined>>;
  body?: unknown;
  headers?: Readonly<Record<string, string>>;
  timeoutMs?: number;
  signal?: AbortSignal;
}

export interface PodmanHttp {
  /** The decoded JSON answer (undefined for an empty one). Throws PodmanError; code 0 when the service cannot be reached or is silent. */
  call<T>(method: string, path: string, options?: CallOptions): Promise<T>;
  /** The answer as it comes; for events, pulls and waits. */
  stream(method: string, path: string, options?: CallOptions & { payload?: Readable }): Promise<IncomingMessage>;
  /** A raw two-way connection (exec, attach), after the service has switched to it. */
  upgrade(method: string, path: string, options?: CallOptions): Promise<{ socket: Socket; head: Buffer }>;
  close(): void;
}

function pathWithQuery(path: string, query: CallOptions['query']): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query ?? {})) if (value !== undefined) parameters.set(name, String(value));
  const text = parameters.toString();
  return text ? `${API}${path}?${text}` : `${API}${path}`;
}

export function createPodmanHttp(socketPath: string): PodmanHttp {
  const agent = new Agent({ keepAlive: true, maxSockets: 64, maxFreeSockets: 8 });

  const send = (method: string, path: string, options: CallOptions & { payload?: Readable; upgrade?: boolean }) =>
    new Promise<{ answer?: IncomingMessage; socket?: Socket; head?: Buffer }>((resolve, reject) => {
      const body = options.body === undefined ? undefined : Buffer.from(JSON.stringify(options.body));
      const headers = {
        Host: 'd',
        ...(body ? { 'Content-Type': 'application/json', 'Content-Length': String(body.length) } : {}),
        ...(options.upgrade ? { Connection: 'Upgrade', Upgrade: 'tcp' } : {}),
        ...options.headers,
      };
      const sent = request({
        socketPath,
        method,
        path: pathWithQuery(path, options.query),
        headers,
        ...(options.upgrade ? {} : { agent }),
        ...(options.signal ? { signal: options.signal } : {}),
      });
      const timeoutMs = options.timeoutMs ?? CALL_TIMEOUT_MS;
      const silent = () => sent.destroy(new Error(`no answer within ${timeoutMs} ms`));
      if (timeoutMs > 0) sent.setTimeout(timeoutMs, silent);
      sent.on('error', (error) =>
        reject(
          new PodmanError(0, `podman's service at ${socketPath} failed ${method} ${path}: ${error.message}`, {
            cause: error,
          }),
        ),
      );
      sent.on('response', (answer) => resolve({ answer }));
      sent.on('upgrade', (_answer, socket, head) => {
        socket.setTimeout(0);
        resolve({ socket: socket as Socket, head });
      });
      if (options.payload) options.payload.pipe(sent);
      else sent.end(body);
    });

  return {
    async call<T>(method: string, path: string, options: CallOptions = {}) {
      const { answer } = await send(method, path, options);
      const text = await readAll(answer!);
      const code = answer!.statusCode ?? 500;
      if (code >= 400) throw new PodmanError(code, messageOf(text, code));
      return (text === '' ? undefined : parseLoosely(text)) as T;
    },
    async stream(method, path, options = {}) {
      const { answer } = await send(method, path, { timeoutMs: 0, ...options });
      const code = answer!.statusCode ?? 500;
      if (code >= 400) throw new PodmanError(code, messageOf(await readAll(answer!), code));
      return answer!;
    },
    async upgrade(method, path, options = {}) {
      const { answer, socket, head } = await send(method, path, { ...options, upgrade: true });
      if (socket) return { socket, head: head ?? Buffer.alloc(0) };
      // podman 4 answers 200 and goes on raw on the same connection.
      const code = answer!.statusCode ?? 500;
      if (code >= 400) throw new PodmanError(code, messageOf(await readAll(answer!), code));
      throw new PodmanError(code, `podman did not switch to a raw connection for ${path}`);
    },
    close: () => agent.destroy(),
  };
}

async function readAll(answer: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > ANSWER_BYTES_MAX) throw new PodmanError(0, `podman's answer is larger than ${ANSWER_BYTES_MAX} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** Some answers are plain text (`OK`), some are empty. */
function parseLoosely(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function messageOf(text: string, code: number): string {
  const parsed = parseLoosely(text);
  if (typeof parsed === 'object' && parsed !== null) {
    const { message, cause } = parsed as { message?: string; cause?: string };
    return message ?? cause ?? `podman answered ${code}`;
  }
  return String(parsed).trim() || `podman answered ${code}`;
}
