/**
 * Who asks, and whether they may: authenticate → impersonate → authorize, told to the audit as it goes.
 */

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { TLSSocket } from 'node:tls';
import type { Authenticator, Credentials, PeerCertificate } from '../../auth/authenticate.ts';
import type { Attributes, Authorizer, UserInfo } from '../../auth/user.ts';
import type { ProtobufCodec } from '../../schema/protobuf.ts';
import type { Auditor } from '../audit/auditor.ts';
import { authorizeRequest } from '../rest/authorize.ts';
import { impersonate } from './impersonate.ts';
import { takeProtocolToken } from './protocol-token.ts';
import { attributesOf, type RequestInfo } from './request-info.ts';

export interface AdmitOptions {
  authenticator: Authenticator;
  authorizer: Authorizer;
  /** Paths that authorize by themselves (git's smart HTTP). */
  authorizesItself(path: string): boolean;
  audit?: Auditor;
  protobuf?: Pick<ProtobufCodec, 'decode'>;
}

/** Who sent credentials that nobody knows. */
const UNKNOWN: UserInfo = { username: '', groups: [] };

/** Subjects by connection: decoding a certificate costs more than answering a GET, and it does not change after the handshake. */
const subjects = new WeakMap<TLSSocket, PeerCertificate>();

function subjectOf(socket: TLSSocket): PeerCertificate | undefined {
  if (!socket.authorized) return undefined;
  const known = subjects.get(socket);
  if (known) return known;
  const { subject, valid_to, fingerprint256 } = socket.getPeerCertificate();
  if (!subject) return undefined;
  const { CN, O } = subject as PeerCertificate;
  const read: PeerCertificate = {
    ...(CN === undefined ? {} : { CN }),
    ...(O === undefined ? {} : { O }),
    notAfterMs: Date.parse(valid_to),
    fingerprint: fingerprint256.replaceAll(':', '').toLowerCase(),
  };
  subjects.set(socket, read);
  return read;
}

function credentialsOf(request: IncomingMessage, path: string): Credentials {
  const certificate = subjectOf(request.socket as TLSSocket);
  const authorization = request.headers.authorization ?? takeProtocolToken(request);
  return { path, ...(certificate ? { certificate } : {}), ...(authorization === undefined ? {} : { authorization }) };
}

/** Throws, or rejects with, 401 and 403. `response`: undefined for an upgrade. */
export function admit(
  options: AdmitOptions,
  request: IncomingMessage,
  response: ServerResponse | undefined,
  info: RequestInfo,
): UserInfo | Promise<UserInfo> {
  const { audit, protobuf } = options;
  const attributes = attributesOf(info);
  const begin = (user: UserInfo) =>
    audit?.begin({ request, response, attributes, user, decodeProtobuf: protobuf?.decode });
  const refuse = (error: unknown): never => {
    begin(UNKNOWN);
    throw error;
  };
  const proceed = (user: UserInfo): UserInfo => {
    begin(user);
    return authorize(options, request, info, attributes, user);
  };
  let authenticated: UserInfo | Promise<UserInfo>;
  try {
    authenticated = options.authenticator.authenticate(credentialsOf(request, info.path));
  } catch (error) {
    return refuse(error);
  }
  return authenticated instanceof Promise ? authenticated.then(proceed, refuse) : proceed(authenticated);
}

/** Whom the request is done for, if it may be done. Throws 403. */
function authorize(
  options: AdmitOptions,
  request: IncomingMessage,
  info: RequestInfo,
  attributes: Attributes,
  authenticated: UserInfo,
): UserInfo {
  const record = options.audit?.of(request);
  const user = impersonate(authenticated, request, options.authorizer);
  if (user !== authenticated) record?.impersonates(user);
  if (options.authorizesItself(info.path)) return user;
  authorizeRequest(options, user, attributes, record && ((key, value) => record.annotate(key, value)));
  return user;
}
