/**
 * `Upgrade: SPDY/3.1` (`k8s.io/apimachinery/pkg/util/httpstream`): the handshake, and which of the offered protocols is spoken.
 */

import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { StatusError } from '../../../base/status.ts';

const PROTOCOL_HEADER = 'x-stream-protocol-version';

export function asksForSpdy(request: IncomingMessage): boolean {
  return (request.headers.upgrade ?? '').toLowerCase() === 'spdy/3.1';
}

/**
 * Answers 101 with the first offered protocol that is among `served` and returns it. A client that offers none speaks the unversioned one (`''`).
 * Throws 403 when there is no common one.
 */
export function acceptSpdy(request: IncomingMessage, socket: Duplex, head: Buffer, served: readonly string[]): string {
  const header = request.headers[PROTOCOL_HEADER];
  const offered = (Array.isArray(header) ? header.join(',') : (header ?? ''))
    .split(',')
    .map((one) => one.trim())
    .filter(Boolean);
  const protocol = offered.length === 0 ? '' : offered.find((one) => served.includes(one));
  if (protocol === undefined || !served.includes(protocol)) {
    throw new StatusError(
      403,
      'Forbidden',
      `unable to upgrade: unable to negotiate protocol: client supports [${offered.join(' ')}], server accepts [${served.join(' ')}]`,
    );
  }
  const lines = ['HTTP/1.1 101 Switching Protocols', 'Connection: Upgrade', 'Upgrade: SPDY/3.1'];
  if (protocol) lines.push(`X-Stream-Protocol-Version: ${protocol}`);
  socket.write(`${lines.join('\r\n')}\r\n\r\n`);
  if (head.length > 0) socket.unshift(head);
  return protocol;
}
