/** What a crash, a full disk or a damaged repository leaves behind, and what becomes of it. */

import { existsSync } from 'node:fs';
import { readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { systemIds } from '../../daemon/base/clock.ts';
import { silentLogger } from '../../daemon/base/log.ts';
import { startHookServer } from '../../daemon/git/hooks/server.ts';
import { GIT_OBJECTS } from '../../daemon/git/publish.ts';
import { lastPublication } from '../../daemon/git/recover.ts';
import { type LooseObjects, makeObject } from '../../daemon/git/write-back/loose-objects.ts';
import { createSettler } from '../../daemon/git/write-back/settle.ts';
import { SimClock } from '../support/sim-clock.ts';
import { type Clone, configMap, createWorld, stored, type World } from './support/world.ts';
import { create } from './support/writes.ts';

const WAIT = { timeout: 60_000, interval: 50 };

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
const fsck = async () => (await clone.git('-C', gitDir(), 'fsck', '--full', '--strict')).exitCode;
const tip = async () => (await clone.git('-C', gitDir(), 'rev-parse', 'main')).stdout.trim();

/** A write through the API, acknowledged and settled; its git objects' paths. */
async function write(name: string): Promise<string[]> {
  await create(world, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name } });
  await world.git.engine.settled();
  return Object.keys(lastPublication(world.store)!.keep[GIT_OBJECTS]!).map((path) => join(gitDir(), 'objects', path));
}

describe('an acknowledged API write', () => {
  it.each([
    [
      'before any object was written',
      async (files: string[], before: string) => {
        await Promise.all(files.map((file) => rm(file)));
        await writeFile(main(), `${before}\n`);
      },
    ],
    [
      'with objects cut off',
      async (files: string[], before: string) => {
        await Promise.all(files.map((file) => truncate(file, 0)));
        await writeFile(main(), `${before}\n`);
      },
    ],
    [
      'before the branch moved',
      async (_files: string[], before: string) => {
        await writeFile(main(), `${before}\n`);
      },
    ],
    [
      'with the ref cut off',
      async () => {
        await truncate(main(), 0);
      },
    ],
    [
      'with the ref and the objects cut off',
      async (files: string[]) => {
        await truncate(main(), 0);
        await Promise.all(files.map((file) => truncate(file, 0)));
      },
    ],
    ['after everything', async () => {}],
  ])('survives a crash %s', async (_when, damage) => {
    const before = await tip();
    const files = await write('two');
    const { commit } = lastPublication(world.store)!;
    const { revision } = world.store;
    await world.git.stop();
    await damage(files, before);
    await world.restart();
    expect(await tip()).toBe(commit);
    expect(world.git.status()).toMatchObject({ commit, objects: 2, refused: undefined });
    expect(world.store.revision).toBe(revision);
    expect(await fsck()).toBe(0);
    await write('three');
    expect(stored(world.store, 'configmaps', 'three')).toBeDefined();
    expect(await fsck()).toBe(0);
  });

  it('survives when the host crashes before what is in the repository is on the disk', async () => {
    const before = await tip();
    const files = [...(await write('two')), ...(await write('three'))];
    const { commit } = lastPublication(world.store)!;
    await world.git.stop();
    await writeFile(main(), `${before}\n`);
    for (const file of new Set(files)) await truncate(file, 0);
    await world.restart();
    expect(await tip()).toBe(commit);
    expect(world.git.status()).toMatchObject({ commit, objects: 3 });
    expect(await fsck()).toBe(0);
  });

  it.each([
    ['nothing is lost', async () => {}],
    ['the pack is cut off', async (files: string[]) => Promise.all(files.map((file) => truncate(file, 100)))],
    ['the pack never got its name', async (files: string[]) => Promise.all(files.map((file) => rm(file)))],
  ])('survives a crash when it came with many others and is packed: %s', async (_what, damage) => {
    const before = await tip();
    const names = Array.from({ length: 20 }, (_, index) => `many-${index}`);
    await Promise.all(names.map((name) => create(world, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name } })));
    await world.git.engine.settled();
    const folder = join(gitDir(), 'objects/pack');
    const packs = (await readdir(folder)).filter((file) => file.startsWith('pack-reflet-'));
    expect(packs.length).toBeGreaterThan(0);
    const { commit } = lastPublication(world.store)!;
    await world.git.stop();
    await damage(packs.map((file) => join(folder, file)));
    await writeFile(main(), `${before}\n`);
    await world.restart();
    expect(await tip()).toBe(commit);
    expect(world.git.status()).toMatchObject({ commit, objects: 21, refused: undefined });
    const { stdout } = await clone.git('-C', gitDir(), 'rev-list', '--count', `${before}..main`);
    expect(stdout.trim()).toBe('20');
    expect(await fsck()).toBe(0);
  });

  it('is durable when git has packed it and removed the folders that it was in', async () => {
    await write('two');
    await clone.git('-C', gitDir(), 'gc', '--quiet', '--prune=now');
    const { repository, engine } = world.git;
    const settler = createSettler({ ...engine.options, repository, ids: systemIds });
    await settler.synced();
    expect(world.store.kept(GIT_OBJECTS, 0)).toEqual([]);
    settler.close();
  });

  it('is kept by the store until it is durable in the repository', async () => {
    await write('two');
    expect(world.store.kept(GIT_OBJECTS, 0)).toHaveLength(1);
    const { repository, engine } = world.git;
    const settler = createSettler({ ...engine.options, repository, ids: systemIds });
    await settler.synced();
    expect(world.store.kept(GIT_OBJECTS, 0)).toEqual([]);
    settler.close();
  });

  it('leaves one pack behind, however often the branch could not be moved', async () => {
    const lock = `${main()}.lock`;
    await writeFile(lock, '');
    const names = Array.from({ length: 7 }, (_, index) => `n${index}`);
    for (const name of names) {
      await create(world, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name } });
      if (name < 'n3') continue; // three commits are no pack yet
      const { commit } = lastPublication(world.store)!;
      const isThere = async () => expect((await clone.git('-C', gitDir(), 'cat-file', '-e', commit)).exitCode).toBe(0);
      await vi.waitFor(isThere, WAIT);
    }
    const packs = async () => (await readdir(join(gitDir(), 'objects/pack'))).filter((file) => file.endsWith('.pack'));
    await vi.waitFor(async () => expect(await packs()).toHaveLength(1), WAIT);
    await rm(lock);
    await world.git.engine.settled();
    expect(await packs()).toHaveLength(1);
    expect(await fsck()).toBe(0);
    expect(await tip()).toBe(lastPublication(world.store)!.commit);
  });

  it('that waits for the next round when all is closed is left for the next start', async () => {
    const { repository, engine } = world.git;
    const commits = [await tip()];
    for (const name of ['two', 'three']) {
      await write(name);
      commits.push(await tip());
    }
    await world.git.stop();
    await writeFile(main(), `${commits[0]}\n`);
    const clock = new SimClock();
    const settler = createSettler({ ...engine.options, repository, clock, ids: systemIds });
    const step = (at: number, objects: LooseObjects) =>
      settler.add({ parent: commits[at - 1], commit: commits[at]!, objects, inForce: undefined, revision: 1 });
    step(1, new Map());
    await settler.settled();
    const objects: LooseObjects = new Map();
    makeObject(objects, 'blob', Buffer.from('not there yet'));
    step(2, objects);
    settler.close();
    await clock.advance(1_000);
    await new Promise((resolve) => setTimeout(resolve, 200)); // nothing happens
    const [path = ''] = objects.keys();
    expect(existsSync(join(gitDir(), 'objects', path))).toBe(false);
    expect(await tip()).toBe(commits[1]);
    await world.restart();
  });

  it.each([
    ['one of them', 1],
    ['the last', 2],
  ])('goes on where an earlier try left the branch, at %s', async (_where, there) => {
    const { repository, engine } = world.git;
    const commits = [await tip()];
    for (const name of ['two', 'three']) {
      await write(name);
      commits.push(await tip());
    }
    await writeFile(main(), `${commits[there]}\n`);
    const settler = createSettler({ ...engine.options, repository, ids: systemIds });
    const step = (at: number) => ({ parent: commits[at - 1], commit: commits[at]!, objects: new Map() });
    for (const at of [1, 2]) settler.add({ ...step(at), inForce: undefined, revision: world.store.revision });
    await settler.settled();
    settler.close();
    expect(await tip()).toBe(commits[2]);
    expect((await clone.git('-C', gitDir(), 'rev-parse', '--verify', 'refs/reflet/lost')).exitCode).not.toBe(0);
  });

  it('is not acknowledged when the log fails, and leaves no commit', async () => {
    const before = await tip();
    world.log.failWith(new Error('ENOSPC'));
    await expect(
      create(world, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'lost' } }),
    ).rejects.toMatchObject({
      status: { code: 503 },
    });
    world.log.failWith(undefined);
    await write('kept');
    const { stdout } = await clone.git('-C', gitDir(), 'log', '--format=%s', `${before}..main`);
    expect(stdout.trim()).toBe('Create configmap default/kept');
    expect(stored(world.store, 'configmaps', 'lost')).toBeUndefined();
  });
});

describe('a data folder with a very long name', () => {
  it('is refused with what to do about it', async () => {
    const socketPath = `/tmp/${'x'.repeat(120)}/hooks.sock`;
    const handler = () => Promise.resolve(0);
    const handlers = { 'pre-receive': handler, 'reference-transaction': handler, 'post-receive': handler };
    await expect(startHookServer({ socketPath, handlers, log: silentLogger })).rejects.toThrow(
      /longer than 107 bytes.*--data-dir/,
    );
  });
});

describe('a push', () => {
  it('whose ref moved before it was published is published at the start', async () => {
    await clone.commit({ 'one.yaml': configMap('one', { a: '2' }) });
    await clone.git('push', '-q', 'origin', 'main:refs/heads/side');
    await world.git.stop();
    await clone.git(
      '-c',
      'core.hooksPath=/dev/null',
      '-C',
      gitDir(),
      'update-ref',
      'refs/heads/main',
      'refs/heads/side',
    );
    await world.restart();
    expect(stored(world.store, 'configmaps', 'one')).toMatchObject({ data: { a: '2' } });
  });

  it('that the log could not take is published as soon as the log can', async () => {
    world.log.failWith(new Error('ENOSPC'));
    await clone.commit({ 'one.yaml': configMap('one', { a: '3' }) });
    expect((await clone.push()).stderr).toContain('not in force yet');
    expect(stored(world.store, 'configmaps', 'one')).toMatchObject({ data: { a: '1' } });
    world.log.failWith(undefined);
    await expect.poll(() => stored(world.store, 'configmaps', 'one')?.['data']).toEqual({ a: '3' });
  });

  it('finds the branch repaired when it pointed to nothing', async () => {
    await world.git.stop();
    await writeFile(main(), `${'1'.repeat(40)}\n`);
    await world.restart();
    expect(await tip()).toBe(world.git.status().commit);
    expect(await readFile(main(), 'utf8')).toBe(`${world.git.status().commit}\n`);
    expect(stored(world.store, 'configmaps', 'one')).toBeDefined();
  });
});
