/** Trees that no honest git makes: refused, nothing run, nothing shown. */

import { access, writeFile } from 'node:fs/promises';
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
  it.each(['..', '.', '.git', '.GIT', 'git~1', 'GIT~1'])('with an entry %j is refused', async (name) => {
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

  it('with a link to another tenant’s manifest is refused, and a link among folders leads nowhere', async () => {
    await clone.commit({ 'team-b/secret.yaml': configMap('theirs', { password: 'hunter2' }) });
    expect((await clone.push()).exitCode).toBe(0);
    const { stderr, exitCode } = await pushTree([
      { mode: '120000', name: 'mine.yaml', id: await hash('team-b/secret.yaml') },
      { mode: '120000', name: 'folder', id: await hash('team-b') },
    ]);
    expect(exitCode).not.toBe(0);
    expect(stderr).toContain('mine.yaml: symbolic links are not followed');
    expect(stderr).not.toContain('hunter2');
    expect(world.git.status().objects).toBe(2);
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

describe('what git could be made to run or fetch', () => {
  const marker = () => join(world.folder, 'marker');
  const wasRun = () =>
    access(marker()).then(
      () => true,
      () => false,
    );

  it.each([
    ['a transport that runs a program', () => `ext::touch ${marker()}`],
    ['an option of upload-pack', () => `-u./evil`],
    ['a local repository', () => `--upload-pack=touch ${marker()}`],
  ])('.gitmodules with %s: refused or left alone, and nothing runs', async (_what, url) => {
    await clone.commit({ '.gitmodules': `[submodule "x"]\n\tpath = sub\n\turl = ${url()}\n` });
    await clone.push();
    expect(await wasRun()).toBe(false);
    const { stderr, exitCode } = await pushTree([{ mode: '160000', name: 'sub', id: '1'.repeat(40) }]);
    expect(exitCode).not.toBe(0);
    expect(stderr).toMatch(/submodules are not followed|fsck|gitmodules/i);
    expect(await wasRun()).toBe(false);
  });

  it('a hook, a filter and a merge driver in the tree are files like others', async () => {
    const program = `#!/bin/sh\ntouch ${marker()}\n`;
    await clone.commit({
      'hooks/post-receive': program,
      'hooks/update': program,
      '.githooks/pre-receive': program,
      config: `[core]\n\tfsmonitor = touch ${marker()}\n[filter "evil"]\n\tsmudge = touch ${marker()}\n`,
      '.gitattributes': '* filter=evil diff=evil merge=evil\n',
      'one.yaml': configMap('one', { a: '3' }),
    });
    expect((await clone.push()).exitCode).toBe(0);
    expect(stored(world.store, 'configmaps', 'one')).toMatchObject({ data: { a: '3' } });
    expect(await wasRun()).toBe(false);
  });

  it('a pointer of LFS is no manifest, and is not followed', async () => {
    await clone.commit({
      '.lfsconfig': `[lfs]\n\turl = ext::touch ${marker()}\n`,
      'big.yaml': `version https://git-lfs.github.com/spec/v1\noid sha256:${'a'.repeat(64)}\nsize 12345\n`,
    });
    const { stderr, exitCode } = await clone.push();
    expect(exitCode).not.toBe(0);
    expect(stderr).toContain('big.yaml:1:');
    expect(await wasRun()).toBe(false);
  });
});

describe('hostile YAML', () => {
  it('is refused whole, each file with its place, while the event loop turns', async () => {
    const laughs = Array.from(
      { length: 9 },
      (_, level) => `a${level + 1}: &a${level + 1} [${`*a${level},`.repeat(9)}]`,
    );
    await clone.commit({
      'aliases.yaml': `a0: &a0 [x,x]\n${laughs.join('\n')}\n`,
      'nesting.yaml': `a: ${'['.repeat(5_000)}${']'.repeat(5_000)}\n`,
      'keys.yaml': `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: keys}\ndata:\n${Array.from({ length: 250_000 }, (_, key) => `  k${key}: ""`).join('\n')}\n`,
      'twice.yaml': `${configMap('twice', { a: '1' })}kind: ConfigMap\n`,
    });
    let turns = 0;
    const ticker = setInterval(() => turns++, 1);
    const { stderr, exitCode } = await clone.push();
    clearInterval(ticker);
    expect(exitCode).not.toBe(0);
    for (const file of ['aliases', 'nesting', 'keys', 'twice'])
      expect(stderr).toMatch(new RegExp(`reflet: ${file}\\.yaml:\\d+:\\d+`));
    expect(stderr).toContain('the key "kind" is given twice');
    expect(turns).toBeGreaterThan(20);
    expect(world.git.status().objects).toBe(1);
  });

  it('with 40,000 keys is refused as the API refuses it: judging them would hold up everybody', async () => {
    const keys = Object.fromEntries(Array.from({ length: 40_000 }, (_, key) => [`k${key}`, '']));
    await clone.commit({ 'keys.yaml': configMap('keys', keys) });
    expect((await clone.push()).stderr).toContain('keys.yaml:1:1: this object has more than 30000 values');
    expect(world.git.status().objects).toBe(1);
  });
});

describe('refs', () => {
  /** But for reflet's own notes, which follow each publication in their own time. */
  const refs = async () => {
    const { stdout } = await run('git', ['for-each-ref'], { cwd: world.git.repository.gitDir });
    return stdout.replace(/^.*refs\/notes\/reflet\n/m, '');
  };

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
