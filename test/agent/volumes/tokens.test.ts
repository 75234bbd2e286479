import { beforeEach, describe, expect, it } from 'vitest';
import { createTokenCache, type TokenCache } from '../../../daemon/agent/volumes/tokens.ts';
import { SimClock } from '../../support/sim-clock.ts';

const HOUR_MS = 3_600_000;
const pod = { metadata: { uid: 'u1', name: 'p' } };
const request = { expirationSeconds: 3600 };

describe('tokens of pods', () => {
  let clock: SimClock;
  let cache: TokenCache;
  let given: number;
  let broken: boolean;
  let lifeMs: number;
  beforeEach(() => {
    clock = new SimClock();
    given = 0;
    broken = false;
    lifeMs = HOUR_MS;
    cache = createTokenCache(async () => {
      if (broken) throw new Error('the API is away');
      return { token: `t${++given}`, expiresMs: clock.now() + lifeMs };
    }, clock);
  });

  it('are renewed at 80 % of their life', async () => {
    expect(await cache.token(pod, request)).toBe('t1');
    await clock.advance(0.79 * HOUR_MS);
    expect(await cache.token(pod, request)).toBe('t1');
    await clock.advance(0.02 * HOUR_MS);
    expect(await cache.token(pod, request)).toBe('t2');
  });

  it('are renewed after a day, however long they live', async () => {
    lifeMs = 365 * 24 * HOUR_MS;
    await cache.token(pod, request);
    await clock.advance(23 * HOUR_MS);
    expect(await cache.token(pod, request)).toBe('t1');
    await clock.advance(2 * HOUR_MS);
    expect(await cache.token(pod, request)).toBe('t2');
  });

  it('are asked for once by many, and apart for each audience', async () => {
    const both = await Promise.all([cache.token(pod, request), cache.token(pod, request)]);
    expect(both).toEqual(['t1', 't1']);
    expect(await cache.token(pod, { ...request, audience: 'vault' })).toBe('t2');
  });

  it('are good until they expire while the API is away, and then fail in words', async () => {
    await cache.token(pod, request);
    broken = true;
    await clock.advance(0.9 * HOUR_MS);
    expect(await cache.token(pod, request)).toBe('t1');
    await clock.advance(0.2 * HOUR_MS);
    await expect(cache.token(pod, request)).rejects.toThrow('failed to fetch token: the API is away');
    broken = false;
    expect(await cache.token(pod, request)).toBe('t2');
  });

  it('are forgotten with the pod', async () => {
    await cache.token(pod, request);
    cache.forget('u1');
    expect(await cache.token(pod, request)).toBe('t2');
  });

  it('are waited for no longer when the pod goes, and a late answer is not kept', async () => {
    let answer = (_: { token: string; expiresMs: number }) => {};
    const slow = createTokenCache(
      () =>
        new Promise((resolve) => {
          answer = resolve;
        }),
      clock,
    );
    const waiting = slow.token(pod, request);
    slow.forget('u1');
    await expect(waiting).rejects.toThrow('failed to fetch token: the pod is gone');
    const [late] = [answer];
    const again = slow.token(pod, request);
    answer({ token: 'fresh', expiresMs: clock.now() + HOUR_MS });
    expect(await again).toBe('fresh');
    late({ token: 'late', expiresMs: clock.now() + HOUR_MS });
    expect(await slow.token(pod, request)).toBe('fresh');
  });
});
