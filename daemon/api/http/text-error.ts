/**
 * What upstream refuses before it speaks its API: Go's text in place of a Status.
 */

import { StatusError } from '../../base/status.ts';

/** Its message is the body, to the byte. */
export class TextError extends StatusError {}

/** Thrown where nothing is (`http.NotFound`). */
export class TextNotFound extends TextError {
  constructor() {
    super(404, 'NotFound', '404 page not found\n');
  }
}

/** What Go's server answers to a request whose target it cannot read. */
export function unreadableTarget(): TextError {
  return new TextError(400, 'BadRequest', '400 Bad Request');
}
