/** Priority and fairness over a fake clock: who goes when, who waits, who is refused. */

import { describe, expect, it } from 'vitest';
import { readConfiguration } from '../../../../daemon/api/http/fairness/configuration.ts';
import { dumpFairness } from '../../../../daemon/api/http/fairness/dump.ts';
import { createFairness, type Fairness } from '../../../../daemon/api/http/fairness/fairness.ts';
import { dealHand } from '../../../../daemon/api/http/fairness/hand.ts';
import { RetryAfter } from '../../../../daemon/api/http/fairness/retry-after.ts';
import { readRequestInfo } from '../../../../daemon/api/http/request-info.ts';
import type { StatusError } from '../../../../daemon/base/status.ts';
import { MANDATORY_FLOW_SCHEMAS, SUGGESTED_FLOW_SCHEMAS } from '../../../../daemon/kinds/flowschemas/suggested.ts';
import {
  MANDATORY_PRIORITY_LEVELS,
  SUGGESTED_PRIORITY_LEVELS,
} from '../../../../daemon/kinds/prioritylevelconfigurations/suggested.ts';
import { SimClock } from '../../../support/sim-clock.ts';

const objects = (specs: Record<string, object>) =>
  Object.entries(specs).map(([name, spec]) => ({ metadata: { name, uid: `uid-${name}` }, spec }));
const SCHEMAS = objects({ ...MANDATORY_FLOW_SCHEMAS, ...SUGGESTED_FLOW_SCHEMAS });
const LEVELS = objects({ ...MANDATORY_PRIORITY_LEVELS, ...SUGGESTED_PRIORITY_LEVELS });

const person = (name: string) => ({ username: name, groups: ['system:authenticated'] });
const node = (name: string) => ({
  username: `system:node:${name}`,
  groups: ['system:nodes', 'system:authenticated'],
});
const account = (namespace: string, name: string) => ({
  username: `system:serviceaccount:${namespace}:${name}`,
  groups: ['system:serviceaccounts', `system:serviceaccounts:${namespace}`, 'system:authenticated'],
});
const ADMIN = { username: 'system:admin', groups: ['system:masters', 'system:authenticated'] };
const ANYBODY = { username: 'system:anonymous', groups: ['system:unauthenticated'] };

interface Bench {
  fairness: Fairness;
  clock: SimClock;
  /** What happened, in order. */
  told: string[];
  ask(who: { username: string; groups: string[] }, method?: string, url?: string): Asked;
}

interface Asked {
  place(): string;
  begun(): boolean;
  /** The answer has been read, or its client is gone. */
  leave(): void;
  done: Promise<unknown>;
}

/** `costMs`: what each request takes of the event loop. */
function setUp({ seats = 600, objectsStored = 0, costMs = 0, schemas = SCHEMAS, levels = LEVELS } = {}): Bench {
  const clock = new SimClock();
  const told: string[] = [];
  let ms = 0;
  const fairness = createFairness(readConfiguration(schemas, levels, seats), {
    clock: {
      ...clock,
      now: () => clock.now(),
      after: (...what) => clock.after(...what),
      monotonic: () => clock.now() + ms,
    },
    count: () => objectsStored,
    observer: {
      dispatched: () => {},
      rejected: (schema, level, reason) => told.push(`${schema}/${level} ${reason}`),
    },
  });
  return {
    fairness,
    clock,
    told,
    ask(user, method = 'GET', url = '/api/v1/namespaces/a/pods/p') {
      let place = '';
      let hasBegun = false;
      let leave = () => {};
      const run = () =>
        fairness.run(
          {
            user,
            info: readRequestInfo(method, url),
            classified: ({ schema, level }) => {
              place = `${schema.name}/${level.settings.name}`;
            },
            onLeave: (left) => {
              leave = left;
            },
          },
          async () => {
            hasBegun = true;
            told.push(user.username);
            ms += costMs;
          },
        );
      const done = new Promise<void>((resolve) => resolve(run() as Promise<void>));
      done.catch(() => {});
      return { place: () => place, begun: () => hasBegun, leave: () => leave(), done };
    },
  };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('classification', () => {
  const LEASE = '/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/n1';
  it.each([
    [node('n1'), 'PUT', LEASE, 'system-node-high/node-high'],
    [node('n1'), 'PATCH', '/api/v1/nodes/n1/status', 'system-node-high/node-high'],
    [node('n1'), 'GET', '/api/v1/namespaces/a/secrets/s', 'system-nodes/system'],
    [node('n1'), 'GET', '/version', 'system-nodes/system'],
    [ADMIN, 'GET', '/api/v1/pods', 'exempt/exempt'],
    [ANYBODY, 'GET', '/readyz', 'probes/exempt'],
    [ANYBODY, 'GET', '/version', 'global-default/global-default'],
    [person('ada'), 'POST', '/readyz', 'global-default/global-default'],
    [account('kube-system', 'c'), 'PUT', LEASE, 'system-leader-election/leader-election'],
    [account('kube-system', 'c'), 'DELETE', LEASE, 'kube-system-service-accounts/workload-high'],
    [
      account('kube-system', 'endpoint-controller'),
      'PUT',
      '/api/v1/namespaces/a/endpoints/e',
      'endpoint-controller/workload-high',
    ],
    [account('a', 'c'), 'PUT', LEASE, 'service-accounts/workload-low'],
    [person('system:kube-scheduler'), 'POST', '/api/v1/namespaces/a/pods/p/binding', 'kube-scheduler/workload-high'],
  ] as const)('%j %s %s is %s', async (user, method, url, place) => {
    const asked = setUp().ask({ ...user, groups: [...user.groups] }, method, url);
    expect(asked.place()).toBe(place);
    await asked.done;
  });

  it('is by the user’s own schemas too, and not by one whose level is missing', async () => {
    const rules = [
      {
        subjects: [{ kind: 'User', user: { name: 'ada' } }],
        nonResourceRules: [{ verbs: ['get'], nonResourceURLs: ['/reports/*'] }],
      },
    ];
    const own = (level: string, matchingPrecedence: number) => ({
      priorityLevelConfiguration: { name: level },
      matchingPrecedence,
      rules,
    });
    const schemas = [...SCHEMAS, ...objects({ broken: own('gone', 5), reports: own('workload-low', 10) })];
    const bench = setUp({ schemas });
    expect(bench.ask(person('ada'), 'GET', '/reports/1').place()).toBe('reports/workload-low');
    expect(bench.ask(person('bob'), 'GET', '/reports/1').place()).toBe('global-default/global-default');
  });

  it('goes on with what is mandatory when everything was deleted', () => {
    const bench = setUp({ schemas: [], levels: [] });
    expect(bench.ask(person('ada')).place()).toBe('catch-all/catch-all');
    expect(bench.ask(ADMIN).place()).toBe('exempt/exempt');
  });
});

describe('seats', () => {
  it('of a level are shares of all, and other levels’ that are free are lent', () => {
    const { levels } = readConfiguration(SCHEMAS, LEVELS, 600);
    const seats = Object.fromEntries([...levels].map(([name, one]) => [name, [one.seats, one.lendable]]));
    // ceil(600 × shares / 245), and the lendable percent of it.
    expect(seats).toEqual({
      'catch-all': [13, 0],
      exempt: [0, 0],
      system: [74, 24],
      'node-high': [98, 25],
      'leader-election': [25, 0],
      'workload-high': [98, 49],
      'workload-low': [245, 221],
      'global-default': [49, 25],
    });
  });

  it('that one flood takes leave every other level those that it does not lend', async () => {
    const bench = setUp();
    const flood = Array.from({ length: 700 }, () => bench.ask(person('mallory')));
    // Its own 49 and what five others lend; 300 of the others wait in its hand of queues.
    expect(flood.filter((one) => one.begun())).toHaveLength(49 + 24 + 25 + 49 + 221);
    const others = Array.from({ length: 73 }, () => bench.ask(node('n1')));
    expect(others.every((one) => one.begun())).toBe(true);
    expect(bench.ask(ADMIN).begun()).toBe(true);
    const refused = bench.told.filter((line) => line.endsWith('queue-full'));
    expect(refused).toHaveLength(700 - 368 - 300);
    await expect(flood.at(-1)!.done).rejects.toMatchObject({
      code: 429,
      reason: 'TooManyRequests',
      message: 'Too many requests, please try again later.',
    });
  });

  it('are given back when the answer was read, and then the next one begins', async () => {
    const bench = setUp({ seats: 13 }); // one for each level but workload-low
    const first = bench.ask(person('a'));
    const more = Array.from({ length: 12 }, () => bench.ask(person('a')));
    const waiting = more.filter((one) => !one.begun());
    expect(waiting.length).toBeGreaterThan(0);
    first.leave();
    await turn();
    expect(more.filter((one) => !one.begun())).toHaveLength(waiting.length - 1);
  });

  it('are as many as a list is wide', async () => {
    const bench = setUp({
      objectsStored: 10_000,
      levels: LEVELS.filter(({ metadata }) => metadata.name !== 'workload-low'),
    });
    const lists = Array.from({ length: 40 }, () => bench.ask(person('a'), 'GET', '/api/v1/pods'));
    const level = bench.fairness.levels().find(({ settings }) => settings.name === 'global-default')!;
    expect(level.seatsInUse).toBe(lists.filter((one) => one.begun()).length * 10);
    expect(lists.filter((one) => one.begun()).length).toBeLessThan(40);
    // One object, or a page of few, is not wide.
    const before = level.seatsInUse;
    bench.ask(person('b'), 'GET', '/api/v1/pods?fieldSelector=metadata.name%3Dx');
    expect(level.seatsInUse - before).toBeLessThanOrEqual(1);
  });

  it('are refused at once where a level has no queues', () => {
    const bench = setUp({ schemas: [], levels: [] });
    for (let index = 0; index < 600; index++) bench.ask(person('a'));
    expect(bench.told).not.toContain('catch-all/catch-all concurrency-limit');
    bench.ask(person('b'));
    expect(bench.told).toContain('catch-all/catch-all concurrency-limit');
  });
});

describe('waiting', () => {
  it('ends with 429 after a quarter of a request’s time, or when the client goes away', async () => {
    const bench = setUp({ seats: 1, levels: [], schemas: SCHEMAS.filter(({ metadata }) => metadata.name === 'none') });
    const queued = objects({
      slow: {
        type: 'Limited',
        limited: {
          nominalConcurrencyShares: 1,
          limitResponse: { type: 'Queue', queuing: { queues: 2, handSize: 1, queueLengthLimit: 5 } },
        },
      },
    });
    const all = objects({
      all: {
        priorityLevelConfiguration: { name: 'slow' },
        matchingPrecedence: 2,
        rules: MANDATORY_FLOW_SCHEMAS['catch-all']!.rules!,
      },
    });
    bench.fairness.configure(readConfiguration(all, queued, 1));
    const first = bench.ask(person('a'));
    const late = bench.ask(person('a'));
    const gone = bench.ask(person('a'));
    expect([first.begun(), late.begun()]).toEqual([true, false]);
    expect(
      dumpFairness('/debug/api_priority_and_fairness/dump_requests', bench.fairness.levels(), {
        nowMs: bench.clock.now(),
        details: true,
      }),
    ).toMatch(/\nslow, all, \d, 0, "", 0\.000, 1, "a", get, "\/api\/v1\/namespaces\/a\/pods\/p"\n/);
    gone.leave();
    await gone.done;
    bench.clock.advance(15_000);
    await expect(late.done).rejects.toMatchObject({ code: 429, status: { details: { retryAfterSeconds: 1 } } } satisfies
      | Partial<StatusError>
      | object);
    expect(bench.told).toEqual(['a', 'all/slow cancelled', 'all/slow time-out']);
    first.leave();
  });

  it('tells clients to wait the longer, the more are refused, and less again', () => {
    const retryAfter = new RetryAfter();
    const told = [0, 2_000, 2_000, 2_000, 2_000, 2_000, 2_000, 4_000].map((ms) => retryAfter.refuse(ms));
    expect(told).toEqual([1, 1, 1, 1, 1, 1, 1, 2]);
    expect(retryAfter.refuse(14_000)).toBe(1);
  });
});

describe('turns of the event loop', () => {
  it('a flood’s requests go on in later turns, and others go between them', async () => {
    const bench = setUp({ costMs: 50 });
    const flood = Array.from({ length: 20 }, () => bench.ask(person('mallory')));
    const lease = bench.ask(node('n1'), 'PUT', '/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/n1');
    const other = bench.ask(person('ada'));
    expect(bench.told).toEqual(['mallory']);
    await Promise.all([lease.done, other.done]);
    // The flood has a hand of six queues, and each of them a turn before the first of another flow is due.
    expect(bench.told.filter((name) => name === 'mallory').length).toBeLessThanOrEqual(8);
    await Promise.all(flood.map((one) => one.done));
    expect(bench.told).toHaveLength(22);
  });

  it('administrators take turns too, and are never refused', async () => {
    const bench = setUp({ costMs: 50 });
    const flood = Array.from({ length: 500 }, () => bench.ask(ADMIN));
    const probe = bench.ask(ANYBODY, 'GET', '/readyz');
    await probe.done;
    expect(bench.told.length).toBeLessThan(10);
    await Promise.all(flood.map((one) => one.done));
    expect(bench.told).toHaveLength(501);
  });

  it('let input through in between', async () => {
    const bench = setUp({ costMs: 50 });
    const flood = Array.from({ length: 10 }, () => bench.ask(person('mallory')));
    let turns = 0;
    while (flood.some((one) => !one.begun())) {
      await turn();
      turns++;
    }
    expect(turns).toBeGreaterThanOrEqual(9);
  });

  it('a level that was idle has saved nothing up', async () => {
    const bench = setUp({ costMs: 50 });
    for (let index = 0; index < 30; index++) {
      await bench.ask(person('busy')).done;
      await turn();
    }
    const late = Array.from({ length: 10 }, () => bench.ask(node('n1')));
    const busy = bench.ask(person('busy'));
    await busy.done;
    expect(late.filter((one) => one.begun()).length).toBeLessThan(8);
    await Promise.all(late.map((one) => one.done));
  });
});

describe('a hand of queues', () => {
  it('is the same for the same flow, without repeats, and different for most others', () => {
    const hands = Array.from({ length: 500 }, (_, index) => dealHand(`flow-${index}`, 64, 6));
    for (const hand of hands) {
      expect(new Set(hand).size).toBe(6);
      expect(hand.every((card) => card >= 0 && card < 64)).toBe(true);
    }
    expect(dealHand('flow-0', 64, 6)).toEqual(hands[0]);
    expect(new Set(hands.map((hand) => hand.toSorted().join())).size).toBeGreaterThan(495);
    const uses = new Map<number, number>();
    for (const card of hands.flat()) uses.set(card, (uses.get(card) ?? 0) + 1);
    expect(Math.min(...uses.values())).toBeGreaterThan(20); // 47 on average
  });
});
