/**
 * Reading request bodies: bounded in size, depth and time, decoded from JSON, YAML or protobuf into plain JSON values.
 * Nothing here knows kinds.
 */

import type { IncomingMessage } from 'node:http';
import { goJsonError } from '../../base/go-json-error.ts';
import { badRequest, StatusError } from '../../base/status.ts';
import type { TextFindings } from '../../schema/strict-errors.ts';
import { findDuplicates, inTextOrder } from './duplicate-fields.ts';
import { DEPTH_MAX, SCAN_BYTES_MIN, scanJson, tooDeep } from './scan-json.ts';

/** `apiserver`'s own limit for a request body. */
const BODY_BYTES_MAX = 3 * 1024 * 1024;

export interface DecodedBody extends TextFindings {
  value: unknown;
  duplicateFields: readonly string[];
}

/** Throws 413 when the body is larger than {@link BODY_BYTES_MAX}. */
export async function readBody(request: IncomingMessage): Promise<Buffer> {
  if (Number(request.headers['content-length'] ?? 0) > BODY_BYTES_MAX) throw tooLarge();
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > BODY_BYTES_MAX) throw tooLarge();
    chunks.push(chunk);
  }
  return chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks);
}

function tooLarge(): StatusError {
  return new StatusError(413, 'RequestEntityTooLarge', `Request entity too large: limit is ${BODY_BYTES_MAX}`);
}

/** Throws 400 for what is no JSON, with Go's words for what is wrong, as `wording` puts them. */
export function decodeJson(bytes: Buffer, wording: (why: string) => string = (why) => why): DecodedBody {
  if (bytes.length >= SCAN_BYTES_MIN) scanJson(bytes);
  const text = bytes.toString('utf8');
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw badRequest(wording(goJsonError(text) ?? (error as Error).message));
  }
  const members = countMembers(value, 0);
  // Every member is written with a quote and a colon; only when there are more of these can one be there twice (or stand in a string).
  if (countNames(text) === members) return { value, duplicateFields: [] };
  const duplicateFields = findDuplicates(text);
  if (duplicateFields.length === 0) return { value, duplicateFields };
  return { value, duplicateFields, inTextOrder: (unknownFields) => inTextOrder(text, unknownFields) };
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const isSpace = (code: number): boolean => code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09;

/**
 * Colons that follow a closing quote: as many as there are members written, and more only where a string begins with a colon.
 * Escaped quotes are none: the keys of managedFields (`k:{\"name\":…}`) are full of them.
 */
function countNames(text: string): number {
  let count = 0;
  for (let colon = text.indexOf(':'); colon >= 0; colon = text.indexOf(':', colon + 1)) {
    let at = colon - 1;
    while (isSpace(text.charCodeAt(at))) at--;
    if (text.charCodeAt(at) !== QUOTE) continue;
    let escapes = 0;
    while (text.charCodeAt(at - 1 - escapes) === BACKSLASH) escapes++;
    if (escapes % 2 === 0) count++;
  }
  return count;
}

/** Members of all objects within; throws 400 beyond {@link DEPTH_MAX}. */
function countMembers(value: unknown, depth: number): number {
  if (typeof value !== 'object' || value === null) return 0;
  if (depth > DEPTH_MAX) throw tooDeep();
  let count = 0;
  if (Array.isArray(value)) {
    for (const item of value) count += countMembers(item, depth + 1);
    return count;
  }
  for (const key in value) count += 1 + countMembers((value as Record<string, unknown>)[key], depth + 1);
  return count;
}
