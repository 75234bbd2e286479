import { describe, expect, it } from 'vitest';
import { silentLogger } from '../../daemon/base/log.ts';
import { Expectations } from '../../daemon/runtime/expectations.ts';
import type { Loop } from '../../daemon/runtime/loop.ts';
import { runLoop } from '../../daemon/runtime/run-loop.ts';
import { createWorld } from '../support/objects.ts';
import { settle } from '../support/sim-clock.ts';

type Act = { type: 'step'; key: string };

function counterLoop(world: ReturnType<typeof createWorld>, steps: number, step: (key: string) => Promise<void>) {
  const left = new Map<string, number>();
  const seen: string[] = [];
  const loop: Loop<{ key: string; left: number }, Act> = {
    name: 'counter',
    observe: (key) => {
      seen.push(key);
      return { key, left: left.get(key) ?? steps };
    },
    decide: ({ key, left }) => (left > 0 ? { actions: [{ type: 'step', key }] } : { actions: [] }),
    act: {
      step: async ({ key }) => {
        await step(key);
        left.set(key, (left.get(key) ?? steps) - 1);
      },
    },
  };
  const running = runLoop(loop, { clock: world.clock, random: world.random, log: silentLogger, concurrency: 2 });
  return { running, seen, left };
}

describe('runLoop', () => {
  it('observes again after acting, until nothing is left to do', async () => {
    const world = createWorld();
    const { running, seen, left } = counterLoop(world, 3, async () => {});
    running.enqueue('a');
    running.enqueue('a');
    await settle();
    expect(left.get('a')).toBe(0);
    expect(seen).toEqual(['a', 'a', 'a', 'a']);
    expect(running.idle()).toBe(true);
  });

  it('works on one key with one worker and on at most `concurrency` keys', async () => {
    const world = createWorld();
    const active: string[] = [];
    const peaks: number[] = [];
    const gate = Promise.withResolvers<void>();
    const { running } = counterLoop(world, 1, async (key) => {
      expect(active).not.toContain(key);
      active.push(key);
      peaks.push(active.length);
      await gate.promise;
      active.splice(active.indexOf(key), 1);
    });
    for (const key of ['a', 'b', 'c', 'a']) running.enqueue(key);
    await settle();
    running.enqueue('a');
    await settle();
    expect(active).toEqual(['a', 'b']);
    gate.resolve();
    await settle();
    expect(Math.max(...peaks)).toBe(2);
  });

  it('backs off a poison key alone, longer each time', async () => {
    const world = createWorld();
    const times: number[] = [];
    const { running, left } = counterLoop(world, 1, async (key) => {
      if (key !== 'poison') return;
      times.push(world.clock.now());
      throw new Error('refused');
    });
    running.enqueue('poison');
    running.enqueue('good');
    await world.clock.advance(10 * 60_000);
    expect(left.get('good')).toBe(0);
    const gaps = times.slice(1).map((time, index) => time - times[index]!);
    expect(gaps[0]).toBeLessThanOrEqual(5);
    expect(gaps.at(-1)).toBeGreaterThanOrEqual(30_000);
    expect(gaps.at(-1)).toBeLessThanOrEqual(60_000);
    const before = times.length;
    for (let i = 0; i < 100; i++) {
      running.enqueue('poison'); // its own changes must not make it spin …
      await settle(2);
    }
    await world.clock.advance(1_000); // … but a mended object is looked at soon
    expect(times.length).toBe(before + 1);
  });

  it('does not observe a key before its own writes are visible', async () => {
    const world = createWorld();
    const expectations = new Expectations(world.clock);
    let informed = '5';
    let created = 0;
    const informer = { revision: () => informed } as never;
    const loop: Loop<object, { type: 'create' }> = {
      name: 'creator',
      observe: () => ({}),
      decide: () => (Number(informed) < 9 ? { actions: [{ type: 'create' }] } : { actions: [] }),
      act: {
        create: async () => {
          created += 1;
          expectations.expectWrite('a', informer, { metadata: { resourceVersion: '9' } });
        },
      },
    };
    const { clock, random } = world;
    const running = runLoop(loop, { clock, random, log: silentLogger, expectations });
    running.enqueue('a');
    await clock.advance(30_000);
    expect(created).toBe(1);
    informed = '10';
    await clock.advance(2_000);
    expect(created).toBe(1);
    expect(running.idle()).toBe(true);
  });

  it('looks again when a waiting decision asks for it', async () => {
    const world = createWorld();
    const looked: number[] = [];
    const start = world.clock.now();
    const loop: Loop<object, { type: 'never' }> = {
      name: 'waiter',
      observe: () => ({}),
      decide: (_, now) => {
        looked.push(now - start);
        return { actions: [], waiting: [{ reason: 'Later', message: 'later', afterMs: 7_000 }] };
      },
      act: { never: async () => {} },
    };
    const { clock, random } = world;
    runLoop(loop, { clock, random, log: silentLogger }).enqueue('a');
    await clock.advance(15_000);
    expect(looked).toEqual([0, 7_000, 14_000]);
  });
});
