/**
 * An answer of the daemon that is an error, as an Error for people: its Status' message.
 */

import { isObject } from '../base/json.ts';
import type { RawAnswer } from '../client/http.ts';

export function errorOfAnswer({ code, body }: Pick<RawAnswer, 'code' | 'body'>): Error {
  let message: unknown;
  try {
    const status: unknown = JSON.parse(body);
    message = isObject(status) ? status['message'] : undefined;
  } catch {
    // Not a Status: the text itself is all there is.
  }
  return new Error(typeof message === 'string' ? message : `the daemon answered ${code}: ${body.slice(0, 200)}`);
}
