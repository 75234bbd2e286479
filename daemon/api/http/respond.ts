/**
 * Writing answers: JSON or YAML bodies, Status errors, warnings.
 */

import type { ServerResponse } from 'node:http';
import { stringify } from 'yaml';
import type { Status, StatusError } from '../../base/status.ts';
import type { ResponseForm } from './negotiate.ts';

/** More or longer warnings than this are cut, as the API server does: they travel in headers. */
const WARNINGS_BYTES_MAX = 4096;

/** `Warning: 299 - "text"` for each, as long as there is room (RFC 7234 §5.5). */
export function setWarnings(response: ServerResponse, warnings: readonly string[]): void {
  const values: string[] = [];
  let bytes = 0;
  for (const text of new Set(warnings)) {
    const printable = text.replace(/[^\x20-\x7e]/g, (character) =>
      character === '\t' || character === '\n' ? ' ' : '?',
    );
    const value = `299 - "${printable.replace(/[\\"]/g, '\\$&')}"`;
    bytes += value.length;
    if (bytes > WARNINGS_BYTES_MAX) break;
    values.push(value);
  }
  if (values.length > 0) response.setHeader('Warning', values);
}

export function sendBytes(
  response: ServerResponse,
  code: number,
  contentType: string,
  body: Uint8Array | string,
): void {
  response.statusCode = code;
  response.setHeader('Content-Type', contentType);
  response.setHeader('Content-Length', Buffer.byteLength(body));
  response.end(body);
}

/** `json`, when given, is the value's encoding and is sent as it is. */
export function sendValue(
  response: ServerResponse,
  code: number,
  form: ResponseForm,
  value: unknown,
  json?: Uint8Array,
): void {
  if (form.encoding === 'yaml') {
    sendBytes(response, code, 'application/yaml', stringify(value, { aliasDuplicateObjects: false, version: '1.1' }));
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
  const retryAfterSeconds = error.status.details?.retryAfterSeconds;
  if (retryAfterSeconds !== undefined) response.setHeader('Retry-After', String(retryAfterSeconds));
  if (error.code === 401) response.setHeader('WWW-Authenticate', 'Basic realm="reflet"');
  sendStatus(response, error.status, form);
}

/** What Go's mux answers where nothing is: text, not a Status. */
export function sendPageNotFound(response: ServerResponse): void {
  sendBytes(response, 404, 'text/plain; charset=utf-8', '404 page not found\n');
}
