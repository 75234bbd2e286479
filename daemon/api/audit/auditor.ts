/**
 * Follows each request through its stages and hands its events to a sink. Three things are audited: requests over HTTP, what the daemon's own
 * components write or are refused (which comes over no connection), and pushes, object by object. It never refuses, delays or fails a request.
 */

import { AsyncLocalStorage } from 'node:async_hooks';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Attributes, UserInfo } from '../../auth/user.ts';
import { type Clock, formatMicroTime, type Ids } from '../../base/clock.ts';
import { isObject } from '../../base/json.ts';
import { asStatusError, type Status } from '../../base/status.ts';
import { PROTOBUF } from '../http/negotiate.ts';
import { addCommonHeader, contentTypeOf } from '../http/response.ts';
import {
  type AuditEvent,
  auditedUser,
  BODY_BYTES_MAX,
  COMMIT_ANNOTATION,
  objectReferenceOf,
  responseStatusOf,
  TRUNCATED_ANNOTATION,
  withoutManagedFields,
} from './event.ts';
import { type AuditDecision, type AuditPolicy, type AuditStage, decideAudit, UNWRITTEN } from './policy.ts';

/** As long as upstream takes an id from a client. */
const AUDIT_ID = /^[A-Za-z0-9._-]{1,64}$/;
/** More is no agent's name. */
const USER_AGENT_LENGTH_MAX = 1024;

export interface AuditSink {
  /** Must not throw and must not block. */
  write(event: AuditEvent): void;
}

export interface AuditorOptions {
  policy: AuditPolicy;
  sink: AuditSink;
  clock: Clock;
  ids: Ids;
}

export interface BeginRequest {
  request: IncomingMessage;
  /** Undefined for an upgrade. */
  response: ServerResponse | undefined;
  attributes: Attributes;
  user: UserInfo;
  /** Reads an answer in protobuf: events hold JSON, whatever the client asked for. */
  decodeProtobuf?: DecodeProtobuf | undefined;
}

type DecodeProtobuf = (bytes: Uint8Array) => unknown;

/** A change that came by no request of its own. */
export interface SilentChange {
  user: UserInfo;
  attributes: Attributes;
  /** Where it came from, in place of a URI. */
  origin: string;
  annotations?: Record<string, string>;
  code: number;
  /** Why it was refused. */
  failure?: Status;
}

/** What a component of the daemon asks for. */
interface OwnRequest {
  user: UserInfo;
  attributes: Attributes;
  body?: unknown;
}

export class Auditor {
  readonly #options: AuditorOptions;
  readonly #requests = new WeakMap<IncomingMessage, AuditRecord>();
  readonly #current = new AsyncLocalStorage<AuditRecord>();
  /** Of requests of which nothing is written down: one for all. */
  readonly #silent: AuditRecord;

  constructor(options: AuditorOptions) {
    this.#options = options;
    const nobody = { auditID: '', requestURI: '', verb: '', user: {} };
    this.#silent = new AuditRecord(UNWRITTEN, options.sink, options.clock, nobody);
  }

  begin({ request, response, attributes, user, decodeProtobuf }: BeginRequest): void {
    const { policy, ids, clock, sink } = this.#options;
    const decision = decideAudit(policy, user, attributes);
    const given = request.headers['audit-id'];
    const auditID = typeof given === 'string' && AUDIT_ID.test(given) ? given : ids.uid();
    if (response) addCommonHeader(response, 'Audit-Id', auditID);
    if (decision.level === 'None') return;
    const address = request.socket.remoteAddress?.replace(/^::ffff:/, '');
    const userAgent = request.headers['user-agent']?.slice(0, USER_AGENT_LENGTH_MAX);
    const reference = objectReferenceOf(attributes);
    const record = new AuditRecord(decision, sink, clock, {
      auditID,
      requestURI: request.url ?? '',
      verb: attributes.verb,
      user: auditedUser(user),
      ...(address ? { sourceIPs: [address] } : {}),
      ...(userAgent ? { userAgent } : {}),
      ...(reference ? { objectRef: reference } : {}),
    });
    this.#requests.set(request, record);
    record.stage('RequestReceived');
    if (response && decision.level === 'RequestResponse') record.listen(request, response, decodeProtobuf);
  }

  /** Undefined where nothing is written down. */
  of(request: IncomingMessage): AuditRecord | undefined {
    return this.#requests.get(request);
  }

  /** What is written while `act` runs belongs to this request. */
  run<T>(request: IncomingMessage, act: () => T): T {
    return this.#current.run(this.of(request) ?? this.#silent, act);
  }

  /** The request by which the present work is done; undefined: none, a component of the daemon does it. */
  current(): AuditRecord | undefined {
    return this.#current.getStore();
  }

  /**
   * Does what a component of the daemon asks for, which comes over no connection, and tells of it as of a request: what it became or why it was
   * refused, and what admission noted on the way.
   */
  async act<T extends { code: number; value: unknown }>(
    { user, attributes, body }: OwnRequest,
    act: () => Promise<T>,
  ): Promise<T> {
    const record = this.#withoutRequest(user, attributes, '');
    record?.stage('RequestReceived');
    record?.received(body);
    try {
      const outcome = await this.#current.run(record ?? this.#silent, act);
      record?.responseObject(outcome.value);
      record?.complete(outcome.code);
      return outcome;
    } catch (error) {
      const { status, code } = asStatusError(error);
      record?.failed(status);
      record?.complete(code);
      throw error;
    }
  }

  /** Undefined where nothing is written down. */
  #withoutRequest(user: UserInfo, attributes: Attributes, origin: string): AuditRecord | undefined {
    const { policy, ids, clock, sink } = this.#options;
    const decision = decideAudit(policy, user, attributes);
    if (decision.level === 'None') return undefined;
    const reference = objectReferenceOf(attributes);
    return new AuditRecord(decision, sink, clock, {
      ...{ auditID: ids.uid(), requestURI: origin, verb: attributes.verb, user: auditedUser(user) },
      ...(reference ? { objectRef: reference } : {}),
    });
  }

  tell({ user, attributes, origin, annotations = {}, code, failure }: SilentChange): void {
    const record = this.#withoutRequest(user, attributes, origin);
    if (!record) return;
    for (const [key, value] of Object.entries(annotations)) record.annotate(key, value);
    if (failure) record.failed(failure);
    record.complete(code);
  }
}

type Constant = Pick<AuditEvent, 'auditID' | 'requestURI' | 'verb' | 'user'> &
  Partial<Pick<AuditEvent, 'sourceIPs' | 'userAgent' | 'objectRef'>>;

/** One request, from its arrival to its answer. */
export class AuditRecord {
  readonly #decision: AuditDecision;
  readonly #sink: AuditSink;
  readonly #clock: Clock;
  readonly #constant: Constant;
  readonly #receivedMs: number;
  readonly #annotations: Record<string, string> = {};
  #impersonated: object | undefined;
  #requestObject: unknown;
  #responseObject: unknown;
  #failure: Status | undefined;
  #isComplete = false;

  constructor(decision: AuditDecision, sink: AuditSink, clock: Clock, constant: Constant) {
    this.#decision = decision;
    this.#sink = sink;
    this.#clock = clock;
    this.#constant = constant;
    this.#receivedMs = clock.now();
  }

  annotate(key: string, value: string): void {
    if (this.#decision.level === 'None') return;
    this.#annotations[key] = value;
  }

  /** The commit that a write of this request became. */
  became(commit: string): void {
    this.annotate(COMMIT_ANNOTATION, commit);
  }

  impersonates(user: UserInfo): void {
    this.#impersonated = auditedUser(user);
  }

  /** The name that the server gave, or that the body names. */
  names(name: string): void {
    const { objectRef } = this.#constant;
    if (objectRef && !objectRef['name'] && name) objectRef['name'] = name;
  }

  /** The body of the request, decoded. */
  received(value: unknown): void {
    const metadata = isObject(value) && isObject(value['metadata']) ? value['metadata'] : {};
    if (typeof metadata['name'] === 'string') this.names(metadata['name']);
    const { level } = this.#decision;
    if (level === 'Request' || level === 'RequestResponse') this.#requestObject = this.#bounded(value);
  }

  responseObject(value: unknown): void {
    if (this.#decision.level === 'RequestResponse') this.#responseObject = this.#bounded(value);
  }

  failed(failure: Status): void {
    this.#failure = failure;
  }

  /** Keeps the answer, if it is JSON or protobuf and not too long. */
  listen(request: IncomingMessage, response: ServerResponse, decodeProtobuf?: DecodeProtobuf): void {
    delete request.headers['accept-encoding']; // what is packed could not be read here
    const chunks: Buffer[] = [];
    let bytes = 0;
    const keep = (chunk: unknown) => {
      if (typeof chunk !== 'string' && !Buffer.isBuffer(chunk)) return;
      bytes += chunk.length;
      if (bytes <= BODY_BYTES_MAX) chunks.push(Buffer.from(chunk));
    };
    const write = response.write.bind(response) as (...given: unknown[]) => boolean;
    const end = response.end.bind(response) as (...given: unknown[]) => ServerResponse;
    response.write = ((...given: unknown[]) => {
      keep(given[0]);
      return write(...given);
    }) as typeof response.write;
    response.end = ((...given: unknown[]) => {
      keep(given[0]);
      if (bytes > BODY_BYTES_MAX) this.annotate(TRUNCATED_ANNOTATION, 'true');
      else this.#answered(chunks, contentTypeOf(response), decodeProtobuf);
      return end(...given);
    }) as typeof response.end;
  }

  #answered(chunks: readonly Buffer[], contentType: string, decodeProtobuf?: DecodeProtobuf): void {
    try {
      if (contentType.startsWith('application/json'))
        this.#responseObject = JSON.parse(Buffer.concat(chunks).toString('utf8'));
      else if (contentType === PROTOBUF) this.#responseObject = decodeProtobuf?.(Buffer.concat(chunks));
    } catch {
      // A watch's lines, or nothing: the event goes without.
    }
  }

  /** A copy: whoever was given the value goes on to change it. */
  #bounded(value: unknown): unknown {
    const text = JSON.stringify(value) ?? 'null';
    if (text.length <= BODY_BYTES_MAX) return JSON.parse(text);
    this.annotate(TRUNCATED_ANNOTATION, 'true');
    return undefined;
  }

  complete(code: number): void {
    if (this.#isComplete) return;
    this.#isComplete = true;
    this.stage('ResponseComplete', code);
  }

  stage(stage: AuditStage, code?: number): void {
    const { level, omitStages, omitManagedFields } = this.#decision;
    if (level === 'None' || omitStages.has(stage)) return;
    const shown = (value: unknown) => (omitManagedFields ? withoutManagedFields(value) : value);
    const { auditID, requestURI, verb, user, ...more } = this.#constant;
    this.#sink.write({
      ...{ kind: 'Event', apiVersion: 'audit.k8s.io/v1', level, auditID, stage, requestURI, verb, user },
      ...(this.#impersonated ? { impersonatedUser: this.#impersonated } : {}),
      ...more,
      ...(code === undefined ? {} : { responseStatus: responseStatusOf(code, this.#failure) }),
      ...(this.#requestObject === undefined ? {} : { requestObject: shown(this.#requestObject) }),
      ...(this.#responseObject === undefined ? {} : { responseObject: shown(this.#responseObject) }),
      requestReceivedTimestamp: formatMicroTime(this.#receivedMs),
      stageTimestamp: formatMicroTime(this.#clock.now()),
      ...(Object.keys(this.#annotations).length > 0 ? { annotations: { ...this.#annotations } } : {}),
    });
  }
}
