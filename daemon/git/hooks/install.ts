/**
 * Puts the hook programs in place: a hosted repository takes them from a folder of reflet's own (`core.hooksPath`); in a repository of the host they
 * go among its own hooks, and a hook that somebody else put there is left alone (then only the ref's watcher sees what happens).
 */

import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import { gitText } from '../git-command.ts';
import type { Repository } from '../repository.ts';
import { HOOK_MARK, HOOK_NAMES, type HookName, renderHook } from './program.ts';

export interface InstallOptions {
  repository: Repository;
  /** For a hosted repository. */
  hooksDir: string;
  socketPath: string;
}

/** Writes the hooks; returns the names of those that could not be installed because there is a foreign one. */
export async function installHooks({ repository, hooksDir, socketPath }: InstallOptions): Promise<HookName[]> {
  const folder = repository.hosted ? hooksDir : await hooksFolderOf(repository);
  await mkdir(folder, { recursive: true });
  const program = { socketPath, ref: repository.ref, refuseWhenDown: repository.workTree === undefined };
  const foreign: HookName[] = [];
  for (const name of HOOK_NAMES) {
    const file = join(folder, name);
    const present = await readFile(file, 'utf8').catch(() => undefined);
    if (present !== undefined && !present.includes(HOOK_MARK)) foreign.push(name);
    else await replaceFile(file, renderHook(name, program));
  }
  return foreign;
}

async function hooksFolderOf(repository: Repository): Promise<string> {
  // The daemon's own settings turn hooks off; the repository's own answer is wanted here.
  const configured = await gitText(repository, ['config', '--local', '--type=path', 'core.hooksPath'], { accept: [1] });
  if (configured === '') return join(repository.gitDir, 'hooks');
  return isAbsolute(configured) ? configured : join(repository.workTree ?? repository.gitDir, configured);
}

/** A hook that runs while it is replaced runs the old or the new one. */
async function replaceFile(file: string, text: string): Promise<void> {
  const temporary = `${file}.reflet`;
  await writeFile(temporary, text, { mode: 0o755 });
  await rename(temporary, file);
}
