/** `--repo`: a repository of the host that people work in, on a branch of their choice. */

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
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
    await commit('one.yaml', configMap('one', { a: '1' }));
    world = await createWorld({ repositoryPath: folder });
    writeFileSync(join(folder, 'one.yaml'), configMap('one', { a: 'unfinished' }));
    await create(world, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'two' } });
    await world.git.engine.settled();
    expect(existsSync(join(folder, 'default/configmap-two.yaml'))).toBe(true);
    expect(readFileSync(join(folder, 'one.yaml'), 'utf8')).toContain('unfinished');
    expect((await git('status', '--porcelain')).trim()).toBe('M one.yaml');
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
});
