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
  /** Who still waits for one of its tokens waits no longer. */
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

interface Asking {
  answer: Promise<Held>;
  cancel(reason: Error): void;
}

export function createTokenCache(source: VolumeSources['token'], clock: Clock): TokenCache {
  const held = new Map<string, Held>();
  const asking = new Map<string, Asking>();
  const ask = async (pod: Readonly<Pod>, request: TokenRequest): Promise<Held> => {
    const nowMs = clock.now();
    const { token, expiresMs } = await source(pod, request);
    const renewMs = nowMs + Math.min((expiresMs - nowMs) * RENEWAL_SHARE, RENEWAL_MS_MAX);
    return { token, expiresMs, renewMs };
  };
  const begin = (pod: Readonly<Pod>, request: TokenRequest, key: string): Asking => {
    const { promise: cancelled, reject } = Promise.withResolvers<never>();
    const asked = { answer: Promise.race([ask(pod, request), cancelled]), cancel: reject };
    asking.set(key, asked);
    return asked;
  };
  return {
    async token(pod, request) {
      const key = `${pod.metadata?.uid}/${request.audience ?? ''}/${request.expirationSeconds}`;
      const present = held.get(key);
      if (present && clock.now() < present.renewMs) return present.token;
      const asked = asking.get(key) ?? begin(pod, request, key);
      try {
        const fresh = await asked.answer;
        // A pod that was forgotten in the meantime is not remembered again.
        if (asking.get(key) === asked) held.set(key, fresh);
        return fresh.token;
      } catch (error) {
        // An old token is good until it expires: an API that is away for a while harms no pod.
        if (present && clock.now() < present.expiresMs) return present.token;
        throw new VolumeProblem(`failed to fetch token: ${(error as Error).message}`, { cause: error });
      } finally {
        if (asking.get(key) === asked) asking.delete(key);
      }
    },
    forget(uid) {
      for (const key of held.keys()) if (key.startsWith(`${uid}/`)) held.delete(key);
      for (const [key, { cancel }] of asking) {
        if (!key.startsWith(`${uid}/`)) continue;
        asking.delete(key);
        cancel(new Error('the pod is gone'));
      }
    },
  };
}
