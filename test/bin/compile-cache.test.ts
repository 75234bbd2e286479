/** What Node compiled is kept for the next start, in a directory that only this user can write to. */

import { chmod, mkdir, mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { run } from '../../daemon/base/process.ts';

const REFLET = join(import.meta.dirname, '../../daemon/bin/reflet.mjs');
let home: string;

const reflet = () => run(process.execPath, [REFLET, '--version'], { env: { HOME: home } });
const kept = () => readdir(join(home, '.cache', 'reflet')).catch(() => []);

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'reflet-home-'));
});
afterEach(() => rm(home, { recursive: true, force: true }));

it('is kept under the home, for nobody else to see', async () => {
  expect((await reflet()).exitCode).toBe(0);
  expect(await kept()).not.toEqual([]);
  expect((await stat(join(home, '.cache', 'reflet'))).mode & 0o777).toBe(0o700);
  expect((await reflet()).exitCode).toBe(0);
});

it('is neither kept nor read where others can write', async () => {
  await mkdir(join(home, '.cache', 'reflet'), { recursive: true });
  await chmod(join(home, '.cache', 'reflet'), 0o777);
  expect((await reflet()).exitCode).toBe(0);
  expect(await kept()).toEqual([]);
});

it('a home that does not exist changes nothing', async () => {
  await rm(home, { recursive: true });
  expect(await reflet()).toMatchObject({ exitCode: 0, stderr: '' });
  await expect(stat(home)).rejects.toThrow('ENOENT');
});
