/** How much one client may ask: counts by lane and user, exemptions, turns of the event loop. */

import { describe, expect, it } from 'vitest';
import { createInFlight, laneOf } from '../../../daemon/api/http/in-flight.ts';
import { readRequestInfo } from '../../../daemon/api/http/request-info.ts';
import { createTurns } from '../../../daemon/api/http/turns.ts';
import type { StatusError } from '../../../daemon/base/status.ts';

const user = (username: string, ...groups: string[]) => ({ username, groups });
const info = (method: string, url: string) => readRequestInfo(method, url);
const LIST = info('GET', '/api/v1/pods');
const WRITE = info('POST', '/api/v1/namespaces/x/pods');
const WATCH = info('GET', '/api/v1/pods?watch=1');

function refusal(act: () => unknown): StatusError | undefined {
  try {
    act();
    return undefined;
  } catch (error) {
    return error as StatusError;
  }
}

describe('lanes', () => {
  it.each([
    ['GET', '/readyz/ping', 'free'],
    ['GET', '/livez', 'free'],
    ['GET', '/livezzz', 'reading'],
    ['GET', '/api/v1/pods', 'reading'],
    ['GET', '/api/v1/watch/pods', 'stream'],
    ['GET', '/api/v1/namespaces/x/pods/p/log', 'stream'],
    ['GET', '/api/v1/namespaces/x/pods/p/exec?command=sh', 'stream'],
    ['POST', '/git/desired.git/git-receive-pack', 'mutating'],
    ['DELETE', '/api/v1/namespaces/x/pods/p', 'mutating'],
  ])('%s %s is %s', (method, url, lane) => {
    expect(laneOf(info(method, url))).toBe(lane);
  });
});

describe('requests in flight', () => {
  it('are refused with 429 and Retry-After when one user has too many, and others go on', () => {
    const inFlight = createInFlight({ readingMax: 4, mutatingMax: 4 });
    const leave = inFlight.enter(user('a'), LIST);
    inFlight.enter(user('a'), LIST);
    const refused = refusal(() => inFlight.enter(user('a'), LIST));
    expect(refused?.status).toMatchObject({
      code: 429,
      reason: 'TooManyRequests',
      message: 'Too many requests, please try again later.',
      details: { retryAfterSeconds: 1 },
    });
    expect(refusal(() => inFlight.enter(user('a'), WRITE))).toBeUndefined();
    expect(refusal(() => inFlight.enter(user('b'), LIST))).toBeUndefined();
    leave();
    leave(); // a place is given back once
    expect(refusal(() => inFlight.enter(user('a'), LIST))).toBeUndefined();
    expect(refusal(() => inFlight.enter(user('a'), LIST))?.code).toBe(429);
  });

  it('are bounded in all, however many users ask', () => {
    const inFlight = createInFlight({ mutatingMax: 4 });
    for (const name of ['a', 'b', 'c', 'd']) inFlight.enter(user(name), WRITE);
    expect(refusal(() => inFlight.enter(user('e'), WRITE))?.code).toBe(429);
    expect(refusal(() => inFlight.enter(user('e'), LIST))).toBeUndefined();
  });

  it('are never refused to administrators and health checks, but watches are', () => {
    const inFlight = createInFlight({ readingMax: 0, mutatingMax: 0, streamsPerUserMax: 2 });
    const admin = user('system:admin', 'system:masters');
    inFlight.enter(admin, LIST);
    inFlight.enter(admin, WRITE);
    inFlight.enter(user('system:anonymous'), info('GET', '/livez'));
    const leave = inFlight.enter(admin, WATCH);
    inFlight.enter(admin, WATCH);
    expect(refusal(() => inFlight.enter(admin, WATCH))?.code).toBe(429);
    expect(refusal(() => inFlight.enter(user('b'), WATCH))).toBeUndefined();
    leave();
    expect(refusal(() => inFlight.enter(admin, WATCH))).toBeUndefined();
  });
});

describe('turns of the event loop', () => {
  it('go round between users: a flood of one waits for another, and nothing is lost', async () => {
    let ms = 0;
    const inTurn = createTurns({ monotonic: () => ms });
    const order: string[] = [];
    const ask = (name: string, costMs: number) =>
      inTurn(name, async () => {
        order.push(name);
        ms += costMs;
      });
    const flood = Array.from({ length: 5 }, () => ask('flood', 50));
    let immediates = 0;
    const count = () => {
      immediates++;
      if (order.length < 6) setImmediate(count);
    };
    setImmediate(count);
    const other = ask('other', 1);
    expect(order).toEqual(['flood', 'other']);
    await Promise.all([...flood, other]);
    expect(order).toEqual(['flood', 'other', 'flood', 'flood', 'flood', 'flood']);
    expect(immediates).toBeGreaterThanOrEqual(3);
  });

  it('fails each work by itself', async () => {
    let ms = 0;
    const inTurn = createTurns({ monotonic: () => ms });
    const first = inTurn('a', async () => {
      ms += 50;
    });
    const second = inTurn('a', () => Promise.reject(new Error('second')));
    const third = inTurn('a', async () => {});
    await expect(second).rejects.toThrow('second');
    await Promise.all([first, third]);
  });
});
