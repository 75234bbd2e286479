/**
 * Static bearer tokens (kube-apiserver's `--token-auth-file`): a list that is read once, at start.
 */

import { createHash, timingSafeEqual } from 'node:crypto';
import { forApi, type TokenReader } from './authenticate.ts';
import type { UserInfo } from './user.ts';

export interface StaticToken {
  token: string;
  user: UserInfo;
}

const digest = (text: string) => createHash('sha256').update(text).digest();

export function createStaticTokens(statics: readonly StaticToken[], apiAudiences: readonly string[]): TokenReader {
  const known = statics.map(({ token, user }) => ({ digest: digest(token), user }));
  return forApi(apiAudiences, async (token) => {
    if (known.length === 0) return undefined; // nothing to compare every client's token with
    const given = digest(token);
    // Digests of equal length are compared, each to its end, so that timing tells nothing of a token.
    return known.find((one) => timingSafeEqual(one.digest, given))?.user;
  });
}
