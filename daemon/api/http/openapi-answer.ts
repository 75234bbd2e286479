/**
 * Answers `/openapi/v2` and `/openapi/v3/…`: which form a client accepts, and 304 for those that have it already. The documents themselves
 * are made in `schema/`.
 */

import type { ServerResponse } from 'node:http';
import { parseAccept } from './negotiate.ts';
import type { Call } from './server.ts';
import { type SentDocument, sendTagged } from './tagged.ts';

type Form = 'json' | 'protobuf';

export interface OpenApiDocuments {
  /** `/openapi/v3` */
  index(): object;
  /** `/openapi/v3/apis/apps/v1`; undefined: there is none. Its hash is the same in both forms, as its address names it. */
  v3(path: string, form: Form): SentDocument | undefined;
  v2(form: Form): SentDocument;
}

/** How long what is found under its hash may be kept; the longest that RFC 2616 allowed, as upstream sends. */
const YEAR_MS = 365 * 24 * 3600 * 1000;

const protobufType = (version: 'v2' | 'v3'): string =>
  `application/com.github.proto-openapi.spec.${version}.v1.0+protobuf`;

/** What clients ask for; `@` in a media type is what kubectl still sends and no parser should take. */
const formsOf = (version: 'v2' | 'v3'): ReadonlyMap<string, Form> =>
  new Map([
    ['application/json', 'json'],
    ['application/*', 'json'],
    ['*/*', 'json'],
    [protobufType(version), 'protobuf'],
    [`application/com.github.proto-openapi.spec.${version}@v1.0+protobuf`, 'protobuf'],
  ]);
const FORMS = { v2: formsOf('v2'), v3: formsOf('v3') };

function acceptedForm(accept: string | undefined, version: 'v2' | 'v3'): Form | undefined {
  if (!accept) return 'json';
  return parseAccept(accept)
    .map(({ type }) => FORMS[version].get(type))
    .find((form) => form);
}

const contentType = (form: Form, version: 'v2' | 'v3'): string =>
  form === 'json' ? 'application/json' : protobufType(version);

/** kube-openapi answers so: a code, no Status. */
function sendCode(response: ServerResponse, code: 301 | 404 | 406): void {
  response.statusCode = code;
  response.end();
}

export function answerOpenApiV2(call: Call, documents: OpenApiDocuments): void {
  const form = acceptedForm(call.request.headers.accept, 'v2');
  if (!form) return sendCode(call.response, 406);
  sendTagged(call, contentType(form, 'v2'), documents.v2(form));
}

/** `now` is the time in milliseconds. */
export function answerOpenApiV3(call: Call, documents: OpenApiDocuments, now: number): void {
  const { request, response, info } = call;
  const form = acceptedForm(request.headers.accept, 'v3');
  const document = documents.v3(info.path.slice('/openapi/v3/'.length), form ?? 'json');
  if (!document) return sendCode(response, 404);
  response.setHeader('Vary', 'Accept');
  if (!form) return sendCode(response, 406);
  const hash = info.query.get('hash');
  if (hash && hash !== document.hash) {
    response.setHeader('Location', `${info.path}?hash=${document.hash}`);
    return sendCode(response, 301);
  }
  if (hash) {
    // It never changes under that name.
    response.setHeader('Cache-Control', 'public, immutable');
    response.setHeader('Expires', new Date(now + YEAR_MS).toUTCString());
  }
  sendTagged(call, contentType(form, 'v3'), document);
}
