/**
 * Fault 5 for the repository's own files: a disk that does not give or take objects and refs. Nothing acknowledged is lost, nobody waits for ever, reading
 * goes on, and all goes on by itself when the disk does. What the disk does is played by files of the wrong type: reading and writing fail for root too.
 */

import { readFile, rename, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock, systemIds } from '../../daemon/base/clock.ts';
import { silentLogger } from '../../daemon/base/log.ts';
import { GIT_OBJECTS } from '../../daemon/git/publish.ts';
import { createSyncing } from '../../daemon/git/write-back/sync-objects.ts';
import { type Clone, configMap, createWorld, stored, type World } from './support/world.ts';
import { create } from './support/writes.ts';

let world: World;
let clone: Clone;
beforeEach(async () => {
  world = await createWorld();
  clone = await world.clone('a');
  await clone.commit({ 'one.yaml': configMap('one', { a: '1' }) });
  await clone.push();
});
afterEach(() => world.close());

const gitDir = () => world.git.repository.gitDir;
const main = () => join(gitDir(), 'refs/heads/main');
const git = (...args: string[]) => clone.git('-C', gitDir(), ...args);
const output = async (...args: string[]) => (await git(...args)).stdout.trim();
const write = (name: string) => create(world, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name } });

/** All writes are in the branch, once each, and nothing was put aside. */
async function expectSettled(...names: string[]) {
  await expect
    .poll(() => output('log', '--reverse', '--format=%s', 'main'), { timeout: 20_000 })
    .toMatch(new RegExp(`Create configmap default/${names.at(-1)}$`));
  expect(await output('rev-list', '--count', 'main')).toBe(String(1 + names.length));
  expect((await git('rev-parse', '--verify', '--quiet', 'refs/reflet/lost')).exitCode).not.toBe(0);
  expect((await git('fsck', '--full', '--strict')).exitCode).toBe(0);
  expect(world.git.status()).toMatchObject({ objects: 1 + names.length, refused: undefined });
  for (const name of names) expect(stored(world.store, 'configmaps', name)).toBeDefined();
}

/** A file stands where the folder is expected. Returns what mends it. */
async function breakFolder(name: string): Promise<() => Promise<void>> {
  const folder = join(gitDir(), name);
  await rename(folder, `${gitDir()}-aside`);
  await writeFile(folder, '');
  return async () => {
    await rm(folder);
    await rename(`${gitDir()}-aside`, folder);
  };
}

/** As many as become a pack. */
const MANY = ['a', 'b', 'c', 'd', 'e'].map((letter) => `many-${letter}`);
const writeMany = async () => {
  for (const { ok } of await Promise.all(MANY.map(write))) expect(ok).toBe(true);
};

describe('while the repository takes no objects', () => {
  it('writes are durable in the log, whoever waits for the repository is told why, and it follows by itself', async () => {
    const mend = await breakFolder('objects/pack');
    await writeMany();
    await expect(world.git.engine.settled()).rejects.toThrow(/could not be put into the repository.*pack/);
    await expect(world.git.engine.acquire()).rejects.toThrow('could not be put into the repository');
    expect((await write('later')).ok).toBe(true); // nobody holds the lease any more
    await mend();
    await expectSettled(...MANY, 'later');
  });

  it('writes survive a stop, which does not wait for ever', async () => {
    const mend = await breakFolder('objects/pack');
    await writeMany();
    await world.git.stop();
    await mend();
    await world.restart();
    await expectSettled(...MANY);
  });

  it('a push is refused, not hung, and goes through afterwards', async () => {
    const mend = await breakFolder('objects/pack');
    await writeMany();
    await clone.commit({ 'other.yaml': configMap('other', { a: '1' }) });
    const { exitCode, stderr } = await clone.push();
    expect(exitCode).not.toBe(0);
    expect(stderr).toContain('could not be put into the repository');
    expect(stored(world.store, 'configmaps', 'other')).toBeUndefined();
    await mend();
    await expectSettled(...MANY);
    await clone.git('pull', '-q', '--rebase', 'origin', 'main');
    expect((await clone.push()).exitCode).toBe(0);
    expect(stored(world.store, 'configmaps', 'other')).toBeDefined();
  });
});

it('while objects cannot be read a write is refused for now, what is in force stays, and writing goes on by itself', async () => {
  const mend = await breakFolder('objects');
  await expect(write('two')).rejects.toMatchObject({ status: { code: 503 } });
  await world.git.engine.catchUp().catch(() => {});
  expect(stored(world.store, 'configmaps', 'two')).toBeUndefined();
  expect(stored(world.store, 'configmaps', 'one')).toBeDefined();
  await mend();
  expect((await write('two')).ok).toBe(true);
  await expectSettled('two');
});

describe('while the branch’s ref cannot be read', () => {
  it('a write is not taken for one that somebody moved the branch away from', async () => {
    const before = await readFile(main(), 'latin1');
    await rm(main());
    await symlink('main', main()); // ELOOP
    expect((await write('two')).ok).toBe(true);
    await expect(world.git.engine.settled()).rejects.toThrow('could not be put into the repository');
    await rm(main());
    await writeFile(main(), before);
    await expectSettled('two');
  });

  it('one that was cut off is put back, and the write is in the branch', async () => {
    await truncate(main(), 0);
    expect((await write('two')).ok).toBe(true);
    await expectSettled('two');
  });
});

it('objects whose sync failed are written anew before the store lets go of them', async () => {
  await write('two');
  await world.git.engine.settled();
  const [kept] = world.store.kept(GIT_OBJECTS, 0);
  const files = Object.keys(kept!.keep as Record<string, string>).map((path) => join(gitDir(), 'objects', path));
  let asked = 0;
  const { repository } = world.git;
  const clocks = { clock: systemClock, ids: systemIds, log: silentLogger };
  const syncing = createSyncing({
    ...{ repository, store: world.store, ...clocks },
    async sync() {
      asked++;
      for (const file of files) await truncate(file, 0); // as if the kernel had dropped what it could not write
      throw Object.assign(new Error('EIO: i/o error, fsync'), { code: 'EIO' });
    },
  });
  await expect(syncing.now()).rejects.toThrow('EIO');
  expect(world.store.kept(GIT_OBJECTS, 0)).toHaveLength(1);
  await syncing.now();
  syncing.close();
  expect(asked).toBe(1);
  expect(world.store.kept(GIT_OBJECTS, 0)).toEqual([]);
  await expectSettled('two');
});
