/**
 * `resourceVersion` in requests: reading it, and what is said when it cannot be served.
 */

import { type FieldError, formatFieldError, invalidValue, path } from '../../base/field.ts';
import { badRequest, StatusError } from '../../base/status.ts';

/** `undefined` for `''` and absent (the newest state); 0 for `'0'` (any state). Throws 400. */
export function parseRevision(text: string | undefined): number | undefined {
  if (text === undefined || text === '') return undefined;
  const value = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(value)) return value;
  throw badRequest(`invalid resource version: ${formatFieldError(notNumber(text))}`);
}

function notNumber(text: string): FieldError {
  const why = /^\d+$/.test(text) ? 'value out of range' : 'invalid syntax';
  return invalidValue(path('resourceVersion'), text, `strconv.ParseUint: parsing ${JSON.stringify(text)}: ${why}`);
}

/** 504: nothing that new exists yet (`storage.NewTooLargeResourceVersionError`). */
export function tooLargeRevision(wanted: number, current: number): StatusError {
  return new StatusError(504, 'Timeout', `Timeout: Too large resource version: ${wanted}, current: ${current}`, {
    causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }],
    retryAfterSeconds: 1,
  });
}
