/**
 * What a program behind a proxy subresource says of itself, so that it leads through the proxy again: `Location`, and the links of its HTML pages
 * (`apimachinery/pkg/util/proxy` Transport).
 */

import type { IncomingMessage } from 'node:http';
import type { Transform } from 'node:stream';
import { createGunzip, createGzip } from 'node:zlib';
import { rewriteHtmlLinks } from './html-links.ts';

export interface ProxiedPlace {
  /** `/api/v1/namespaces/default/pods/web/proxy` */
  prefix: string;
  /** The program's own `address:port`. */
  host: string;
  /** The host that the caller named; undefined when it named none. */
  callerHost: string | undefined;
}

/** An address of the same program by its whole path leads through the proxy; others (elsewhere, relative) stay as they are. */
export function linkThrough(link: string, { prefix, host, callerHost }: ProxiedPlace): string {
  const [, origin = '', authority, path] = /^((?:https?:)?\/\/([^/?#]*))?(\/.*)$/is.exec(link) ?? [];
  if (path === undefined || (authority !== undefined && authority !== host && authority !== callerHost)) return link;
  const kept = authority !== undefined && authority === callerHost ? origin : '';
  return `${kept}${path.startsWith(prefix) ? '' : prefix}${path}`;
}

/** The steps an answer's body goes through, in order; none when it is carried as it came. */
export function bodySteps(request: IncomingMessage, answer: IncomingMessage, place: ProxiedPlace): Transform[] {
  const { location, 'content-type': type = '', 'content-encoding': encoding = '' } = answer.headers;
  if (location !== undefined || request.method === 'HEAD') return [];
  if (type.split(';', 1)[0]!.trim().toLowerCase() !== 'text/html') return [];
  const rewrite = rewriteHtmlLinks((link) => linkThrough(link, place));
  if (encoding === '') return [rewrite];
  return encoding === 'gzip' ? [createGunzip(), rewrite, createGzip()] : [];
}
