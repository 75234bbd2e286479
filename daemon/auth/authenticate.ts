/**
 * Who is it? Client certificates (common name → user, organisations → groups), bearer tokens (whatever a reader knows: static ones, bootstrap
 * tokens, service accounts' and an identity provider's JWTs), and HTTP Basic with such a token as password (for git). Wrong credentials are
 * refused; none at all is `system:anonymous`.
 */

import { unauthorized } from '../base/status.ts';
import type { UserInfo } from './user.ts';

export const ANONYMOUS: UserInfo = { username: 'system:anonymous', groups: ['system:unauthenticated'] };

/** The verified peer certificate as node:tls gives it, in what matters here. */
export interface PeerCertificate {
  CN?: string | string[];
  O?: string | string[];
  /** Milliseconds since the epoch: a connection outlives a certificate, its rights do not. */
  notAfterMs?: number;
  /** SHA-256 of the certificate, lower-case hexadecimal. */
  fingerprint?: string;
}

/** What credentials bring up beside a user: told in the audit, and to who sent them. */
export interface AuthenticationNotes {
  annotate(key: string, value: string): void;
  warn(text: string): void;
}

export interface Credentials {
  /** Only when the chain was verified against the cluster's authority. */
  certificate?: PeerCertificate;
  /** The `Authorization` header. */
  authorization?: string;
  /** Of the request: who says nothing of themselves may be let in at some only. */
  path?: string;
  notes?: AuthenticationNotes;
}

export interface TokenIdentity {
  readonly user: UserInfo;
  /** Those of the asked-for audiences that the token is good for. */
  readonly audiences: readonly string[];
}

/** One way to understand bearer tokens. Undefined: not a token of this kind, or not a good one. Must not throw for what a token holds. */
export interface TokenReader {
  read(token: string, audiences: readonly string[], notes?: AuthenticationNotes): Promise<TokenIdentity | undefined>;
}

export interface Authenticator {
  /** Rejects with 401 for credentials that are there and wrong. A good certificate needs no waiting. */
  authenticate(credentials: Credentials): UserInfo | Promise<UserInfo>;
  /** For TokenReview: undefined when the token is not good for any of the audiences (the API's own without any). */
  review(token: string, audiences?: readonly string[], notes?: AuthenticationNotes): Promise<TokenIdentity | undefined>;
}

export interface AuthenticatorOptions {
  /** Asked in this order; the first that knows the token decides. */
  readers: readonly TokenReader[];
  /** What tokens for this API are meant for. */
  apiAudiences: readonly string[];
  /** Milliseconds since the epoch. */
  now(): number;
  /** Whether requests for this path may be nobody's; without it all may. */
  allowsAnonymous?(path: string): boolean;
}

/** A token is not longer than any header may be; hashing more would only cost. */
const TOKEN_LENGTH_MAX = 64 * 1024;

const withAuthenticated = (user: UserInfo): UserInfo =>
  user.groups.includes('system:authenticated') ? user : { ...user, groups: [...user.groups, 'system:authenticated'] };

export function createAuthenticator({
  readers,
  apiAudiences,
  now,
  allowsAnonymous = () => true,
}: AuthenticatorOptions): Authenticator {
  const review = async (token: string, audiences = apiAudiences, notes?: AuthenticationNotes) => {
    if (token === '' || token.length > TOKEN_LENGTH_MAX) return undefined;
    for (const reader of readers) {
      const identity = await reader.read(token, audiences, notes);
      if (identity) return { ...identity, user: withAuthenticated(identity.user) };
    }
    return undefined;
  };
  const otherwise = async ({ certificate, authorization, path = '', notes }: Credentials): Promise<UserInfo> => {
    const token = authorization === undefined ? undefined : tokenOf(authorization);
    if (token === undefined) {
      if (certificate || !allowsAnonymous(path)) throw unauthorized();
      return ANONYMOUS;
    }
    const identity = await review(token, apiAudiences, notes);
    if (!identity) throw unauthorized();
    return identity.user;
  };
  return {
    review,
    authenticate(credentials) {
      const { certificate } = credentials;
      // A certificate comes first, as upstream asks: whoever shows a good one need not show a good token.
      if (certificate && (certificate.notAfterMs === undefined || certificate.notAfterMs > now()))
        return userOfCertificate(certificate);
      return otherwise(credentials);
    },
  };
}

/** A reader whose tokens are for this API and say nothing of audiences (`audagnostic`). */
export function forApi(
  apiAudiences: readonly string[],
  read: (token: string) => Promise<UserInfo | undefined>,
): TokenReader {
  return {
    async read(token, asked) {
      const audiences = asked.filter((one) => apiAudiences.includes(one));
      if (audiences.length === 0) return undefined;
      const user = await read(token);
      return user && { user, audiences };
    },
  };
}

/** Undefined: nothing that anybody here could read. Upstream takes that for nothing at all. */
function tokenOf(authorization: string): string | undefined {
  const [scheme = '', value = ''] = authorization.trim().split(/ +/, 2);
  if (/^bearer$/i.test(scheme) && value) return value;
  if (/^basic$/i.test(scheme)) {
    const pair = Buffer.from(value, 'base64').toString('utf8');
    const colon = pair.indexOf(':');
    if (colon >= 0) return pair.slice(colon + 1);
  }
  return undefined;
}

/** By certificate, which a connection hands over as one object with each request. */
const users = new WeakMap<PeerCertificate, UserInfo>();

function userOfCertificate(certificate: PeerCertificate): UserInfo {
  let user = users.get(certificate);
  if (!user) {
    user = readUser(certificate);
    users.set(certificate, user);
  }
  return user;
}

function readUser({ CN, O, fingerprint }: PeerCertificate): UserInfo {
  // Of several the last one counts, as in Go.
  const username = Array.isArray(CN) ? CN.at(-1) : CN;
  if (!username) throw unauthorized();
  const extra = fingerprint
    ? { extra: { 'authentication.kubernetes.io/credential-id': [`X509SHA256=${fingerprint}`] } }
    : {};
  return withAuthenticated({ username, groups: O === undefined ? [] : [O].flat(), ...extra });
}
