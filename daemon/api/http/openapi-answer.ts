/**
 * Answers `/openapi/v2` and `/openapi/v3/…`: which form a client accepts, and 304 for those that have it already. The documents themselves
 * are made in `schema/`.
 */

import type { ServerResponse } from 'node:http';
import { parseAccept } from './negotiate.ts';
import type { Call } from './server.ts';
import { type SentDocument, sendTagged } from './tagged.ts';

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

/** kube-openapi answers so: a code, no Status. */
function sendCode(response: ServerResponse, code: 404 | 406): void {
  response.statusCode = code;
  response.end();
}

export function answerOpenApiV2(call: Call, documents: OpenApiDocuments): void {
  const form = acceptedForm(call.request.headers.accept);
  if (!form) return sendCode(call.response, 406);
  sendTagged(call, form === 'json' ? 'application/json' : V2_PROTOBUF, documents.v2(form));
}

/** JSON only: every client that reads v3 asks for it. */
export function answerOpenApiV3(call: Call, documents: OpenApiDocuments): void {
  const document = documents.v3(call.info.path.slice('/openapi/v3/'.length));
  if (!document) return sendCode(call.response, 404);
  if (acceptedForm(call.request.headers.accept) !== 'json') return sendCode(call.response, 406);
  // The URL carries the document's hash: it never changes under that name.
  if (call.info.query.has('hash')) call.response.setHeader('Cache-Control', 'public, immutable');
  sendTagged(call, 'application/json', document);
}
