/**
 * `resourceVersion` in requests: reading it, and what is said when it cannot be served.
 */

import { type FieldError, formatFieldError, invalidValue, path } from '../../base/field.ts';
import { goQuote } from '../../base/go-quote.ts';
import { badRequest, StatusError } from '../../base/status.ts';
import type { Kind } from '../../kinds/kind.ts';

/**
 * Who reads a `resourceVersion` upstream, and so what is said of one that is no number: the storage knows that the client is to blame (400), the
 * watch cache before it does not (500, `storage.InvalidError` as it is).
 */
export type RevisionReader = 'storage' | 'cache';

/** `undefined` for `''` and absent (the newest state); 0 for `'0'` (any state). Throws 400 or 500. */
export function parseRevision(text: string | undefined, reader: RevisionReader = 'storage'): number | undefined {
  if (text === undefined || text === '') return undefined;
  const value = readUint(text);
  if (value !== undefined) return value;
  const why = formatFieldError(notNumber(text));
  if (reader === 'cache') throw new StatusError(500, '', why);
  throw badRequest(`invalid resource version: ${why}`);
}

/** Who reads single objects and unpaged lists of a kind: of events alone upstream keeps no watch cache. */
export const readerOf = ({ resource }: Kind): RevisionReader => (resource.plural === 'events' ? 'storage' : 'cache');

function notNumber(text: string): FieldError {
  return invalidValue(path('resourceVersion'), text, parseUintError(text));
}

function readUint(text: string): number | undefined {
  const value = Number(text);
  return /^\d+$/.test(text) && Number.isSafeInteger(value) ? value : undefined;
}

/** As Go says it. */
function parseUintError(text: string): string {
  const why = /^\d+$/.test(text) ? 'value out of range' : 'invalid syntax';
  return `strconv.ParseUint: parsing ${goQuote(text)}: ${why}`;
}

/** The `resourceVersion` of an object to be written. Throws 500 when it is no number, which upstream blames on nobody. */
export function checkWrittenRevision(text: string): void {
  if (readUint(text) === undefined) throw new StatusError(500, '', parseUintError(text));
}

/** 504: nothing that new exists yet (`storage.NewTooLargeResourceVersionError`). */
export function tooLargeRevision(wanted: number, current: number): StatusError {
  return new StatusError(504, 'Timeout', `Timeout: Too large resource version: ${wanted}, current: ${current}`, {
    causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }],
    retryAfterSeconds: 1,
  });
}
