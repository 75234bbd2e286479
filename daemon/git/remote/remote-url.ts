/**
 * What `--repo` names: a repository of this host, or a remote over HTTPS or ssh. Pure.
 *
 * Only what is listed here is ever given to git: no `file:`, `ext::`, `git:`, no option in disguise, no password.
 */

import type { Target } from '../outgoing/target.ts';

export interface RemoteUrl {
  readonly transport: 'https' | 'http' | 'ssh';
  /** As it is given to git and shown: it holds no password. */
  readonly url: string;
  readonly target: Target;
  /** Who logs in, when the URL says so. */
  readonly user: string | undefined;
}

export type RepositorySource = { type: 'path'; path: string } | { type: 'remote'; remote: RemoteUrl };

const SCHEME = /^([a-zA-Z][a-zA-Z0-9+.-]*):(:|\/\/)/;
/** `git@host:group/project.git`; a path with a colon in it is written with `./` before it. */
const SCP_LIKE = /^(?:([A-Za-z0-9._-]+)@)?([A-Za-z0-9][A-Za-z0-9.-]*|\[[0-9a-fA-F:.]+\]):(?!\/\/)(.+)$/;
const PORTS = { https: 443, http: 80, ssh: 22 } as const;

/** Throws an Error that names the option and what was expected. */
export function parseRepositorySource(text: string): RepositorySource {
  const scheme = SCHEME.exec(text)?.[1]?.toLowerCase();
  if (scheme === undefined) {
    const scp = /^[./~]/.test(text) ? null : SCP_LIKE.exec(text);
    if (!scp) return { type: 'path', path: text };
    const [, user = 'git', host = '', path = ''] = scp;
    return { type: 'remote', remote: parseUrl(`ssh://${user}@${host}/${path.replace(/^\/+/, '')}`, text) };
  }
  return { type: 'remote', remote: parseUrl(text, text) };
}

function parseUrl(url: string, given: string): RemoteUrl {
  const shown = given.replace(/\/\/[^/@]*@/, '//…@');
  const refuse = (why: string) =>
    new Error(`--repo ${shown}: ${why}; expected https://HOST/PATH, ssh://USER@HOST/PATH, USER@HOST:PATH or a path`);
  if (!URL.canParse(url)) throw refuse('this is no URL');
  const { protocol, hostname, port, username, password, pathname, search, hash } = new URL(url);
  const transport = protocol.slice(0, -1);
  if (transport !== 'https' && transport !== 'http' && transport !== 'ssh')
    throw refuse(`${transport} repositories are not followed`);
  if (password !== '')
    throw refuse('a password on the command line can be read by everybody on this host: put it into a file (docs)');
  const host = hostname.replace(/^\[|\]$/g, '').toLowerCase();
  const user = username === '' ? undefined : decodeURIComponent(username);
  if (host === '' || host.startsWith('-') || /[^A-Za-z0-9.:_-]/.test(host)) throw refuse('it names no host');
  if (user !== undefined && !/^[A-Za-z0-9._][A-Za-z0-9._@+-]*$/.test(user)) throw refuse('this is no user name');
  if (search !== '' || hash !== '') throw refuse('there is something behind the path');
  if (/[\x00-\x20\x7f]/.test(url) || pathname.length < 2) throw refuse('it names no repository');
  const target: Target = { host, port: Number(port) || PORTS[transport], encrypted: transport !== 'http' };
  return { transport, url: plainUrl(transport, url, user), target, user };
}

/** The user of an HTTPS remote goes into a header, with the password. */
function plainUrl(transport: RemoteUrl['transport'], text: string, user: string | undefined): string {
  const url = new URL(text);
  url.username = transport === 'ssh' ? (user ?? 'git') : '';
  return url.href;
}
