/** What a crash, a full disk or a damaged repository leaves behind, and what becomes of it. */

import { readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { silentLogger } from '../../daemon/base/log.ts';
import { startHookServer } from '../../daemon/git/hooks/server.ts';
import { lastPublication } from '../../daemon/git/recover.ts';
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
const fsck = async () => (await clone.git('-C', gitDir(), 'fsck', '--full', '--strict')).exitCode;
const tip = async () => (await clone.git('-C', gitDir(), 'rev-parse', 'main')).stdout.trim();

/** A write through the API, acknowledged and settled; its git objects' paths. */
async function write(name: string): Promise<string[]> {
  await create(world, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name } });
  await world.git.engine.settled();
  return Object.keys(lastPublication(world.store)!.objects!).map((path) => join(gitDir(), 'objects', path));
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
    await expect.poll(() => stored(world.store, 'configmaps', 'one')?.['data'], { timeout: 8_000 }).toEqual({ a: '3' });
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
