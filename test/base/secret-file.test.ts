/** Private files: nobody else can read them, whatever lay there before. */

import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { readIfPresent, writeSecretFile } from '../../daemon/base/secret-file.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'reflet-secret-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

it('is for its owner alone, also where a crash left half of one that others may read', async () => {
  const path = join(folder, 'key');
  await writeFile(`${path}.tmp`, 'half of an older, longer one', { mode: 0o644 });
  expect(await readIfPresent(path)).toBeUndefined();
  await writeSecretFile(path, 'new');
  expect(await readFile(path, 'utf8')).toBe('new');
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  expect(await readdir(folder)).toEqual(['key']);
});
