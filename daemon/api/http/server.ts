/**
 * The API's HTTPS server: for every request authenticate → impersonate → authorize → route, and an answer whatever happens.
 * No request, however formed, ends the process.
 */

import { type createServer, type IncomingMessage, type Server, type ServerResponse, STATUS_CODES } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { KeyPairPem } from '../../auth/pki.ts';
import type { UserInfo } from '../../auth/user.ts';
import { goDurationProblem } from '../../base/go-duration.ts';
import type { Logger } from '../../base/log.ts';
import { asStatusError, badRequest, StatusError } from '../../base/status.ts';
import { whenDone } from '../../base/when-done.ts';
import type { ProtobufCodec } from '../../schema/protobuf.ts';
import type { AuditRecord } from '../audit/auditor.ts';
import { type AdmitOptions, admit } from './admit.ts';
import { refuseCrossOrigin } from './cross-origin.ts';
import type { Fairness } from './fairness/fairness.ts';
import { gateHandshakes } from './handshakes.ts';
import type { EndRequest, Metrics } from './metrics.ts';
import { errorForm, wantsPretty } from './negotiate.ts';
import { type RequestInfo, readRequestInfo } from './request-info.ts';
import { sendError } from './respond.ts';
import { ApiResponse, addCommonHeader } from './response.ts';
import { isStream, type Streams } from './streams.ts';

/** A client that takes longer to send its head or whole request is cut off (slowloris). */
const HEADERS_TIMEOUT_MS = 20_000;
const REQUEST_TIMEOUT_MS = 300_000; // pushes of large packs take this long at most
const KEEP_ALIVE_MS = 120_000;
const HANDSHAKE_MS_MAX = 10_000;
/** A body of at most 3 MiB, pushes aside; who takes longer only holds a place (kube-apiserver's `--request-timeout`). */
const BODY_MS_MAX = 60_000;
/** A read, from the request to the answer's last byte (kube-apiserver's `--request-timeout`). */
const ANSWER_MS_MAX = 60_000;
/** A refused upgrade has its answer; a client that keeps its half of the connection open loses it. */
const REFUSED_LINGER_MS = 1_000;
/** How often time-outs of heads are looked for. */
const TIMEOUT_CHECK_MS = 5_000;
/** Of one address, and of all: a connection costs some 50 kB. A client of HTTP/1.1 needs one for each watch. */
const CONNECTIONS_PER_ADDRESS_MAX = 6_000;
const CONNECTIONS_MAX = 20_000;
/** Tokens and impersonation headers fit; more is an attack. */
const HEADER_BYTES_MAX = 64 * 1024;

export interface Call {
  info: RequestInfo;
  request: IncomingMessage;
  response: ServerResponse;
  user: UserInfo;
}

export interface UpgradeCall {
  info: RequestInfo;
  request: IncomingMessage;
  socket: Duplex;
  head: Buffer;
  user: UserInfo;
}

export interface ApiServerOptions extends AdmitOptions {
  host: string;
  /** 0: any free one. */
  port: number;
  tls: { server: KeyPairPem; clientAuthority: string };
  fairness: Fairness;
  streams: Streams;
  /** Of errors, for who asks for them so; and of what the audit reads. */
  protobuf: ProtobufCodec;
  log: Logger;
  /** Answers an authorized request, at once where nothing has to be waited for. What it throws or rejects with is answered as a Status. */
  route(call: Call): Promise<void> | void;
  /** Takes over an authorized request for an upgrade (exec, attach, port-forward). */
  upgrade(call: UpgradeCall): Promise<void>;
  /** Told of every request, also of one that could not be read; what it gives is told of its end. */
  beginRequest: Metrics['beginRequest'];
}

export interface ApiServer {
  readonly port: number;
  close(): Promise<void>;
}

export async function startApiServer(options: ApiServerOptions): Promise<ApiServer> {
  const { server: pair, clientAuthority } = options.tls;
  const reads = watchReads();
  const server = createTlsServer(
    {
      cert: pair.certificate,
      key: pair.key,
      ca: clientAuthority,
      requestCert: true,
      rejectUnauthorized: false,
      minVersion: 'TLSv1.2',
      maxHeaderSize: HEADER_BYTES_MAX,
      headersTimeout: HEADERS_TIMEOUT_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
      connectionsCheckingInterval: TIMEOUT_CHECK_MS,
      handshakeTimeout: HANDSHAKE_MS_MAX,
      keepAliveTimeout: KEEP_ALIVE_MS,
      noDelay: true,
      ServerResponse: ApiResponse,
    },
    (request, response) => serve(options, reads, request, response),
  );
  // The server forgets a connection that was upgraded; it must end with the server all the same.
  const upgraded = new Set<Duplex>();
  server.on('upgrade', (request, socket, head) => {
    upgraded.add(socket);
    socket.once('close', () => upgraded.delete(socket));
    void serveUpgrade(options, request, socket, head);
  });
  server.on('clientError', refuseUnreadable);
  boundConnections(server);
  gateHandshakes(server);
  await listen(server, options.host, options.port);
  return {
    port: (server.address() as AddressInfo).port,
    close: () => close(server, upgraded).finally(() => reads.close()),
  };
}

/** Before a handshake, which is the costliest part of a connection. */
function boundConnections(server: Server | ReturnType<typeof createTlsServer>): void {
  server.maxConnections = CONNECTIONS_MAX;
  const byAddress = new Map<string, number>();
  server.on('connection', (socket: Socket) => {
    const address = socket.remoteAddress ?? '';
    const count = (byAddress.get(address) ?? 0) + 1;
    if (count > CONNECTIONS_PER_ADDRESS_MAX) return void socket.destroy();
    byAddress.set(address, count);
    socket.once('close', () => {
      const left = (byAddress.get(address) ?? 1) - 1;
      if (left > 0) byAddress.set(address, left);
      else byAddress.delete(address);
    });
  });
}

const UNREADABLE: Readonly<Record<string, number>> = { HPE_HEADER_OVERFLOW: 431, ERR_HTTP_REQUEST_TIMEOUT: 408 };

/** What is no HTTP, too long in its head or too slow: told so, and cut. */
function refuseUnreadable(error: NodeJS.ErrnoException, socket: Duplex): void {
  const { code: reason = '' } = error;
  const code = UNREADABLE[reason] ?? (reason.startsWith('HPE_') ? 400 : undefined);
  // A handshake that failed or took too long, or a client that is gone: nobody to tell.
  if (!code || !socket.writable) return void socket.destroy();
  socket.end(`HTTP/1.1 ${code} ${STATUS_CODES[code]}\r\nConnection: close\r\n\r\n`);
  cutAfterAnswer(socket);
}

/** Reads on for a moment, so that the answer is not lost with the connection. */
function cutAfterAnswer(socket: Duplex): void {
  socket.resume();
  const timer = setTimeout(() => socket.destroy(), REFUSED_LINGER_MS);
  socket.once('close', () => clearTimeout(timer));
}

function listen(server: Server | ReturnType<typeof createServer>, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

function close(server: Server, upgraded: Iterable<Duplex>): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
    for (const socket of upgraded) socket.destroy();
  });
}

function serve(options: ApiServerOptions, reads: OpenReads, request: IncomingMessage, response: ApiResponse): void {
  const began = performance.now();
  const method = request.method ?? 'GET';
  const begin = (info?: RequestInfo) => options.beginRequest(info, method, request.headers['content-type']);
  let end: EndRequest | undefined;
  /** One listener for all that is to be done then: each costs as much as a look-up. */
  const atClose: (() => void)[] = [];
  response.on('error', ignore); // the client went away; nothing to tell it
  response.on('close', () => {
    for (const act of atClose) act();
    end ??= begin();
    options.audit?.of(request)?.complete(response.statusCode);
    end({ code: response.statusCode, seconds: (performance.now() - began) / 1000 });
  });
  const fail = (error: unknown) => answerFailure(options, request, response, error);
  try {
    const info = readRequestInfo(method, request.url ?? '/');
    end = begin(info);
    response.addCommon('Cache-Control', 'no-cache, private'); // what one user may see, a proxy must not show another
    checkTimeout(info);
    refuseCrossOrigin(request, false);
    const answered = whenDone(admit(options, request, response, info), (user) =>
      answer(options, reads, { info, request, response, user }, atClose),
    );
    if (answered instanceof Promise) answered.catch(fail);
  } catch (error) {
    fail(error);
  }
}

/** Of what does not stream for long. Throws 400 for one that cannot be read; any other is for the client to keep, who stops waiting. */
function checkTimeout(info: RequestInfo): void {
  const timeout = info.query.get('timeout');
  const problem = timeout && !isStream(info) ? goDurationProblem(timeout) : undefined;
  if (problem) throw badRequest(`invalid timeout specified in the request URL - ${problem}`);
}

/** In its turn; what streams for long is bounded by number instead, and a watch has a turn to begin in. */
function answer(
  options: ApiServerOptions,
  reads: OpenReads,
  call: Call,
  atClose: (() => void)[],
): Promise<void> | void {
  const { info, request, response, user } = call;
  // Who went away before it was known who it is has been taken leave of: nobody would give back a place that is taken now.
  if (response.destroyed) return options.audit?.of(request)?.stage('ResponseComplete');
  const authorizesItself = options.authorizesItself(info.path);
  const streams = authorizesItself || isStream(info);
  if (streams) atClose.push(options.streams.enter(user));
  if (!authorizesItself) cutSlowBody(request, atClose);
  const isWatch = info.resource?.verb === 'watch';
  const { audit } = options;
  // What only reads writes nothing that would be this request's.
  const isAudited = audit !== undefined && info.method !== 'GET' && info.method !== 'HEAD';
  const route = () => (isAudited ? audit.run(request, () => options.route(call)) : options.route(call));
  if (streams && !isWatch) return route();
  if (info.resource && info.method === 'GET' && !isWatch) atClose.push(reads.add(response));
  let left = ignore;
  return options.fairness.run(
    {
      user,
      info,
      classified({ schema, level }) {
        addCommonHeader(response, 'X-Kubernetes-PF-FlowSchema-UID', schema.uid);
        addCommonHeader(response, 'X-Kubernetes-PF-PriorityLevel-UID', level.settings.uid);
      },
      onLeave(leave) {
        left = once(leave);
        atClose.push(left);
      },
    },
    () => {
      if (response.destroyed) return;
      if (!isWatch) return route();
      return whenDone(route(), () => {
        audit?.of(request)?.stage('ResponseStarted', response.statusCode);
        left();
      });
    },
  );
}

function ignore(): void {}

function once(act: () => void): () => void {
  let isDone = false;
  return () => {
    if (!isDone) act();
    isDone = true;
  };
}

/** Reads that are being answered, oldest first, with when they came. A timer for each would cost more than most answers. */
interface OpenReads {
  /** The returned function is called when the answer has ended. */
  add(response: ServerResponse): () => void;
  close(): void;
}

/** An answer that a client takes too long to read holds seats and memory: it is cut. */
function watchReads(): OpenReads {
  const open = new Map<ServerResponse, number>();
  const timer = setInterval(() => {
    const late = performance.now() - ANSWER_MS_MAX;
    for (const [response, since] of open) {
      if (since > late) break;
      response.destroy();
    }
  }, TIMEOUT_CHECK_MS);
  timer.unref();
  return {
    add(response) {
      open.set(response, performance.now());
      return () => open.delete(response);
    },
    close: () => clearInterval(timer),
  };
}

function cutSlowBody(request: IncomingMessage, atClose: (() => void)[]): void {
  const { 'content-length': length = '0', 'transfer-encoding': encoding } = request.headers;
  if (request.complete || (length === '0' && encoding === undefined)) return;
  const timer = setTimeout(() => request.complete || request.destroy(), BODY_MS_MAX);
  atClose.push(() => clearTimeout(timer));
}

function isForPeople({ url = '', headers }: IncomingMessage): boolean {
  const at = url.indexOf('?');
  return wantsPretty(new URLSearchParams(at < 0 ? '' : url.slice(at + 1)), headers['user-agent']);
}

function answerFailure(
  { log, audit, protobuf }: ApiServerOptions,
  request: IncomingMessage,
  response: ServerResponse,
  error: unknown,
): void {
  if (response.destroyed) {
    // Whoever goes away in the middle of a request writes no line into the log.
    log.debug({ err: error, method: request.method }, 'a client went away');
    return;
  }
  const failure = asStatusError(error);
  if (!(error instanceof StatusError))
    log.error(
      { err: error, method: request.method, path: request.url?.split('?')[0] },
      'a request failed unexpectedly',
    );
  audit?.of(request)?.failed(failure.status);
  // An unread body would be taken for the next request on this connection.
  if (!request.complete && !response.headersSent) response.setHeader('Connection', 'close');
  try {
    sendError(response, failure, errorForm(request.headers.accept, protobuf, isForPeople(request)));
  } catch (cause) {
    // It has no answer that can be sent. Left without one, the client would wait for ever.
    log.error({ err: cause, method: request.method, path: request.url?.split('?')[0] }, 'an error could not be told');
    response.destroy();
  }
}

async function serveUpgrade(
  options: ApiServerOptions,
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
): Promise<void> {
  socket.on('error', () => {}); // the client went away
  try {
    const info = readRequestInfo(request.method ?? 'GET', request.url ?? '/');
    refuseCrossOrigin(request, true);
    const user = await admit(options, request, undefined, streamInfo(info));
    if (socket.destroyed) return options.audit?.of(request)?.stage('ResponseComplete');
    socket.once('close', options.streams.enter(user));
    const record = options.audit?.of(request);
    if (record) auditUpgrade(record, socket);
    const upgrade = () => options.upgrade({ info, request, socket, head, user });
    await (options.audit ? options.audit.run(request, upgrade) : upgrade());
  } catch (error) {
    const failure = asStatusError(error);
    if (!(error instanceof StatusError))
      options.log.error({ err: error, path: request.url?.split('?')[0] }, 'an upgrade failed unexpectedly');
    const record = options.audit?.of(request);
    record?.failed(failure.status);
    record?.complete(failure.code);
    refuseUpgrade(socket, failure);
  }
}

/** It has begun when the first bytes of an answer go out, and is complete when the connection is over. */
function auditUpgrade(record: AuditRecord, socket: Duplex): void {
  const { write } = socket;
  socket.write = ((...given: Parameters<typeof write>) => {
    socket.write = write;
    record.stage('ResponseStarted', 101);
    socket.once('close', () => record.complete(101));
    return write.apply(socket, given);
  }) as typeof write;
}

const STREAMED = new Set(['exec', 'attach', 'portforward']);

/** exec, attach and port-forward are judged as `create` whatever the method: a WebSocket always begins with GET. */
function streamInfo(info: RequestInfo): RequestInfo {
  if (!info.resource || !STREAMED.has(info.resource.subresource)) return info;
  return { ...info, resource: { ...info.resource, verb: 'create' } };
}

/** Answers on a socket that has no response object. */
function refuseUpgrade(socket: Duplex, error: StatusError): void {
  const body = JSON.stringify(error.status);
  const retryAfterSeconds = error.status.details?.retryAfterSeconds;
  const head = [
    `HTTP/1.1 ${error.code} ${STATUS_CODES[error.code] ?? 'Error'}`,
    ...(retryAfterSeconds === undefined ? [] : [`Retry-After: ${retryAfterSeconds}`]),
    'Content-Type: application/json',
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
  cutAfterAnswer(socket);
}
