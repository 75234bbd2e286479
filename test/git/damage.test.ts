/** Fault 3: refs and objects of the repository cut off to nothing: repaired, or refused by name; never a root commit, never a deletion. */

import { copyFile, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Clone, configMap, createWorld, stored, type World } from './support/world.ts';
import { create } from './support/writes.ts';

let world: World;
let clone: Clone;
beforeEach(async () => {
  world = await createWorld();
  clone = await world.clone('a');
  await clone.commit({ 'one.yaml': configMap('one', { a: '1' }), 'sub/two.yaml': configMap('two', { a: '1' }) });
  await clone.push();
  await clone.commit({ 'sub/two.yaml': configMap('two', { a: '2' }) });
  await clone.push();
});
afterEach(() => world.close());

const gitDir = () => world.git.repository.gitDir;
const git = async (...args: string[]) =>
  (await clone.git('-C', gitDir(), '-c', 'core.hooksPath=/dev/null', ...args)).stdout.trim();
const cutOff = async (revision: string) => {
  const id = await git('rev-parse', revision);
  await truncate(join(gitDir(), 'objects', id.slice(0, 2), id.slice(2)), 0);
};
const objects = () =>
  world.store
    .range('/registry/core/configmaps/')
    .entries.map(({ value }) => [value.metadata?.name, value.metadata?.uid]);

describe('a ref cut off while the daemon was down is put back', () => {
  it.each([
    ['the branch', async () => truncate(join(gitDir(), 'refs/heads/main'), 0)],
    ['HEAD', async () => truncate(join(gitDir(), 'HEAD'), 0)],
    [
      'packed-refs',
      async () => {
        await git('pack-refs', '--all');
        await truncate(join(gitDir(), 'packed-refs'), 0);
      },
    ],
    [
      'the branch, with an older value in packed-refs',
      async () => {
        const before = await git('rev-parse', 'main~1');
        const tip = await git('rev-parse', 'main');
        await git('update-ref', 'refs/heads/main', before);
        await git('pack-refs', '--all');
        await git('update-ref', 'refs/heads/main', tip);
        await truncate(join(gitDir(), 'refs/heads/main'), 0);
      },
    ],
  ])('%s', async (_what, damage) => {
    const before = objects();
    const { commit } = world.git.status();
    await world.git.stop();
    await damage();
    await world.restart();
    expect(world.git.status()).toMatchObject({ commit, objects: 2, refused: undefined });
    expect(await git('rev-parse', 'HEAD')).toBe(commit);
    expect(objects()).toEqual(before);
    await create(world, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'later' } });
    await world.git.engine.settled();
    expect(await git('rev-list', '--count', 'main')).toBe('3');
    expect((await clone.git('-C', gitDir(), 'fsck', '--full', '--strict')).exitCode).toBe(0);
  });
});

it.each([
  ['nothing', ''],
  ['something else', 'garbage\n'],
  ['an id of nothing', `${'0'.repeat(39)}1\n`],
])('the branch’s ref, overwritten with %s while the daemon runs, never takes anything away', async (_what, text) => {
  const before = objects();
  const { commit } = world.git.status();
  await writeFile(join(gitDir(), 'refs/heads/main'), text);
  await world.git.engine.catchUp();
  expect(objects()).toEqual(before);
  expect(world.git.status().commit).toBe(commit);
  if (!/^[0-9a-f]{40}\n$/.test(text)) expect(await git('rev-parse', 'main')).toBe(commit);
  else expect(JSON.stringify(world.git.status().refused?.problems)).toContain(text.slice(0, 12));
});

describe('an object of the tip cut off is refused by name, and what is in force stays', () => {
  it.each([
    ['the commit', 'main'],
    ['its tree', 'main^{tree}'],
    ['a folder', 'main:sub'],
    ['a manifest', 'main:sub/two.yaml'],
  ])('%s', async (_what, revision) => {
    const before = objects();
    const id = await git('rev-parse', revision);
    await world.git.stop();
    await cutOff(revision);
    await world.restart();
    expect(objects()).toEqual(before);
    expect(stored(world.store, 'configmaps', 'two')).toMatchObject({ data: { a: '2' } });
    const { refused } = world.git.status();
    expect(JSON.stringify(refused?.problems)).toContain(id.slice(0, 12));
    // A write would be a commit on what cannot be read: refused, never a root commit.
    await expect(
      create(world, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'later' } }),
    ).rejects.toMatchObject({ status: { code: 503 } });
    // Whoever has a copy mends it.
    const path = join(gitDir(), 'objects', id.slice(0, 2), id.slice(2));
    await rm(path);
    await copyFile(join(clone.folder, '.git/objects', id.slice(0, 2), id.slice(2)), path);
    await world.git.engine.catchUp();
    expect(world.git.status().refused).toBeUndefined();
    expect(objects()).toEqual(before);
  });
});
