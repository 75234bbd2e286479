/** `kill -9` of a process that commits API writes: what was acknowledged is in the store and in git, and both agree. */

import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { run, start } from '../../daemon/base/process.ts';
import { configMap } from '../git/support/world.ts';

const ROUNDS = 6;
const CHILD = join(import.meta.dirname, '../git/support/crash-child.ts');

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'reflet-crash-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** Runs until it has acknowledged `writes` writes and is killed in the midst of the next; returns its lines: the first is `ready …`. */
async function runChild(name: string, writes: number): Promise<string[]> {
  const child = start(process.execPath, [CHILD, folder, name], { stdio: ['ignore', 'pipe', 'inherit'] });
  const lines: string[] = [];
  for await (const line of createInterface({ input: child.stdout! })) {
    lines.push(line);
    if (lines.length === 1 + writes) child.kill('SIGKILL');
  }
  return lines;
}

const git = async (...args: string[]) => run('git', [`--git-dir=${join(folder, 'data/desired.git')}`, ...args]);

describe('a killed daemon', () => {
  it('has lost no acknowledged write, and goes on', async () => {
    const acknowledged: string[] = [];
    let revision = 0;
    for (let round = 0; round < ROUNDS; round++) {
      const [ready = '', ...names] = await runChild(String(round), 1 + round * 17);
      const now = Number(ready.split(' ')[1]);
      expect(now).toBeGreaterThanOrEqual(revision);
      revision = now;
      acknowledged.push(...names);
      expect(names.length).toBeGreaterThan(0);
    }
    const { stdout } = await run(process.execPath, [CHILD, folder, 'last', 'once']);
    const [, , commit, stored = '', ledger = ''] = stdout.trim().split(' ');
    expect((await git('rev-parse', '--verify', '--quiet', 'main')).stdout.trim()).toBe(commit);
    const inStore = new Set(stored.split(','));
    const subjects = (await git('log', '--format=%s', 'main')).stdout.trim().split('\n');
    for (const name of acknowledged) {
      expect(inStore).toContain(name);
      expect(subjects.filter((subject) => subject === `Create configmap default/${name}`)).toHaveLength(1);
    }
    const files = (await git('ls-tree', '-r', '--name-only', 'main')).stdout.trim().split('\n');
    expect(new Set(files.map((file) => file.replace(/^default\/configmap-(.*)\.yaml$/, '$1')))).toEqual(inStore);
    expect((await git('log', '--reverse', '--format=%H', 'main')).stdout.trim().split('\n')).toEqual(ledger.split(','));
    expect(await git('fsck', '--full', '--strict')).toMatchObject({ exitCode: 0 });
  });

  it('in the midst of a push leaves it done or undone, and takes it again', async () => {
    const work = join(folder, 'work');
    await run(process.execPath, [CHILD, folder, 'first', 'once']);
    await run('git', ['clone', '--quiet', join(folder, 'data/desired.git'), work]);
    const clone = (...args: string[]) =>
      run('git', ['-c', 'user.name=a', '-c', 'user.email=a@b', ...args], { cwd: work });
    await clone('checkout', '--quiet', '-B', 'main');
    let revision = 0;
    for (const [round, killAfterMs] of [20, 90, 200].entries()) {
      const child = start(process.execPath, [CHILD, folder, 'push', 'serve'], { stdio: ['ignore', 'pipe', 'inherit'] });
      const [line = ''] = (await once(createInterface({ input: child.stdout! }), 'line')) as [string];
      const now = Number(line.split(' ')[1]);
      expect(now).toBeGreaterThanOrEqual(revision);
      revision = now;
      await writeFile(join(work, 'one.yaml'), configMap('one', { round: String(round) }));
      await clone('add', '-A');
      await clone('commit', '--quiet', '-m', `round ${round}`);
      const pushed = clone('push', '--quiet', 'origin', 'main');
      const ended = once(child, 'exit');
      // From before its first hook to after its last.
      setTimeout(() => child.kill('SIGKILL'), killAfterMs);
      const { exitCode } = await pushed;
      await ended;
      const tip = (await clone('rev-parse', 'HEAD')).stdout.trim();
      const { stdout } = await run(process.execPath, [CHILD, folder, 'last', 'once']);
      const [, , commit = '', , ledger = ''] = stdout.trim().split(' ');
      expect((await git('rev-parse', '--verify', '--quiet', 'main')).stdout.trim()).toBe(commit);
      if (exitCode === 0) expect(commit).toBe(tip);
      expect(ledger.split(',').at(-1)).toBe(commit); // both empty: it never came in force
      expect(await git('fsck', '--full', '--strict')).toMatchObject({ exitCode: 0 });
    }
  });
});
