/**
 * Objects that exist for one plan only: what a person has not pushed yet, sent as a pack, and the merge of a branch. They lie in a folder beside the
 * repository, which git looks into first, and which is removed afterwards. Nothing of the repository changes.
 */

import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../base/clock.ts';
import { badRequest } from '../base/status.ts';
import type { Quarantine } from '../git/engine.ts';
import { GitError, gitText, runGit } from '../git/git-command.ts';
import type { ObjectReader } from '../git/object-reader.ts';
import { createQuarantineReader } from '../git/quarantine-reader.ts';
import type { Repository } from '../git/repository.ts';

/** A pull request's objects: manifests, not binaries. */
export const PACK_BYTES_MAX = 32 << 20;

export interface PlanObjects {
  readonly objects: Readonly<Record<string, string>>;
  /** Throws 400 for what is no pack. */
  unpack(pack: Uint8Array): Promise<void>;
  open(reader: ObjectReader, clock: Clock): Promise<Quarantine>;
  remove(): Promise<void>;
}

export async function createPlanObjects(repository: Repository, directory: string): Promise<PlanObjects> {
  const folder = await mkdtemp(join(directory, 'plan-'));
  const objects = {
    GIT_OBJECT_DIRECTORY: folder,
    GIT_ALTERNATE_OBJECT_DIRECTORIES: join(repository.gitDir, 'objects'),
  };
  return {
    objects,
    async unpack(pack) {
      try {
        const args = ['index-pack', '--stdin', '--fix-thin', '--strict', `--max-input-size=${PACK_BYTES_MAX}`];
        await runGit(repository, args, { input: pack, objects });
      } catch (error) {
        if (!(error instanceof GitError)) throw error;
        throw badRequest(`the objects that were sent cannot be used: ${error.message}`);
      }
    },
    async open(reader, clock) {
      return { reader: await createQuarantineReader(repository, folder, reader, { clock, objects }), objects };
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

const IDENTITY = ['reflet', 'reflet@localhost'];

/**
 * The commit that merging `theirs` into `ours` gives, made among the plan's objects; the files that contradict each other when there is none.
 */
export async function mergeCommits(
  repository: Repository,
  objects: Readonly<Record<string, string>>,
  ours: string,
  theirs: string,
): Promise<{ commit: string } | { conflicts: string[] }> {
  const { exitCode, stdout } = await runGit(
    repository,
    ['merge-tree', '--write-tree', '--name-only', '--no-messages', '-z', ours, theirs],
    { objects, accept: [1] },
  );
  const [tree = '', ...conflicts] = stdout.toString('utf8').split('\0').filter(Boolean);
  if (exitCode !== 0) return { conflicts };
  const [name = '', email = ''] = IDENTITY;
  const settings = ['-c', `user.name=${name}`, '-c', `user.email=${email}`];
  const message = `Merge ${theirs.slice(0, 12)}`;
  const args = [...settings, 'commit-tree', tree, '-p', ours, '-p', theirs, '-m', message];
  return { commit: await gitText(repository, args, { objects }) };
}
