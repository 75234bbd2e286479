/**
 * An answer whose head is put together once: what is said of every answer is kept aside until the head is written. Node's `setHeader` checks, copies
 * and looks up each name; a request's own work costs less than six of them.
 */

import { ServerResponse } from 'node:http';

export class ApiResponse extends ServerResponse {
  /** Names and values in turn. */
  readonly #common: string[] = [];
  /** Of an answer that {@link ApiResponse.sendWhole} sent. */
  contentType: string | undefined;

  /** A header of this answer, whatever it becomes, unless one of that name is set otherwise. */
  addCommon(name: string, value: string): void {
    this.#common.push(name, value);
  }

  override writeHead(code: number, ...more: unknown[]): this {
    for (let at = 0; at < this.#common.length; at += 2)
      if (!this.hasHeader(this.#common[at]!)) this.setHeader(this.#common[at]!, this.#common[at + 1]!);
    return super.writeHead(code, ...(more as []));
  }

  /** An answer of known length, head and body. */
  sendWhole(code: number, contentType: string, body: Uint8Array | string, bytes: number): void {
    this.contentType = contentType;
    const own = ['Content-Type', contentType, 'Content-Length', String(bytes)];
    if (this.getHeaderNames().length > 0) this.writeHead(code, own);
    else super.writeHead(code, this.#common.concat(own));
    this.end(body);
  }
}

/** A header that holds whatever the answer becomes. */
export function addCommonHeader(response: ServerResponse, name: string, value: string): void {
  if (response instanceof ApiResponse) response.addCommon(name, value);
  else response.setHeader(name, value);
}

/** What an answer whose head is written, or about to be, says it is. */
export function contentTypeOf(response: ServerResponse): string {
  const sent = response instanceof ApiResponse ? response.contentType : undefined;
  return sent ?? String(response.getHeader('content-type'));
}
