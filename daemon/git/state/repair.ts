/**
 * Clears a damaged checkpoint away, so that it can be written anew out of the store. Only what nobody can use is removed: the refs of the checkpoint,
 * and object files without content, which a crash leaves and which are no objects.
 */

import { readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { runGit } from '../git-command.ts';
import { hasCommit, type Repository } from '../repository.ts';
import { IN_FORCE_REF, STATE_BEFORE_REF, STATE_REF } from './state-index.ts';

export async function clearDamagedState(repository: Repository): Promise<void> {
  if (repository.hosted) await removeEmptyObjects(repository.gitDir);
  for (const ref of [STATE_REF, STATE_BEFORE_REF]) await removeRef(repository, ref);
  const inForce = await readLoose(repository, IN_FORCE_REF);
  if (inForce !== undefined && !(await isUsable(repository, inForce))) await removeRef(repository, IN_FORCE_REF);
}

const isUsable = async (repository: Repository, text: string): Promise<boolean> =>
  /^[0-9a-f]{40}\n?$/.test(text) && (await hasCommit(repository, text.trim()));

const readLoose = (repository: Repository, ref: string): Promise<string | undefined> =>
  readFile(join(repository.gitDir, ref), 'latin1').catch(() => undefined);

/** git removes no ref that it cannot read. */
async function removeRef(repository: Repository, ref: string): Promise<void> {
  const loose = await readLoose(repository, ref);
  if (loose !== undefined && !/^[0-9a-f]{40}\n?$/.test(loose)) await rm(join(repository.gitDir, ref), { force: true });
  await runGit(repository, ['update-ref', '-d', ref], { accept: [1, 128] });
}

async function removeEmptyObjects(gitDir: string): Promise<void> {
  const root = join(gitDir, 'objects');
  for (const folder of (await readdir(root)).filter((name) => /^[0-9a-f]{2}$/.test(name))) {
    for (const name of await readdir(join(root, folder))) {
      const path = join(root, folder, name);
      const info = await stat(path).catch(() => undefined);
      if (info?.isFile() && info.size === 0) await rm(path, { force: true });
    }
  }
}
