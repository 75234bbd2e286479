/**
 * Requests that a browser makes for a foreign page: with a client certificate or a remembered password it would lend that page its user's rights.
 * No page but the server's own may change anything or open a stream that way. A bearer token is never sent by a browser of its own accord.
 */

import type { IncomingMessage } from 'node:http';
import { StatusError } from '../../base/status.ts';

/** Their answers cannot be read across origins: no header here ever allows it. */
const HARMLESS = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * What programs say that must say something: Go's x/net/websocket demands an origin (Kubernetes' conformance tests give this one). A page of it
 * would lie on the caller's own host.
 */
const NO_PAGE = 'http://localhost';

/** Throws 403. */
export function refuseCrossOrigin({ headers, method = '' }: IncomingMessage, isUpgrade: boolean): void {
  const { origin, host, authorization } = headers;
  if (origin === undefined || /^bearer /i.test(authorization ?? '')) return;
  if (isUpgrade ? origin === NO_PAGE : HARMLESS.has(method)) return;
  if (URL.canParse(origin) && new URL(origin).host === host?.toLowerCase()) return;
  const message = `forbidden: the request comes from a page of ${JSON.stringify(origin)}, which is another origin than ${JSON.stringify(host ?? '')}`;
  throw new StatusError(403, 'Forbidden', message, {});
}
