/** While the branch's tip is refused, people's writes go on where they can: on top of the tip, and in force for their object. */

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { JsonObject, KubeObject } from '../../daemon/base/object.ts';
import { type Clone, configMap, createClone, createWorld, stored, type World } from './support/world.ts';
import { change, create, remove } from './support/writes.ts';

// Dozens of git processes each, a TLS server among them: on a busy host that takes its time.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const key = (name: string) => `/registry/core/configmaps/default/${name}`;
let world: World;
let clone: Clone;
let bad: string;

const git = async (...args: string[]) => {
  const { exitCode, stdout, stderr } = await clone.git('-C', world.git.repository.gitDir, ...args);
  if (exitCode !== 0) throw new Error(stderr);
  return stdout.trim();
};
const data = (name: string) => stored(world.store, 'configmaps', name)?.['data'];
const set = (values: Record<string, string>) => (object: JsonObject & KubeObject) => {
  object['data'] = { ...(object['data'] as JsonObject), ...values };
};
const isRefused = () => expect.poll(() => world.git.status().refused, { timeout: 30_000 }).toBeDefined();

/** `bad.yaml` cannot be admitted, `open.yaml` says more than what is in force, `free.yaml` is untouched. */
beforeEach(async () => {
  world = await createWorld();
  clone = await createClone(`${world.folder}/clone`, world.git.repository.gitDir);
  const good = { 'bad.yaml': configMap('bad', { a: '1' }), 'open.yaml': configMap('open', { a: '1' }) };
  await clone.commit({ ...good, 'free.yaml': configMap('free', { a: '1' }) });
  await clone.push();
  await clone.git('checkout', '-q', '-b', 'side');
  await clone.commit({ 'bad.yaml': configMap('bad', { 'bad key': '1' }), 'open.yaml': configMap('open', { a: '2' }) });
  await clone.git('push', '-q', 'origin', 'side');
  bad = (await clone.git('rev-parse', 'side')).stdout.trim();
  await git('-c', 'core.hooksPath=/dev/null', 'update-ref', 'refs/heads/main', bad);
  await isRefused();
});
afterEach(() => world.close());

describe('a write while the tip is refused', () => {
  it('to a file that has no part in it is in force, and on the branch above the tip', async () => {
    expect(await change(world, key('free'), set({ b: '2' }))).toMatchObject({ ok: true });
    expect(data('free')).toEqual({ a: '1', b: '2' });
    await world.git.engine.settled();
    expect(await git('rev-parse', 'main~1')).toBe(bad);
    expect(await git('diff', '--name-only', bad, 'main')).toBe('free.yaml');
    expect(data('open')).toEqual({ a: '1' });
    expect(world.git.status().refused).toMatchObject({ commit: bad });
  });

  it('to a file that the tip changes too is made on either version', async () => {
    await change(world, key('open'), set({ b: '2' }));
    expect(data('open')).toEqual({ a: '1', b: '2' });
    await world.git.engine.settled();
    expect(await git('show', 'main:open.yaml')).toBe(`${configMap('open', { a: '2' }).trim()}\n  b: "2"`);
  });

  it('to the file that is refused answers 409 with the commit and the place', async () => {
    await expect(change(world, key('bad'), set({ b: '2' }))).rejects.toMatchObject({
      status: { code: 409, message: expect.stringMatching(new RegExp(`${bad.slice(0, 12)}, .*bad\\.yaml:7:3: `)) },
    });
    expect(await git('rev-parse', 'main')).toBe(bad);
  });

  it('may create and delete, several in a row', async () => {
    await create(world, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'new' } });
    await change(world, key('new'), set({ c: '3' }));
    await remove(world, key('free'));
    await world.git.engine.settled();
    expect(data('new')).toEqual({ c: '3' });
    expect(stored(world.store, 'configmaps', 'free')).toBeUndefined();
    expect(await git('diff', '--no-renames', '--name-status', bad, 'main')).toBe(
      'A\tdefault/configmap-new.yaml\nD\tfree.yaml',
    );
    expect(await git('rev-list', '--count', `${bad}..main`)).toBe('3');
  });

  it('survives a restart, and a commit that mends the tip brings all of it into force', async () => {
    await change(world, key('free'), set({ b: '2' }));
    await world.restart();
    await isRefused();
    expect(data('free')).toEqual({ a: '1', b: '2' });
    await change(world, key('free'), set({ c: '3' }));
    await world.git.engine.settled();
    await clone.git('fetch', '-q', 'origin');
    await clone.git('reset', '-q', '--hard', 'origin/main');
    await clone.commit({ 'bad.yaml': configMap('bad', { good: '1' }) });
    expect((await clone.git('push', 'origin', 'side:main')).exitCode).toBe(0);
    await expect.poll(() => data('bad'), { timeout: 30_000 }).toEqual({ good: '1' });
    expect(data('open')).toEqual({ a: '2' });
    expect(data('free')).toEqual({ a: '1', b: '2', c: '3' });
    expect(world.git.status()).toMatchObject({ refused: undefined, commit: await git('rev-parse', 'main') });
  });
});
