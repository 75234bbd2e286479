/**
 * The API's HTTPS server: for every request authenticate → impersonate → authorize → route, and an answer whatever happens.
 * No request, however formed, ends the process.
 */

import { type createServer, type IncomingMessage, type Server, type ServerResponse, STATUS_CODES } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import type { Authenticator, Credentials, PeerCertificate } from '../../auth/authenticate.ts';
import type { KeyPairPem } from '../../auth/pki.ts';
import { refusal } from '../../auth/rbac.ts';
import type { Authorizer, UserInfo } from '../../auth/user.ts';
import type { Logger } from '../../base/log.ts';
import { asStatusError, forbidden, StatusError } from '../../base/status.ts';
import { refuseCrossOrigin } from './cross-origin.ts';
import { impersonate } from './impersonate.ts';
import type { InFlight } from './in-flight.ts';
import { attributesOf, type RequestInfo, readRequestInfo } from './request-info.ts';
import { sendError } from './respond.ts';
import type { InTurn } from './turns.ts';

/** A client that takes longer to send its head or whole request is cut off (slowloris). */
const HEADERS_TIMEOUT_MS = 20_000;
const REQUEST_TIMEOUT_MS = 300_000; // pushes of large packs take this long at most
const KEEP_ALIVE_MS = 120_000;
const HANDSHAKE_MS_MAX = 10_000;
/** A body of at most 3 MiB, pushes aside; who takes longer only holds a place (kube-apiserver's `--request-timeout`). */
const BODY_MS_MAX = 60_000;
/** A refused upgrade has its answer; a client that keeps its half of the connection open loses it. */
const REFUSED_LINGER_MS = 1_000;
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

export interface ApiServerOptions {
  host: string;
  /** 0: any free one. */
  port: number;
  tls: { server: KeyPairPem; clientAuthority: string };
  authenticator: Authenticator;
  authorizer: Authorizer;
  inFlight: InFlight;
  inTurn: InTurn;
  log: Logger;
  /** Answers an authorized request. What it throws is answered as a Status. */
  route(call: Call): Promise<void>;
  /** Takes over an authorized request for an upgrade (exec, attach, port-forward). */
  upgrade(call: UpgradeCall): Promise<void>;
  /** Paths that authorize by themselves (git's smart HTTP). */
  authorizesItself(path: string): boolean;
  observe(call: { verb: string; resource: string; code: number; seconds: number }): void;
}

export interface ApiServer {
  readonly port: number;
  close(): Promise<void>;
}

export async function startApiServer(options: ApiServerOptions): Promise<ApiServer> {
  const { server: pair, clientAuthority } = options.tls;
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
      handshakeTimeout: HANDSHAKE_MS_MAX,
      keepAliveTimeout: KEEP_ALIVE_MS,
      noDelay: true,
    },
    (request, response) => void serve(options, request, response),
  );
  // The server forgets a connection that was upgraded; it must end with the server all the same.
  const upgraded = new Set<Duplex>();
  server.on('upgrade', (request, socket, head) => {
    upgraded.add(socket);
    socket.once('close', () => upgraded.delete(socket));
    void serveUpgrade(options, request, socket, head);
  });
  await listen(server, options.host, options.port);
  return { port: (server.address() as AddressInfo).port, close: () => close(server, upgraded) };
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

/** Subjects by connection: decoding a certificate costs more than answering a GET, and it does not change after the handshake. */
const subjects = new WeakMap<TLSSocket, PeerCertificate>();

function subjectOf(socket: TLSSocket): PeerCertificate | undefined {
  if (!socket.authorized) return undefined;
  const known = subjects.get(socket);
  if (known) return known;
  const subject = socket.getPeerCertificate().subject as PeerCertificate | undefined;
  if (subject) subjects.set(socket, subject);
  return subject;
}

function credentialsOf(request: IncomingMessage): Credentials {
  const certificate = subjectOf(request.socket as TLSSocket);
  const { authorization } = request.headers;
  return { ...(certificate ? { certificate } : {}), ...(authorization === undefined ? {} : { authorization }) };
}

/** Who may do what is asked; throws 401 and 403. */
async function admit(options: ApiServerOptions, request: IncomingMessage, info: RequestInfo): Promise<UserInfo> {
  const authenticated = await options.authenticator.authenticate(credentialsOf(request));
  const user = impersonate(authenticated, request.headers, options.authorizer);
  if (options.authorizesItself(info.path)) return user;
  const attributes = attributesOf(info);
  const { allowed, reason } = options.authorizer.authorize(user, attributes);
  if (allowed) return user;
  const { group = '', plural = '', name = '' } = info.resource ?? {};
  throw forbidden({ group, resource: plural }, name, refusal(user, attributes, reason));
}

async function serve(options: ApiServerOptions, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const began = performance.now();
  let info: RequestInfo | undefined;
  response.on('error', () => {}); // the client went away; nothing to tell it
  response.once('close', () => {
    const verb = info?.resource?.verb ?? request.method ?? '';
    options.observe({
      verb,
      resource: info?.resource?.plural ?? '',
      code: response.statusCode,
      seconds: (performance.now() - began) / 1000,
    });
  });
  try {
    info = readRequestInfo(request.method ?? 'GET', request.url ?? '/');
    refuseCrossOrigin(request, false);
    const user = await admit(options, request, info);
    response.once('close', options.inFlight.enter(user, info));
    if (!options.authorizesItself(info.path)) cutSlowBody(request, response);
    const call = { info, request, response, user };
    await options.inTurn(user.username, async () => {
      if (!response.destroyed) await options.route(call);
    });
  } catch (error) {
    answerFailure(options, request, response, error);
  }
}

function cutSlowBody(request: IncomingMessage, response: ServerResponse): void {
  const { 'content-length': length = '0', 'transfer-encoding': encoding } = request.headers;
  if (request.complete || (length === '0' && encoding === undefined)) return;
  const timer = setTimeout(() => request.complete || request.destroy(), BODY_MS_MAX);
  response.once('close', () => clearTimeout(timer));
}

function answerFailure(
  { log }: ApiServerOptions,
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
  // An unread body would be taken for the next request on this connection.
  if (!request.complete && !response.headersSent) response.setHeader('Connection', 'close');
  sendError(response, failure);
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
    const user = await admit(options, request, streamInfo(info));
    socket.once('close', options.inFlight.enter(user, info));
    await options.upgrade({ info, request, socket, head, user });
  } catch (error) {
    const failure = asStatusError(error);
    if (!(error instanceof StatusError))
      options.log.error({ err: error, path: request.url?.split('?')[0] }, 'an upgrade failed unexpectedly');
    refuseUpgrade(socket, failure);
  }
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
  socket.resume();
  const timer = setTimeout(() => socket.destroy(), REFUSED_LINGER_MS);
  socket.once('close', () => clearTimeout(timer));
}
