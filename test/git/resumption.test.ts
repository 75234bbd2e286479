/** A suspension ends by itself whatever the clock does meanwhile. */

import { expect, it } from 'vitest';
import type { GitEngine } from '../../daemon/git/engine.ts';
import { startResumption } from '../../daemon/git/suspension/resumption.ts';

/** An engine that is suspended until 1,000; time passes when the test says so, and timers come when they are called. */
function suspended() {
  let now = 0;
  let change = () => {};
  const timers: (() => void)[] = [];
  const configuration: { suspend?: { reason: string; untilMs: number } } = {};
  const engine = {
    options: {
      clock: {
        now: () => now,
        after: (_ms: number, act: () => void) => {
          timers.push(act);
          return () => {
            const at = timers.indexOf(act);
            if (at >= 0) timers.splice(at, 1);
          };
        },
      },
      log: { warn: () => {} },
    },
    state: { configuration, objects: new Map(), suspended: new Set() },
    caughtUp: 0,
    onChange: (listener: () => void) => {
      change = listener;
    },
    catchUp: async () => {
      engine.caughtUp++;
    },
  };
  startResumption(engine as unknown as GitEngine, () => {});
  return {
    engine,
    pass: (ms: number) => {
      now += ms;
    },
    suspend: () => {
      configuration.suspend = { reason: 'lunch', untilMs: 1_000 };
    },
    changed: () => change(),
    fire: async () => {
      timers.shift()?.();
      await new Promise(setImmediate);
    },
  };
}

it('also when its time came between the commit’s judgement and the look at when it ends', async () => {
  const world = suspended();
  world.suspend();
  world.pass(1_000);
  world.changed();
  await world.fire();
  expect(world.engine.caughtUp).toBe(1);
});

it('also when the timer comes a moment early', async () => {
  const world = suspended();
  world.suspend();
  world.pass(500);
  world.changed();
  world.pass(499);
  await world.fire();
  expect(world.engine.caughtUp).toBe(0);
  world.pass(1);
  await world.fire();
  await world.fire();
  expect(world.engine.caughtUp).toBe(1);
});
