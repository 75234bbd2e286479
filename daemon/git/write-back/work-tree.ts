/**
 * The files that people see in a working repository follow the branch when reflet moves it, unless they changed them.
 */

import type { Logger } from '../../base/log.ts';
import { runGit } from '../git-command.ts';
import type { Repository } from '../repository.ts';

/** Nothing to do for a bare repository, or when another branch is checked out. */
export async function followWorkTree(
  repository: Repository,
  from: string | undefined,
  to: string,
  log: Logger,
): Promise<void> {
  if (repository.workTree === undefined) return;
  const head = await runGit(repository, ['symbolic-ref', '--quiet', 'HEAD'], { accept: [1] });
  if (head.stdout.toString('utf8').trim() !== repository.ref) return;
  const trees = from === undefined ? ['-m', to] : ['-m', from, to];
  try {
    await runGit(repository, [`--work-tree=${repository.workTree}`, 'read-tree', '-u', ...trees], {
      cwd: repository.workTree,
    });
  } catch (error) {
    log.warn(
      { error: String(error) },
      'the working tree has changes of its own and was left behind the branch; see git status',
    );
  }
}
