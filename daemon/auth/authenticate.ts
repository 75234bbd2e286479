/**
 * Who is it? Client certificates (common name → user, organisations → groups), bearer tokens (static ones, then service accounts' JWTs),
 * and HTTP Basic with such a token as password (for git). Wrong credentials are refused; none at all is `system:anonymous`.
 */

import { createHash, timingSafeEqual } from 'node:crypto';
import { unauthorized } from '../base/status.ts';
import type { TokenReader } from './service-account-token.ts';
import type { UserInfo } from './user.ts';

export const ANONYMOUS: UserInfo = { username: 'system:anonymous', groups: ['system:unauthenticated'] };

/** The verified peer certificate's subject as node:tls gives it. */
export interface PeerCertificate {
  CN?: string | string[];
  O?: string | string[];
}

export interface Credentials {
  /** Only when the chain was verified against the cluster's authority. */
  certificate?: PeerCertificate;
  /** The `Authorization` header. */
  authorization?: string;
}

export interface StaticToken {
  token: string;
  user: UserInfo;
}

export interface Authenticator {
  /** Throws 401 for credentials that are there and wrong. */
  authenticate(credentials: Credentials): Promise<UserInfo>;
  /** For TokenReview: undefined when the token is not good. */
  review(token: string, audiences?: readonly string[]): Promise<UserInfo | undefined>;
}

const digest = (text: string) => createHash('sha256').update(text).digest();
const withAuthenticated = (user: UserInfo): UserInfo =>
  user.groups.includes('system:authenticated') ? user : { ...user, groups: [...user.groups, 'system:authenticated'] };

export function createAuthenticator(tokens: TokenReader, statics: readonly StaticToken[]): Authenticator {
  const known = statics.map(({ token, user }) => ({ digest: digest(token), user: withAuthenticated(user) }));
  const review = async (token: string, audiences?: readonly string[]) => {
    const given = digest(token);
    // Digests of equal length are compared, each to its end, so that timing tells nothing of a token.
    const match = known.find((one) => timingSafeEqual(one.digest, given));
    return match ? match.user : tokens.read(token, audiences);
  };
  return {
    review,
    async authenticate({ certificate, authorization }) {
      if (authorization !== undefined) {
        const user = await review(tokenOf(authorization));
        if (!user) throw unauthorized();
        return user;
      }
      return certificate ? userOfCertificate(certificate) : ANONYMOUS;
    },
  };
}

function tokenOf(authorization: string): string {
  const [scheme = '', value = ''] = authorization.split(/ +/, 2);
  if (/^bearer$/i.test(scheme) && value) return value;
  if (/^basic$/i.test(scheme)) {
    const pair = Buffer.from(value, 'base64').toString('utf8');
    const colon = pair.indexOf(':');
    if (colon >= 0) return pair.slice(colon + 1);
  }
  throw unauthorized();
}

function userOfCertificate({ CN, O }: PeerCertificate): UserInfo {
  const username = Array.isArray(CN) ? CN[0] : CN;
  if (!username) throw unauthorized();
  return withAuthenticated({ username, groups: O === undefined ? [] : [O].flat() });
}
