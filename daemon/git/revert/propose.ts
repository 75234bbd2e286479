/**
 * A branch that proposes to take a commit back, for people to merge: on top of what is in force, when that goes without a conflict.
 */

import type { GitEngine } from '../engine.ts';
import { runGit } from '../git-command.ts';

export interface Proposal {
  /** `refs/heads/reflet/revert-1a2b3c4d5e6f` */
  ref: string;
  commit: string;
  /** False: it conflicts with what came later, and is based on the failed commit itself. */
  merges: boolean;
}

/** `revert` takes `failed` back and has it as its parent; both are in the repository. */
export async function propose(
  engine: GitEngine,
  failed: string,
  revert: string,
  makeCommit: (tree: string, parent: string) => Promise<string>,
): Promise<Proposal> {
  const { repository } = engine.options;
  const { commit: tip, configuration } = engine.state;
  const ref = `refs/heads/${configuration.apiWrites.proposalPrefix}revert-${failed.slice(0, 12)}`;
  const tree = tip === undefined || tip === failed ? undefined : await mergedTree(engine, tip, revert);
  const merges = tip === failed || tree !== undefined;
  const commit = tree === undefined ? revert : await makeCommit(tree, tip!);
  await runGit(repository, ['update-ref', '-m', 'reflet: proposes to revert', ref, commit]);
  return { ref, commit, merges };
}

/** The tree of a three-way merge; undefined when it conflicts, or when this git cannot merge without a working tree. */
async function mergedTree({ options }: GitEngine, tip: string, revert: string): Promise<string | undefined> {
  const { exitCode, stdout } = await runGit(options.repository, ['merge-tree', '--write-tree', tip, revert], {
    accept: [1, 128, 129],
  });
  const tree = stdout.toString('latin1').split('\n', 1)[0]?.trim() ?? '';
  return exitCode === 0 && /^[0-9a-f]{40}$/.test(tree) ? tree : undefined;
}
