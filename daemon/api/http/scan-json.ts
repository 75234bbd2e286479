/**
 * What a JSON body would cost, read from its bytes before anything is made of it: how deep it is nested, how many values it has.
 * One pass without recursion, for valid and broken text alike.
 */

import { badRequest, StatusError } from '../../base/status.ts';
import { hasMoreValues, VALUES_MAX } from '../../base/values.ts';

/** Deeper values are no manifests; bounds the recursion of everything that walks an object. */
export const DEPTH_MAX = 200;
/** Smaller bodies cannot cost much, and are most: they are not scanned. */
export const SCAN_BYTES_MIN = 32 * 1024;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

/** Throws 400 for what is nested deeper than {@link DEPTH_MAX} and 413 for what has more than {@link VALUES_MAX} values. */
export function scanJson(bytes: Buffer): void {
  let depth = 0;
  let values = 0;
  for (let at = 0; at < bytes.length; at++) {
    switch (bytes[at]) {
      case QUOTE:
        at = endOfString(bytes, at);
        break;
      case OPEN_LIST:
      case OPEN_OBJECT:
        if (++depth > DEPTH_MAX + 1) throw tooDeep();
        if (++values > VALUES_MAX) throw tooMany();
        break;
      case CLOSE_LIST:
      case CLOSE_OBJECT:
        depth--;
        break;
      case COMMA:
        if (++values > VALUES_MAX) throw tooMany();
        break;
      default:
    }
  }
}

/** The same bound for a value that another format brought. Throws 413. */
export function boundValues(value: unknown): void {
  if (hasMoreValues(value, VALUES_MAX)) throw tooMany();
}

/** Finds the closing quote by search; only a string with escapes before a quote is looked at byte by byte. */
function endOfString(bytes: Buffer, start: number): number {
  const quote = bytes.indexOf(QUOTE, start + 1);
  if (quote < 0) return bytes.length;
  if (bytes[quote - 1] !== BACKSLASH) return quote;
  for (let at = start + 1; at < bytes.length; at++) {
    if (bytes[at] === BACKSLASH) at++;
    else if (bytes[at] === QUOTE) return at;
  }
  return bytes.length;
}

export function tooDeep(): StatusError {
  return badRequest(`the body of the request is nested more than ${DEPTH_MAX} levels deep`);
}

function tooMany(): StatusError {
  return new StatusError(413, 'RequestEntityTooLarge', `Request entity too large: limit is ${VALUES_MAX} values`);
}
