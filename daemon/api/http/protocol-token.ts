/**
 * A bearer token among the subprotocols of a WebSocket: browsers cannot set headers there (`apiserver/pkg/authentication/request/websocket`).
 */

import type { IncomingMessage } from 'node:http';

/** No token has such a character. */
const NOBODYS = 'Bearer \u0000';

const PREFIX = 'base64url.bearer.authorization.k8s.io.';

/**
 * `Bearer …`, or undefined when there is no token. The token is taken out of the request: it is no subprotocol, and is never answered with. One that
 * stands alone, or beside another, makes no sense: it is given as a token that nobody has.
 */
export function takeProtocolToken({ headers }: IncomingMessage): string | undefined {
  const protocols = headers['sec-websocket-protocol'];
  if (protocols === undefined) return undefined;
  const offered = protocols.split(',').map((one) => one.trim());
  const tokens = offered.filter((one) => one.startsWith(PREFIX));
  if (tokens.length === 0 || headers.upgrade?.toLowerCase() !== 'websocket') return undefined;
  const others = offered.filter((one) => !one.startsWith(PREFIX));
  headers['sec-websocket-protocol'] = others.join(', ');
  if (tokens.length > 1 || others.length === 0) return NOBODYS;
  return `Bearer ${Buffer.from(tokens[0]!.slice(PREFIX.length), 'base64url').toString('utf8')}`;
}
