/**
 * Commits that came with another one and were never in force by themselves: those in the middle of a push, or of what was fetched. They have a status
 * too. It reads only, and bounds what it reads.
 */

import { readCommit } from '../commit-object.ts';
import type { GitEngine } from '../engine.ts';
import { gitText } from '../git-command.ts';
import { STATUS_PASSED_MAX } from '../limits.ts';
import type { Publication } from '../publish.ts';

/** Newest first; of very many only the newest. */
export async function passedOver(
  engine: GitEngine,
  { commit, parent, isWrite }: Pick<Publication, 'commit' | 'parent' | 'isWrite'>,
): Promise<readonly string[]> {
  if (isWrite) return []; // one commit each, which need not be in the repository yet
  const { options, reader } = engine;
  await engine.settled(); // it may stand on one that is not yet
  const { parents } = await readCommit(reader, commit);
  if (parents.every((one) => one === parent)) return []; // the usual push
  const range = parent === undefined ? [] : [`^${parent}`];
  const args = ['rev-list', '--skip=1', `--max-count=${STATUS_PASSED_MAX}`, commit, ...range, '--'];
  const text = await gitText(options.repository, args);
  return text === '' ? [] : text.split('\n');
}
