/**
 * Answers `/openapi/v2` and `/openapi/v3/…`: which form a client accepts, and 304 for those that have it already. The documents themselves
 * are made in `schema/`.
 */

import type { ServerResponse } from 'node:http';
import { parseAccept } from './negotiate.ts';
import { requireGet } from './resource-handler.ts';
import { sendBytes, sendPageNotFound } from './respond.ts';
import type { Call } from './server.ts';

export interface SentDocument {
  readonly body: string | Uint8Array;
  /** Changes when the body does; the ETag. */
  readonly hash: string;
}

export interface OpenApiDocuments {
  /** `/openapi/v3` */
  index(): object;
  /** `/openapi/v3/apis/apps/v1`; undefined: there is none. */
  v3(path: string): SentDocument | undefined;
  v2(form: 'json' | 'protobuf'): SentDocument;
}

const V2_PROTOBUF = 'application/com.github.proto-openapi.spec.v2.v1.0+protobuf';

/** What clients ask for; `@` in a media type is what kubectl still sends and no parser should take. */
const V2_FORMS: Readonly<Record<string, 'json' | 'protobuf'>> = {
  'application/json': 'json',
  'application/*': 'json',
  '*/*': 'json',
  [V2_PROTOBUF]: 'protobuf',
  'application/com.github.proto-openapi.spec.v2@v1.0+protobuf': 'protobuf',
};

function acceptedForm(accept: string | undefined): 'json' | 'protobuf' | undefined {
  if (!accept) return 'json';
  for (const { type } of parseAccept(accept)) if (Object.hasOwn(V2_FORMS, type)) return V2_FORMS[type];
  return undefined;
}

/** `If-None-Match` names this tag, or any (RFC 9110 §13.1.2: weak comparison). */
function isKnownToClient(header: string | undefined, tag: string): boolean {
  if (header === undefined) return false;
  const tags = header.split(',').map((one) => one.trim().replace(/^W\//, ''));
  return tags.includes(tag) || tags.includes('*');
}

function sendTagged({ request, response }: Call, contentType: string, { body, hash }: SentDocument): void {
  const tag = `"${hash}"`;
  response.setHeader('ETag', tag);
  response.setHeader('Vary', 'Accept');
  if (!isKnownToClient(request.headers['if-none-match'], tag)) return sendBytes(response, 200, contentType, body);
  response.statusCode = 304;
  response.end();
}

/** kube-openapi answers so: a code, no Status. */
function sendNotAcceptable(response: ServerResponse): void {
  response.statusCode = 406;
  response.end();
}

export function answerOpenApiV2(call: Call, documents: OpenApiDocuments): void {
  requireGet(call);
  const form = acceptedForm(call.request.headers.accept);
  if (!form) return sendNotAcceptable(call.response);
  sendTagged(call, form === 'json' ? 'application/json' : V2_PROTOBUF, documents.v2(form));
}

/** JSON only: every client that reads v3 asks for it. */
export function answerOpenApiV3(call: Call, documents: OpenApiDocuments): void {
  requireGet(call);
  const document = documents.v3(call.info.path.slice('/openapi/v3/'.length));
  if (!document) return sendPageNotFound(call.response);
  if (acceptedForm(call.request.headers.accept) !== 'json') return sendNotAcceptable(call.response);
  // The URL carries the document's hash: it never changes under that name.
  if (call.info.query.has('hash')) call.response.setHeader('Cache-Control', 'public, immutable');
  sendTagged(call, 'application/json', document);
}
