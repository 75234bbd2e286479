/** How often a followed remote is given the checkpoint: at once after a quiet time, seldom when it moves all the time, and never too late to count. */

import { afterEach, beforeEach, expect, it } from 'vitest';
import type { GitEngine } from '../../../daemon/git/engine.ts';
import type { Remote } from '../../../daemon/git/remote/remote.ts';
import { startStateSharing } from '../../../daemon/git/remote/share-state.ts';
import { SimClock } from '../../support/sim-clock.ts';
import { configMap, createWorld, type World } from '../support/world.ts';

let world: World;
beforeEach(async () => {
  world = await createWorld();
  const clone = await world.clone('a');
  await clone.commit({ 'a.yaml': configMap('a', {}) });
  await clone.push();
  await clone.git('-C', world.git.repository.gitDir, 'update-ref', 'refs/reflet/state', 'main');
});
afterEach(() => world.close());

it('the first changes after a quiet time are there in a second, those of a cluster that stays busy ever later, up to 30 s', async () => {
  const clock = new SimClock(0);
  const engine = { options: { ...world.git.engine.options, clock } } as unknown as GitEngine;
  const pushed: { at: number; refs: readonly string[] }[] = [];
  let arrived = () => {};
  const overwrite = async (refs: readonly string[]) => {
    pushed.push({ at: clock.monotonic() / 1_000, refs });
    arrived();
    return { result: 'accepted' };
  };
  const sharing = startStateSharing(engine, { overwrite } as unknown as Remote);
  const pushNext = async () => {
    const arrival = new Promise<void>((resolve) => {
      arrived = resolve;
    });
    for (let move = 0; move < 3; move++) sharing.moved(); // one push, however often it moves
    expect(clock.fireNext()).toBe(true);
    await arrival;
    expect(clock.nextAt()).toBeUndefined();
  };
  for (let count = 0; count < 7; count++) await pushNext();
  expect(pushed.map(({ at }) => at)).toEqual([1, 3, 7, 15, 31, 61, 91]);
  expect(pushed[0]!.refs).toEqual(['refs/reflet/state']);
  await clock.advance(600_000);
  await pushNext();
  expect(pushed.at(-1)!.at).toBe(692);
  // What waits is not lost at a stop.
  sharing.moved();
  await sharing.close();
  expect(pushed).toHaveLength(9);
});
