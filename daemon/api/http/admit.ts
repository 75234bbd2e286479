/**
 * Who asks, and whether they may: authenticate → impersonate → authorize, told to the audit as it goes.
 */

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { TLSSocket } from 'node:tls';
import type { AuthenticationNotes, Authenticator, Credentials, PeerCertificate } from '../../auth/authenticate.ts';
import type { Attributes, Authorizer, UserInfo } from '../../auth/user.ts';
import type { ProtobufCodec } from '../../schema/protobuf.ts';
import type { Auditor, AuditRecord } from '../audit/auditor.ts';
import { authorizeRequest } from '../rest/authorize.ts';
import { impersonate } from './impersonate.ts';
import { takeProtocolToken } from './protocol-token.ts';
import { attributesOf, type RequestInfo } from './request-info.ts';
import { setWarnings } from './warnings.ts';

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

function credentialsOf(request: IncomingMessage, path: string, notes: AuthenticationNotes): Credentials {
  const certificate = subjectOf(request.socket as TLSSocket);
  const authorization = request.headers.authorization ?? takeProtocolToken(request);
  return {
    ...{ path, notes },
    ...(certificate ? { certificate } : {}),
    ...(authorization === undefined ? {} : { authorization }),
  };
}

/** What is to be annotated is kept until the audit has begun to tell of the request: it begins with who asks. */
class Notes implements AuthenticationNotes {
  readonly #response: ServerResponse | undefined;
  #annotations: [string, string][] | undefined;

  constructor(response: ServerResponse | undefined) {
    this.#response = response;
  }

  annotate(key: string, value: string): void {
    this.#annotations ??= [];
    this.#annotations.push([key, value]);
  }

  warn(text: string): void {
    if (this.#response) setWarnings(this.#response, [text]);
  }

  tell(record: AuditRecord | undefined): void {
    for (const [key, value] of this.#annotations ?? []) record?.annotate(key, value);
  }
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
  const notes = new Notes(response);
  const begin = (user: UserInfo) => {
    if (!audit) return;
    audit.begin({ request, response, attributes, user, decodeProtobuf: protobuf?.decode });
    notes.tell(audit.of(request));
  };
  const refuse = (error: unknown): never => {
    begin(UNKNOWN);
    throw error;
  };
  const proceed = (user: UserInfo): UserInfo => {
    begin(user);
    try {
      return authorize(options, request, info, attributes, user);
    } catch (error) {
      response?.setHeader('X-Content-Type-Options', 'nosniff');
      throw error;
    }
  };
  let authenticated: UserInfo | Promise<UserInfo>;
  try {
    authenticated = options.authenticator.authenticate(credentialsOf(request, info.path, notes));
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
