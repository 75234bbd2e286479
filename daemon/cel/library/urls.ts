/**
 * Kubernetes' URL library: absolute URLs and absolute paths, as Go's `url.ParseRequestURI` takes them apart.
 */

import { CelError } from '../errors.ts';
import { defineFunctions, parsing, passing } from '../overload.ts';
import { ArrayList, EntryMap, Opaque, type Value } from '../values.ts';

class UrlValue extends Opaque {
  readonly typeName = 'kubernetes.URL';
  readonly text: string;
  readonly parts: UrlParts;
  constructor(text: string, parts: UrlParts) {
    super();
    this.text = text;
    this.parts = parts;
  }

  override equals(other: Opaque): boolean {
    return other instanceof UrlValue && other.text === this.text;
  }
}

interface UrlParts {
  readonly scheme: string;
  /** `host:port`, without user information. */
  readonly host: string;
  /** Escaped. */
  readonly path: string;
  readonly query: string;
}

const URL_TEXT = /^(?:([a-zA-Z][a-zA-Z0-9+.-]*):)?(?:\/\/([^/?]*))?([^?]*)(?:\?(.*))?$/s;
/** What no URL holds unescaped: spaces, control characters, and a percent sign that escapes nothing. */
const FORBIDDEN = /[\s\x00-\x1f\x7f]|%(?![0-9a-fA-F]{2})/;
const HOST = /^(?:\[[0-9a-fA-F:.%]+\]|[^[\]:]*)(?::\d*)?$/;

function parseUrl(text: string): UrlParts | undefined {
  const match = URL_TEXT.exec(text);
  if (!match || FORBIDDEN.test(text)) return undefined;
  const [, scheme = '', authority, path = '', query = ''] = match;
  const isAbsolute = scheme !== '' && (authority !== undefined || path.startsWith('/'));
  if (!isAbsolute && !(scheme === '' && text.startsWith('/'))) return undefined;
  const host = (authority ?? '').replace(/^.*@/s, '');
  return HOST.test(host) ? { scheme: scheme.toLowerCase(), host, path, query } : undefined;
}

/** What is wrong with a URL, as Go says it. */
export const urlProblem = (text: string): readonly string[] =>
  parseUrl(text) ? [] : [`parse ${JSON.stringify(text)}: invalid URI for request`];

function urlOf(text: string): UrlValue {
  const parts = parseUrl(text);
  if (!parts) throw new CelError(`URL parse error during conversion from string: ${urlProblem(text)[0]}`);
  return new UrlValue(text, parts);
}

/** Without the port and the brackets of an IPv6 address. */
const hostnameOf = (host: string): string => /^\[(.*)\]/.exec(host)?.[1] ?? host.replace(/:\d*$/, '');
const portOf = (host: string): string => /:(\d*)$/.exec(host.replace(/^\[.*\]/, ''))?.[1] ?? '';

/** As Go's `EscapedPath` writes it. */
const escapePath = (path: string): string =>
  path.replace(/[^\x21-\x7e]|["<>\\^`{|}]/gu, (character) => encodeURIComponent(character));

function queryOf(query: string): EntryMap {
  const values = new Map<string, string[]>();
  for (const part of query.split('&')) {
    if (part === '' || part.includes(';')) continue;
    const [key = '', ...rest] = part.split('=');
    const name = decode(key);
    const list = values.get(name) ?? [];
    list.push(decode(rest.join('=')));
    values.set(name, list);
  }
  const entries = [...values].map(([key, list]): [string, [Value, Value]] => [`s${key}`, [key, new ArrayList(list)]]);
  return new EntryMap(new Map(entries));
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return text;
  }
}

export const URLS = defineFunctions({
  'url(string): kubernetes.URL': [urlOf, passing, parsing],
  'isURL(string): bool': [(text: string) => parseUrl(text) !== undefined, passing, parsing],
  '(kubernetes.URL).getScheme(): string': ({ parts }: UrlValue) => parts.scheme,
  '(kubernetes.URL).getHost(): string': ({ parts }: UrlValue) => parts.host,
  '(kubernetes.URL).getHostname(): string': ({ parts }: UrlValue) => hostnameOf(parts.host),
  '(kubernetes.URL).getPort(): string': ({ parts }: UrlValue) => portOf(parts.host),
  '(kubernetes.URL).getEscapedPath(): string': ({ parts }: UrlValue) => escapePath(parts.path),
  '(kubernetes.URL).getQuery(): map(string, list(string))': ({ parts }: UrlValue) => queryOf(parts.query),
});
