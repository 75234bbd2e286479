/** `--repo`: a repository of the host that people work in, on a branch of their choice. */

import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { run } from '../../daemon/base/process.ts';
import { configMap, createWorld, stored, type World } from './support/world.ts';
import { create } from './support/writes.ts';

let folder: string;
let world: World | undefined;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'reflet-repo-'));
  await git('init', '-q', '-b', 'main');
  await git('config', 'user.name', 'Ada');
  await git('config', 'user.email', 'ada@example.org');
});
afterEach(async () => {
  await world?.close();
  world = undefined;
  await rm(folder, { recursive: true, force: true });
});

async function git(...args: string[]): Promise<string> {
  const { exitCode, stdout, stderr } = await run('git', args, { cwd: folder });
  if (exitCode !== 0) throw new Error(stderr);
  return stdout;
}

async function commit(name: string, text: string): Promise<void> {
  writeFileSync(join(folder, name), text);
  await git('add', '-A');
  await git('commit', '-q', '-m', name);
}

const COMMITS = 'apiVersion: reflet.dev/v1\nkind: Configuration\napiWrites: {mode: commit}\n';

describe('a working repository', () => {
  it('is deployed at the start and with every commit; a bad commit is refused', async () => {
    await commit('one.yaml', configMap('one', { a: '1' }));
    world = await createWorld({ repositoryPath: folder });
    expect(stored(world.store, 'configmaps', 'one')).toMatchObject({ data: { a: '1' } });
    await commit('one.yaml', configMap('one', { a: '2' }));
    expect(stored(world.store, 'configmaps', 'one')).toMatchObject({ data: { a: '2' } });
    await expect(commit('one.yaml', configMap('one', { 'bad key': '2' }))).rejects.toThrow(
      /one\.yaml:7:3: .*Invalid value/,
    );
    expect((await git('log', '--format=%s')).trim().split('\n')).toHaveLength(2);
  });

  it('sees API writes in its files, and keeps what people are in the middle of', async () => {
    await commit('reflet.yaml', COMMITS);
    await commit('one.yaml', configMap('one', { a: '1' }));
    world = await createWorld({ repositoryPath: folder });
    writeFileSync(join(folder, 'one.yaml'), configMap('one', { a: 'unfinished' }));
    await create(world, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'two' } });
    await world.git.engine.settled();
    expect(existsSync(join(folder, 'default/configmap-two.yaml'))).toBe(true);
    expect(readFileSync(join(folder, 'one.yaml'), 'utf8')).toContain('unfinished');
    expect((await git('status', '--porcelain')).trim()).toBe('M one.yaml');
  });

  it('is followed: a person’s write is proposed as a branch unless the configuration says otherwise', async () => {
    await commit('one.yaml', configMap('one', { a: '1' }));
    world = await createWorld({ repositoryPath: folder });
    const write = () => create(world!, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'two' } });
    const refused = await write().catch((error: Error) => error.message);
    const branch = /configmaps "two" is forbidden: .* as branch (reflet\/alice-[0-9a-f]{10}) /.exec(
      String(refused),
    )?.[1];
    expect(await git('show', `${branch}:default/configmap-two.yaml`)).toContain('name: two');
    expect((await git('log', '--format=%an %s', '-1', branch!)).trim()).toBe('alice Create configmap default/two');
    await expect(write()).rejects.toThrow(branch);
    expect((await git('branch', '--list', 'reflet/*')).trim()).toBe(branch);
    expect(stored(world.store, 'configmaps', 'two')).toBeUndefined();
    expect(existsSync(join(folder, 'default/configmap-two.yaml'))).toBe(false);
  });

  it('lets people commit while reflet is down, and catches up', async () => {
    await commit('one.yaml', configMap('one', { a: '1' }));
    world = await createWorld({ repositoryPath: folder });
    await world.git.stop();
    await commit('one.yaml', configMap('one', { a: '3' }));
    await world.restart();
    expect(stored(world.store, 'configmaps', 'one')).toMatchObject({ data: { a: '3' } });
  });

  it('may be rolled back by reset', async () => {
    await commit('one.yaml', configMap('one', { a: '1' }));
    world = await createWorld({ repositoryPath: folder });
    await commit('one.yaml', configMap('one', { a: '2' }));
    await git('reset', '-q', '--hard', 'HEAD~1');
    expect(stored(world.store, 'configmaps', 'one')).toMatchObject({ data: { a: '1' } });
  });

  it('sees moves past its hooks: a branch that appears, in a folder of its own, packed or not', async () => {
    await commit('one.yaml', configMap('one', { a: '1' }));
    world = await createWorld({ repositoryPath: folder, branch: 'live/eu' });
    expect(stored(world.store, 'configmaps', 'one')).toBeUndefined();
    const past = (...args: string[]) => git('-c', 'core.hooksPath=/dev/null', ...args);
    const value = () => stored(world!.store, 'configmaps', 'one')?.['data'];
    await past('checkout', '-q', '-b', 'live/eu');
    await expect.poll(value, { timeout: 10_000 }).toEqual({ a: '1' });
    await past('pack-refs', '--all', '--prune');
    writeFileSync(join(folder, 'one.yaml'), configMap('one', { a: '2' }));
    await past('commit', '-qam', 'Two');
    await expect.poll(value, { timeout: 10_000 }).toEqual({ a: '2' });
  });

  it('may be a linked worktree', async () => {
    await commit('one.yaml', configMap('one', { a: '1' }));
    const linked = `${folder}-linked`;
    await git('worktree', 'add', '-q', '-b', 'side', linked);
    try {
      world = await createWorld({ repositoryPath: linked, branch: 'side' });
      expect(stored(world.store, 'configmaps', 'one')).toMatchObject({ data: { a: '1' } });
      writeFileSync(join(linked, 'one.yaml'), configMap('one', { a: '2' }));
      await git('-C', linked, 'commit', '-qam', 'Two');
      expect(stored(world.store, 'configmaps', 'one')).toMatchObject({ data: { a: '2' } });
    } finally {
      await rm(linked, { recursive: true, force: true });
    }
  });

  it('with refs that cannot be read is refused by name', async () => {
    mkdirSync(join(folder, '.git', 'reftable'));
    await expect(createWorld({ repositoryPath: folder })).rejects.toThrow(/reftable format .* git .* refs migrate/);
  });
});
