/**
 * The API client over HTTPS: for agents on other hosts and for the `reflet` commands. Same contract as the in-process one.
 */

import { type IncomingMessage, request as plainRequest } from 'node:http';
import { Agent, request } from 'node:https';
import { StringDecoder } from 'node:string_decoder';
import { deepFreeze } from '../base/json.ts';
import type { KubeObject, ObjectKey } from '../base/object.ts';
import { type Status, StatusError, serviceUnavailable } from '../base/status.ts';
import { apiVersionOf, type Resource } from '../kinds/resource.ts';
import type {
  Client,
  DeleteOptions,
  ListOptions,
  ListResult,
  PatchOptions,
  PatchType,
  Selection,
  UpdateOptions,
  WatchEvent,
  WatchOptions,
  WriteOptions,
} from './client.ts';

export interface HttpClientOptions {
  /** `https://HOST:PORT` */
  server: string;
  certificateAuthority?: string;
  /** Either a client certificate … */
  certificate?: string;
  key?: string;
  /** … or a bearer token. */
  token?: string;
  userAgent: string;
}

/** A request that takes longer than this has failed; watches are exempt. */
const REQUEST_TIMEOUT_MS = 60_000;
/** An answer larger than this is no answer of this API. */
const ANSWER_BYTES_MAX = 1 << 30;
/** An object is at most 3 MiB in a request; managed fields and escapes add to it. */
const EVENT_LENGTH_MAX = 32 << 20;

const CONTENT_TYPES: Record<PatchType, string> = {
  json: 'application/json-patch+json',
  merge: 'application/merge-patch+json',
  strategic: 'application/strategic-merge-patch+json',
  apply: 'application/apply-patch+yaml',
};

export interface RawAnswer {
  code: number;
  body: string;
  /** Texts of the answer's `Warning` headers. */
  warnings: readonly string[];
}

export interface HttpClient extends Client {
  /** Any request; resolves with the raw answer whatever its code. For paths that are no resources. */
  /** `body`: sent as JSON, bytes as they are. `accept`: the form asked for, when not plain JSON. */
  raw(method: string, path: string, body?: unknown, accept?: string): Promise<RawAnswer>;
  close(): void;
}

export function createHttpClient(options: HttpClientOptions): HttpClient {
  const { send, close } = createSender(options);
  const call = createCaller(options.server, send);
  return {
    get: (resource, key) => call('GET', objectPath(resource, key)),
    async list<T extends KubeObject>(resource: Resource<T>, list: ListOptions = {}) {
      const { namespace, ...rest } = list;
      const answer = await call<ListResult<T>>('GET', `${collectionPath(resource, namespace)}${queryOf(rest)}`);
      // Items of a list carry no type of their own; the client's callers may rely on it.
      const type = { apiVersion: apiVersionOf(resource), kind: resource.kind };
      return { metadata: answer.metadata, items: answer.items.map((item) => deepFreeze({ ...type, ...item })) };
    },
    watch: (resource, watch) => watchEvents(send, resource, watch),
    create: (resource, object, write) =>
      call('POST', `${collectionPath(resource, object.metadata?.namespace)}${writeQuery(write)}`, object),
    update: (resource, object, update) =>
      call('PUT', `${objectPath(resource, nameOf(object), update?.subresource)}${writeQuery(update)}`, object),
    patch: (resource, key, patch, { type, force, ...rest }) =>
      call(
        'PATCH',
        `${objectPath(resource, key, rest.subresource)}${writeQuery(rest, force)}`,
        patch,
        CONTENT_TYPES[type],
      ),
    async delete<T extends KubeObject>(resource: Resource<T>, key: ObjectKey, remove: DeleteOptions = {}) {
      const { dryRun, ...rest } = remove;
      const answer = await call<T | Status>('DELETE', objectPath(resource, key), {
        kind: 'DeleteOptions',
        apiVersion: 'v1',
        ...rest,
        ...(dryRun ? { dryRun: ['All'] } : {}),
      });
      return answer.kind === 'Status' ? identityOf(resource, key, answer as Status) : (answer as T);
    },
    createSubresource: (resource, key, subresource, body, write) =>
      call('POST', `${objectPath(resource, key, subresource)}${writeQuery(write)}`, body),
    async raw(method, path, body, accept) {
      const contentType = body instanceof Uint8Array ? 'application/octet-stream' : undefined;
      const answer = await send(method, path, body, contentType, undefined, accept);
      const warnings = readWarnings(answer.headers.warning);
      return { code: answer.statusCode ?? 0, body: await readText(answer), warnings };
    },
    close,
  };
}

type Send = (
  method: string,
  path: string,
  body?: unknown,
  contentType?: string,
  signal?: AbortSignal,
  accept?: string,
) => Promise<IncomingMessage>;

/** `299 - "text", 299 - "text"` */
function readWarnings(header: string | undefined): string[] {
  return [...(header ?? '').matchAll(/299 - "((?:[^"\\]|\\.)*)"/g)].map((match) => match[1]!.replace(/\\(.)/g, '$1'));
}

/** Speaks to one server over connections that are kept; `signal` frees a request from the time limit, it ends when the signal says so. */
function createSender(options: HttpClientOptions): { send: Send; close(): void } {
  const { server, certificateAuthority, certificate, key, token, userAgent } = options;
  const base = new URL(server);
  const secure = base.protocol === 'https:';
  const agent = new Agent({ ca: certificateAuthority, cert: certificate, key, keepAlive: true });
  const headers = {
    Accept: 'application/json',
    'User-Agent': userAgent,
    ...(token ? { Authorization: `Bearer ${token}` } : {}),
  };
  const send: Send = (method, path, body, contentType = 'application/json', signal, accept) =>
    new Promise((resolve, reject) => {
      const payload =
        body === undefined ? undefined : Buffer.from(body instanceof Uint8Array ? body : JSON.stringify(body));
      const sent = (secure ? request : plainRequest)(
        {
          host: base.hostname,
          port: base.port,
          path,
          method,
          agent: secure ? agent : undefined,
          headers: {
            ...headers,
            ...(accept ? { Accept: accept } : {}),
            ...(payload ? { 'Content-Type': contentType, 'Content-Length': payload.length } : {}),
          },
          signal,
        },
        resolve,
      );
      if (!signal)
        sent.setTimeout(REQUEST_TIMEOUT_MS, () =>
          sent.destroy(new Error(`no answer from ${server} within ${REQUEST_TIMEOUT_MS} ms`)),
        );
      sent.on('error', (error) =>
        reject(signal?.aborted ? error : serviceUnavailable(`${server} cannot be reached: ${error.message}`)),
      );
      sent.end(payload);
    });
  return { send, close: () => agent.destroy() };
}

/** Sends and reads a whole JSON answer; a refusal is thrown as the API's own error. */
const createCaller =
  (server: string, send: Send) =>
  async <T>(method: string, path: string, body?: unknown, contentType?: string): Promise<T> => {
    const answer = await send(method, path, body, contentType);
    const text = await readText(answer).catch((error: unknown) => {
      if (error instanceof StatusError) throw error;
      throw serviceUnavailable(`the answer of ${server} broke off: ${(error as Error).message}`);
    });
    if ((answer.statusCode ?? 500) >= 400) throw toStatusError(answer, text);
    return deepFreeze(parseAnswer(text, server) as T);
  };

function nameOf({ metadata }: KubeObject): ObjectKey {
  return { namespace: metadata?.namespace, name: metadata?.name ?? '' };
}

/** What a Status tells of the object that is gone. */
function identityOf<T extends KubeObject>(
  resource: Resource<T>,
  { namespace, name }: ObjectKey,
  { details }: Status,
): T {
  const metadata = { name, ...(namespace === undefined ? {} : { namespace }), uid: details?.uid };
  return deepFreeze({ apiVersion: apiVersionOf(resource), kind: resource.kind, metadata }) as T;
}

function parseAnswer(text: string, server: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw serviceUnavailable(`what ${server} answered is no JSON: is it an API server? ${text.slice(0, 100)}`);
  }
}

function collectionPath(resource: Resource, namespace?: string): string {
  const root = resource.group ? `/apis/${resource.group}/${resource.version}` : `/api/${resource.version}`;
  const within = resource.namespaced && namespace ? `/namespaces/${encodeURIComponent(namespace)}` : '';
  return `${root}${within}/${resource.plural}`;
}

function objectPath(resource: Resource, { namespace, name }: ObjectKey, subresource?: string): string {
  const path = `${collectionPath(resource, namespace)}/${encodeURIComponent(name)}`;
  return subresource ? `${path}/${subresource}` : path;
}

function queryOf(parameters: Record<string, unknown>): string {
  const given = Object.entries(parameters).filter(([, value]) => value !== undefined);
  return given.length === 0
    ? ''
    : `?${new URLSearchParams(given.map(([name, value]): [string, string] => [name, String(value)]))}`;
}

function writeQuery(
  { dryRun, fieldManager, fieldValidation }: WriteOptions & UpdateOptions & Partial<PatchOptions> = {},
  force?: boolean,
): string {
  return queryOf({ dryRun: dryRun ? 'All' : undefined, fieldManager, fieldValidation, force });
}

async function readText(answer: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > ANSWER_BYTES_MAX) throw serviceUnavailable(`the answer is larger than ${ANSWER_BYTES_MAX} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function toStatusError(answer: IncomingMessage, text: string): StatusError {
  const code = answer.statusCode ?? 500;
  try {
    const { reason = '', message = '', details } = JSON.parse(text) as Status;
    return new StatusError(code, reason, message, details);
  } catch {
    return new StatusError(code, '', text.trim() || `the server answered ${code}`);
  }
}

/** Lines that are not empty. Whoever stops reading ends the connection; how it breaks then is nobody's concern any more. */
async function* linesOf(answer: IncomingMessage): AsyncIterable<string> {
  answer.on('error', () => {}); // told by the iteration; unheard of, it would end the process
  const decoder = new StringDecoder('utf8');
  let rest = '';
  try {
    for await (const chunk of answer as AsyncIterable<Buffer>) {
      const lines = (rest + decoder.write(chunk)).split('\n');
      rest = lines.pop()!;
      if (rest.length > EVENT_LENGTH_MAX)
        throw serviceUnavailable(`an event is longer than ${EVENT_LENGTH_MAX} characters`);
      for (const line of lines) if (line !== '') yield line;
    }
  } finally {
    answer.destroy();
  }
}

async function* watchEvents<T extends KubeObject>(
  send: Send,
  resource: Resource<T>,
  { signal, namespace, ...rest }: WatchOptions & Selection,
): AsyncIterable<WatchEvent<T>> {
  const initial = rest.sendInitialEvents ? { resourceVersionMatch: 'NotOlderThan' } : {};
  const query = queryOf({ ...rest, ...initial, watch: true });
  try {
    const answer = await send('GET', `${collectionPath(resource, namespace)}${query}`, undefined, undefined, signal);
    if ((answer.statusCode ?? 500) >= 400) throw toStatusError(answer, await readText(answer));
    for await (const line of linesOf(answer)) {
      const event = JSON.parse(line) as WatchEvent<T> | { type: 'ERROR'; object: Status };
      if (event.type === 'ERROR')
        throw new StatusError(
          event.object.code ?? 500,
          event.object.reason ?? '',
          event.object.message ?? '',
          event.object.details,
        );
      yield deepFreeze(event);
    }
  } catch (error) {
    if (signal.aborted) return;
    if (error instanceof StatusError) throw error;
    throw serviceUnavailable(`the watch of ${resource.plural} broke: ${(error as Error).message}`);
  }
}
