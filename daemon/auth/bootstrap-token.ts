/**
 * Bootstrap tokens (`plugin/pkg/auth/authenticator/token/bootstrap`): Secrets `bootstrap-token-<id>` of kube-system, by which a new host asks for its
 * first certificate.
 */

import { createHash, timingSafeEqual } from 'node:crypto';
import type { Clock } from '../base/clock.ts';
import { registryKey } from '../base/registry-key.ts';
import { SECRETS } from '../kinds/resources.ts';
import type { Secret } from '../kinds/types.generated.ts';
import type { Store } from '../store/store.ts';
import { forApi, type TokenReader } from './authenticate.ts';
import type { UserInfo } from './user.ts';

const TOKEN = /^([a-z0-9]{6})\.([a-z0-9]{16})$/;
const TYPE = 'bootstrap.kubernetes.io/token';
const GROUP = 'system:bootstrappers';
const EXTRA_GROUP = /^system:bootstrappers:[a-z0-9:-]{0,255}[a-z0-9]$/;

const digest = (text: string) => createHash('sha256').update(text).digest();

export function createBootstrapTokens(store: Store, clock: Clock, apiAudiences: readonly string[]): TokenReader {
  return forApi(apiAudiences, async (token) => {
    const [, id, secret] = TOKEN.exec(token) ?? [];
    if (!id || !secret) return undefined;
    const key = registryKey(SECRETS, { namespace: 'kube-system', name: `bootstrap-token-${id}` });
    const kept = store.get(key)?.value as Secret | undefined;
    return kept && userOf(kept, id, secret, clock.now());
  });
}

/** Undefined unless the Secret says all of it: type, id, secret, not over, and meant for authentication. */
function userOf({ type, metadata, data = {} }: Secret, id: string, secret: string, now: number): UserInfo | undefined {
  const read = (field: string): string => Buffer.from(data[field] ?? '', 'base64').toString('utf8');
  if (type !== TYPE || metadata?.deletionTimestamp || read('token-id') !== id) return undefined;
  if (!timingSafeEqual(digest(read('token-secret')), digest(secret))) return undefined;
  if (read('usage-bootstrap-authentication') !== 'true' || isOver(read('expiration'), now)) return undefined;
  const groups = read('auth-extra-groups')
    .split(',')
    .filter((group) => group !== '');
  if (!groups.every((group) => EXTRA_GROUP.test(group))) return undefined;
  return { username: `system:bootstrap:${id}`, groups: [...new Set([GROUP, ...groups])] };
}

/** Without an expiration it does not end; one that cannot be read has ended. */
function isOver(expiration: string, now: number): boolean {
  if (expiration === '') return false;
  const endMs = Date.parse(expiration);
  return Number.isNaN(endMs) || endMs <= now;
}
