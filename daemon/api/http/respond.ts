/**
 * Writing answers: bodies in JSON, YAML or protobuf, Status errors.
 */

import type { ServerResponse } from 'node:http';
import { stringify } from 'yaml';
import type { JsonObject } from '../../base/object.ts';
import type { Status, StatusError } from '../../base/status.ts';
import { startGzip, wantsGzip } from './gzip.ts';
import { PROTOBUF, type ResponseForm } from './negotiate.ts';
import { ApiResponse } from './response.ts';
import { TextError, TextNotFound } from './text-error.ts';
import { setWarnings } from './warnings.ts';

/** Large answers are compressed for clients that take it; `response.req` is the request that it answers. */
export function sendBytes(
  response: ServerResponse,
  code: number,
  contentType: string,
  body: Uint8Array | string,
): void {
  const bytes = Buffer.byteLength(body);
  const isPacked = wantsGzip(response, bytes);
  if (!isPacked && response instanceof ApiResponse) return response.sendWhole(code, contentType, body, bytes);
  response.statusCode = code;
  response.setHeader('Content-Type', contentType);
  if (isPacked) {
    startGzip(response).end(body);
    return;
  }
  response.setHeader('Content-Length', bytes);
  response.end(body);
}

/** As `sigs.k8s.io/yaml` lays it out: members sorted, items not indented, long texts on one line. */
const YAML_LAYOUT = {
  aliasDuplicateObjects: false,
  version: '1.1',
  sortMapEntries: true,
  indentSeq: false,
  lineWidth: 0,
} as const;

export const toYaml = (value: unknown): string => stringify(value, YAML_LAYOUT);

/** `json`, when given, is the value's encoding and is sent as it is. */
export function sendValue(
  response: ServerResponse,
  code: number,
  form: ResponseForm,
  value: unknown,
  json?: Uint8Array,
): void {
  if (form.protobuf) {
    sendBytes(response, code, PROTOBUF, form.protobuf.encode(value as JsonObject));
  } else if (form.encoding === 'yaml') {
    sendBytes(response, code, 'application/yaml', toYaml(value));
  } else if (form.pretty) {
    sendBytes(response, code, 'application/json', `${JSON.stringify(value, null, 2)}\n`);
  } else {
    sendBytes(response, code, 'application/json', json ?? `${JSON.stringify(value)}\n`);
  }
}

export const PLAIN_JSON: ResponseForm = { encoding: 'json', metaVersion: 'v1', pretty: false };

export function sendStatus(response: ServerResponse, status: Status, form: ResponseForm = PLAIN_JSON): void {
  sendValue(response, status.code ?? 200, form, status);
}

/** Answers an error; when the answer has begun already, all that is left is to cut the connection. */
export function sendError(response: ServerResponse, error: StatusError, form: ResponseForm = PLAIN_JSON): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  setWarnings(response, error.warnings);
  if (error instanceof TextError) return sendText(response, error);
  const retryAfterSeconds = error.status.details?.retryAfterSeconds;
  if (retryAfterSeconds !== undefined) response.setHeader('Retry-After', String(retryAfterSeconds));
  if (error.code === 401) response.setHeader('WWW-Authenticate', 'Basic realm="reflet"');
  sendStatus(response, error.status, form);
}

/** What Go's mux answers where nothing is: text, not a Status (`http.NotFound`). */
export function sendPageNotFound(response: ServerResponse): void {
  sendText(response, new TextNotFound());
}

function sendText(response: ServerResponse, { code, message }: TextError): void {
  response.setHeader('X-Content-Type-Options', 'nosniff');
  sendBytes(response, code, 'text/plain; charset=utf-8', message);
}
