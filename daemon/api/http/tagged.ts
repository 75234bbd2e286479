/**
 * Documents with an ETag: whoever has them already is answered 304 and nothing else.
 */

import { sendBytes } from './respond.ts';
import type { Call } from './server.ts';

export interface SentDocument {
  readonly body: string | Uint8Array;
  /** Changes when the body does; the ETag. */
  readonly hash: string;
}

/** `If-None-Match` names this tag, or any (RFC 9110 §13.1.2: weak comparison). */
function isKnownToClient(header: string | undefined, tag: string): boolean {
  if (header === undefined) return false;
  const tags = header.split(',').map((one) => one.trim().replace(/^W\//, ''));
  return tags.includes(tag) || tags.includes('*');
}

export function sendTagged({ request, response }: Call, contentType: string, { body, hash }: SentDocument): void {
  const tag = `"${hash}"`;
  response.setHeader('ETag', tag);
  response.setHeader('Vary', 'Accept');
  if (!isKnownToClient(request.headers['if-none-match'], tag)) return sendBytes(response, 200, contentType, body);
  response.statusCode = 304;
  response.end();
}
