/** Trees that no honest git makes: refused, nothing run, nothing shown. */

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { run } from '../../daemon/base/process.ts';
import { type Clone, configMap, createWorld, stored, type World } from './support/world.ts';

let world: World;
let clone: Clone;
beforeEach(async () => {
  world = await createWorld();
  clone = await world.clone('a');
  await clone.commit({ 'one.yaml': configMap('one', { a: '1' }) });
  await clone.push();
});
afterEach(() => world.close());

async function hash(content: string, type = 'blob'): Promise<string> {
  const args = ['hash-object', '-w', '-t', type, '--literally', '--stdin'];
  return (await run('git', args, { cwd: clone.folder, input: content })).stdout.trim();
}

/** Pushes a commit whose tree has the honest file and these entries. */
async function pushTree(entries: { mode: string; name: Buffer | string; id: string }[]) {
  const honest = { mode: '100644', name: 'one.yaml', id: await hash(configMap('one', { a: '1' })) };
  const parts = [...entries, honest]
    .map(({ mode, name, id }) => ({ mode, name: Buffer.from(name as string), id }))
    .sort((a, b) => Buffer.compare(a.name, b.name))
    .map(({ mode, name, id }) =>
      Buffer.concat([Buffer.from(`${mode} `), name, Buffer.from([0]), Buffer.from(id, 'hex')]),
    );
  const file = join(clone.folder, '..', 'tree');
  await writeFile(file, Buffer.concat(parts));
  const made = await clone.git('hash-object', '-w', '-t', 'tree', '--literally', file);
  const commit = await clone.git('commit-tree', made.stdout.trim(), '-p', 'HEAD', '-m', 'hostile');
  const id = commit.stdout.trim();
  if (!id) throw new Error(commit.stderr + made.stderr);
  return clone.git('push', 'origin', `${id}:refs/heads/main`);
}

describe('a hostile tree', () => {
  it.each(['..', '.', '.git', '.GIT', 'git~1'])('with an entry %j is refused', async (name) => {
    const folder = (await clone.git('rev-parse', 'HEAD^{tree}')).stdout.trim();
    const { exitCode, stderr } = await pushTree([{ mode: '40000', name, id: folder }]);
    expect(exitCode).not.toBe(0);
    expect(stderr).toMatch(/rejected|fsck|refused/);
    expect(world.git.status().objects).toBe(1);
  });

  it('with one name twice is refused', async () => {
    const id = await hash(configMap('two', { a: '1' }));
    expect(
      (
        await pushTree([
          { mode: '100644', name: 'two.yaml', id },
          { mode: '100644', name: 'two.yaml', id },
        ])
      ).exitCode,
    ).not.toBe(0);
  });

  it('with a manifest that is a link is refused without showing what it points to', async () => {
    const { stderr, exitCode } = await pushTree([
      { mode: '120000', name: 'shadow.yaml', id: await hash('/etc/shadow') },
    ]);
    expect(exitCode).not.toBe(0);
    expect(stderr).toContain('shadow.yaml: symbolic links are not followed');
    expect(stderr).not.toContain('root:');
  });

  it('with a submodule is refused', async () => {
    const { stderr } = await pushTree([{ mode: '160000', name: 'sub', id: '1'.repeat(40) }]);
    expect(stderr).toContain('sub: submodules are not followed');
  });

  it('with a name that is no UTF-8 or holds control characters is refused, and shown harmlessly', async () => {
    const id = await hash('x');
    expect((await pushTree([{ mode: '100644', name: Buffer.from([0xff, 0x2e]), id }])).stderr).toContain(
      'the path is not UTF-8',
    );
    const { stderr } = await pushTree([{ mode: '100644', name: 'a\u001b[31mred', id }]);
    expect(stderr).toContain('a\\x1b[31mred: the path holds control characters');
  });

  it('with a file that is too large is refused', async () => {
    const id = await hash(`# ${'x'.repeat(5 << 20)}\n`);
    expect((await pushTree([{ mode: '100644', name: 'big.yaml', id }])).stderr).toMatch(
      /big\.yaml: the file has 5242883 bytes; expected: at most 4194304/,
    );
  });

  it('with attributes that name filters runs none of them', async () => {
    await clone.commit({
      '.gitattributes': '*.yaml filter=evil diff=evil textconv\n',
      'one.yaml': configMap('one', { a: '2' }),
    });
    expect((await clone.push()).exitCode).toBe(0);
    expect(stored(world.store, 'configmaps', 'one')).toMatchObject({ data: { a: '2' } });
  });
});

describe('refs', () => {
  const refs = async () => (await run('git', ['for-each-ref'], { cwd: world.git.repository.gitDir })).stdout;

  it('of other kinds than branches, tags and notes cannot be pushed', async () => {
    const before = await refs();
    const head = (await clone.git('rev-parse', 'HEAD')).stdout.trim();
    for (const ref of [`refs/replace/${head}`, 'refs/remotes/x/main', 'refs/worktree/x']) {
      const { exitCode, stderr } = await clone.git('push', 'origin', `HEAD:${ref}`);
      expect(exitCode).not.toBe(0);
      expect(stderr).toContain('expected: branches, tags and notes');
    }
    expect(await refs()).toBe(before);
    expect((await clone.git('push', 'origin', 'HEAD:refs/tags/v1')).exitCode).toBe(0);
  });

  it('in great number are refused before any is made', async () => {
    const before = await refs();
    const many = Array.from({ length: 101 }, (_, number) => `HEAD:refs/heads/x${number}`);
    const { exitCode, stderr } = await clone.git('push', 'origin', ...many);
    expect(exitCode).not.toBe(0);
    expect(stderr).toContain('the push moves 101 refs at once');
    expect(await refs()).toBe(before);
  });

  it('are not more than the repository bears', async () => {
    const id = (await clone.git('rev-parse', 'HEAD')).stdout.trim();
    const packed = Array.from(
      { length: 9_999 },
      (_, number) => `${id} refs/heads/y${String(number).padStart(4, '0')}\n`,
    );
    await writeFile(
      join(world.git.repository.gitDir, 'packed-refs'),
      `# pack-refs with: peeled fully-peeled sorted \n${packed.join('')}`,
    );
    const { exitCode, stderr } = await clone.git('push', 'origin', 'HEAD:refs/heads/z');
    expect(exitCode).not.toBe(0);
    expect(stderr).toContain('the repository would hold 10001 refs');
  });
});

describe("reflet's own refs", () => {
  it('cannot be pushed', async () => {
    const { exitCode } = await clone.git('push', 'origin', 'HEAD:refs/reflet/state');
    expect(exitCode).not.toBe(0);
  });
});
