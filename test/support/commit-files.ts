/** Commits and pushes as a person at a clone does. */

import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { RunResult } from '../../daemon/base/process.ts';
import type { Clone } from './reflet.ts';

/** Writes files (undefined: removes) and commits them on top of what the daemon has. `options` are git's, before `commit`. Returns the full id. */
export async function commitFiles(
  clone: Clone,
  files: Record<string, string | undefined>,
  message = 'change',
  options: readonly string[] = [],
): Promise<string> {
  await must(clone.git('fetch', '-q', 'origin'));
  await must(clone.git('reset', '-q', '--hard', 'origin/main'));
  for (const [name, text] of Object.entries(files)) {
    const path = join(clone.folder, name);
    await mkdir(dirname(path), { recursive: true });
    if (text === undefined) await rm(path);
    else await writeFile(path, text);
  }
  await must(clone.git('add', '-A'));
  const isSigned = options.length > 0 ? ['-S'] : [];
  await must(clone.git(...options, 'commit', '-q', '--allow-empty', ...isSigned, '-m', message));
  return (await must(clone.git('rev-parse', 'HEAD'))).trim();
}

async function must(running: Promise<RunResult>): Promise<string> {
  const { exitCode, stdout, stderr } = await running;
  if (exitCode !== 0) throw new Error(stderr || stdout);
  return stdout;
}
