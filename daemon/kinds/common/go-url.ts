/**
 * What Go's `url.Parse` refuses, in its words: they stand in the answers to webhooks with a bad address.
 */

import { goQuote } from '../../base/go-quote.ts';

/** Undefined when it can be read. */
export function urlProblem(text: string): string | undefined {
  if (/[\x00-\x1f\x7f]/.test(text)) return 'net/url: invalid control character in URL';
  if (text.startsWith(':')) return 'missing protocol scheme';
  const [beforeFragment = ''] = text.split('#', 1);
  const scheme = /^[A-Za-z][A-Za-z0-9+.-]*:/.exec(beforeFragment)?.[0] ?? '';
  const [rest = ''] = beforeFragment.slice(scheme.length).split('?', 1);
  if (!rest.startsWith('/')) {
    if (scheme) return undefined; // opaque
    return rest.split('/', 1)[0]?.includes(':')
      ? 'first path segment in URL cannot contain colon'
      : escapeProblem(rest);
  }
  const hasAuthority = rest.startsWith('//') && (scheme !== '' || !rest.startsWith('///'));
  const [, authority = '', path = rest] = hasAuthority ? (/^\/\/([^/]*)(.*)$/s.exec(rest) ?? []) : [];
  return hostProblem(authority.slice(authority.lastIndexOf('@') + 1)) ?? escapeProblem(path);
}

function hostProblem(host: string): string | undefined {
  const port = /^(?:\[[^\]]*\])?[^:\]]*(:.*)?$/s.exec(host)?.[1] ?? '';
  if (host.startsWith('[') && !host.includes(']')) return "missing ']' in host";
  if (port !== '' && !/^:\d*$/.test(port)) return `invalid port ${goQuote(port)} after host`;
  // ASCII is not to be escaped in a host, but for the percent sign itself (of a zone).
  const escaped = /%(?!25)[0-7][0-9a-fA-F]/.exec(host)?.[0];
  if (escaped) return `invalid URL escape ${goQuote(escaped)}`;
  const foreign = /[ \\^`{|}]/.exec(host)?.[0];
  return foreign ? `invalid character ${goQuote(foreign)} in host name` : escapeProblem(host);
}

function escapeProblem(text: string): string | undefined {
  const at = text.search(/%(?![0-9a-fA-F]{2})/);
  return at < 0 ? undefined : `invalid URL escape ${goQuote(text.slice(at, at + 3))}`;
}
