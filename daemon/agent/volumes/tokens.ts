/**
 * Service account tokens of pods, kept until they are due for renewal (kubelet's token manager): a volume is written anew whenever something in
 * it changes, and must not ask for a token each time. Held in memory only.
 */

import type { Clock } from '../../base/clock.ts';
import type { Pod } from '../../kinds/types.generated.ts';
import type { VolumeSources } from './contract.ts';
import { VolumeProblem } from './payload.ts';

export interface TokenRequest {
  audience?: string;
  expirationSeconds: number;
}

export interface TokenCache {
  /** The token to use now; throws VolumeProblem when there is none and none can be had. */
  token(pod: Readonly<Pod>, request: TokenRequest): Promise<string>;
  forget(uid: string): void;
}

/** The kubelet renews a token at 80 % of its life, and in any case after a day. */
const RENEWAL_SHARE = 0.8;
const RENEWAL_MS_MAX = 24 * 3_600_000;

interface Held {
  token: string;
  expiresMs: number;
  renewMs: number;
}

export function createTokenCache(source: VolumeSources['token'], clock: Clock): TokenCache {
  const held = new Map<string, Held>();
  const asking = new Map<string, Promise<Held>>();
  const ask = async (pod: Readonly<Pod>, request: TokenRequest, key: string): Promise<Held> => {
    const nowMs = clock.now();
    const { token, expiresMs } = await source(pod, request);
    const renewMs = nowMs + Math.min((expiresMs - nowMs) * RENEWAL_SHARE, RENEWAL_MS_MAX);
    const fresh = { token, expiresMs, renewMs };
    // A pod that was forgotten in the meantime is not remembered again.
    if (asking.has(key)) held.set(key, fresh);
    return fresh;
  };
  return {
    async token(pod, request) {
      const key = `${pod.metadata?.uid}/${request.audience ?? ''}/${request.expirationSeconds}`;
      const present = held.get(key);
      if (present && clock.now() < present.renewMs) return present.token;
      const answer = asking.get(key) ?? ask(pod, request, key);
      asking.set(key, answer);
      try {
        return (await answer).token;
      } catch (error) {
        // An old token is good until it expires: an API that is away for a while harms no pod.
        if (present && clock.now() < present.expiresMs) return present.token;
        throw new VolumeProblem(`failed to fetch token: ${(error as Error).message}`, { cause: error });
      } finally {
        asking.delete(key);
      }
    },
    forget(uid) {
      for (const known of [held, asking])
        for (const key of known.keys()) if (key.startsWith(`${uid}/`)) known.delete(key);
    },
  };
}
