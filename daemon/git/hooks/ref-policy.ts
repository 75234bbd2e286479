/**
 * Which refs a push may move at all, the tracked branch's manifests aside: branches, tags and notes, in numbers that git and the disk bear.
 * Replace refs, refs of other tools and ref bombs are refused before anything else is looked at. Must not judge commits.
 */

import type { Authorizer, UserInfo } from '../../auth/user.ts';
import { refuseRepository } from '../authorize-push.ts';
import { runGit } from '../git-command.ts';
import { REF_UPDATES_MAX, REFS_MAX } from '../limits.ts';
import type { PushProblem } from '../problem.ts';
import type { Repository } from '../repository.ts';
import type { RefUpdate } from './request.ts';

/** Refs that reflet keeps for itself. */
const OWN_REFS = 'refs/reflet/';
const OPEN_REFS = ['refs/heads/', 'refs/tags/', 'refs/notes/'];

/**
 * What is wrong with the refs of a push; empty when nothing is. The tracked branch is judged object by object; all other refs are the repository's
 * own, and need the right to update it.
 */
export async function refuseRefs(
  repository: Repository,
  updates: readonly RefUpdate[],
  authorizer: Authorizer,
  user: UserInfo,
): Promise<readonly PushProblem[]> {
  if (updates.some(({ ref }) => ref.startsWith(OWN_REFS))) {
    return [{ file: '', message: `${OWN_REFS} is reflet's own` }];
  }
  const closed = updates.find(({ ref }) => !OPEN_REFS.some((prefix) => ref.startsWith(prefix)));
  if (closed) {
    return [{ file: '', message: `${closed.ref} cannot be pushed`, expected: 'branches, tags and notes' }];
  }
  const other = updates.find(({ ref }) => ref !== repository.ref);
  const forbidden = other && refuseRepository(authorizer, user, 'update');
  if (forbidden) {
    const message = `${other.ref} cannot be pushed: ${forbidden}`;
    return [{ file: '', message, expected: `${repository.ref}, or \`update\` on that path` }];
  }
  if (updates.length > REF_UPDATES_MAX) {
    const message = `the push moves ${updates.length} refs at once`;
    return [{ file: '', message, expected: `at most ${REF_UPDATES_MAX}` }];
  }
  const made = updates.filter(({ from, to }) => from === undefined && to !== undefined).length;
  // The tracked branch alone is the usual push, and costs no further process.
  if (made === 0 || (updates.length === 1 && updates[0]?.ref === repository.ref)) return [];
  const present = await countRefs(repository);
  if (present + made <= REFS_MAX) return [];
  const message = `the repository would hold ${present + made} refs`;
  return [{ file: '', message, expected: `at most ${REFS_MAX}; delete branches and tags that are done` }];
}

async function countRefs(repository: Repository): Promise<number> {
  const { stdout } = await runGit(repository, ['for-each-ref', `--count=${REFS_MAX}`, '--format=x']);
  return stdout.length / 'x\n'.length;
}
