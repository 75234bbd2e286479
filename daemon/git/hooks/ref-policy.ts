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
import type { HookRequest, RefUpdate } from './request.ts';

/** Refs that reflet keeps for itself. */
const OWN_REFS = 'refs/reflet/';
const OPEN_REFS = ['refs/heads/', 'refs/tags/', 'refs/notes/'];

/**
 * What is wrong with the refs of a push; empty when nothing is. The tracked branch is judged object by object; all other refs are the repository's
 * own, and need a right to it.
 */
export async function refuseRefs(
  repository: Repository,
  { updates, updatesTotal }: Pick<HookRequest, 'updates' | 'updatesTotal'>,
  authorizer: Authorizer,
  user: UserInfo,
): Promise<readonly PushProblem[]> {
  if (updatesTotal > REF_UPDATES_MAX) {
    const message = `the push moves ${updatesTotal} refs at once`;
    return [{ file: '', message, expected: `at most ${REF_UPDATES_MAX}` }];
  }
  if (updates.some(({ ref }) => ref.startsWith(OWN_REFS))) {
    return [{ file: '', message: `${OWN_REFS} is reflet's own` }];
  }
  const closed = updates.find(({ ref }) => !OPEN_REFS.some((prefix) => ref.startsWith(prefix)));
  if (closed) {
    return [{ file: '', message: `${closed.ref} cannot be pushed`, expected: 'branches, tags and notes' }];
  }
  for (const update of updates.filter(({ ref }) => ref !== repository.ref)) {
    if (!refuseRepository(authorizer, user, 'update')) break;
    const verb = isProposal(update) ? 'create' : 'update';
    const forbidden = refuseRepository(authorizer, user, verb);
    if (!forbidden) continue;
    const message = `${update.ref} cannot be pushed: ${forbidden}`;
    return [{ file: '', message, expected: `${repository.ref}, or \`${verb}\` on that path` }];
  }
  const made = updates.filter(({ from, to }) => from === undefined && to !== undefined).length;
  // The tracked branch alone is the usual push, and costs no further process.
  if (made === 0 || (updates.length === 1 && updates[0]?.ref === repository.ref)) return [];
  const present = await countRefs(repository);
  if (present + made <= REFS_MAX) return [];
  const message = `the repository would hold ${present + made} refs`;
  return [{ file: '', message, expected: `at most ${REFS_MAX}; delete branches and tags that are done` }];
}

/** A branch for others to look at: it deploys nothing. Tags and notes speak of what is in force, and what is deleted is gone. */
const isProposal = ({ ref, to }: RefUpdate): boolean => ref.startsWith('refs/heads/') && to !== undefined;

async function countRefs(repository: Repository): Promise<number> {
  const { stdout } = await runGit(repository, ['for-each-ref', `--count=${REFS_MAX}`, '--format=x']);
  return stdout.length / 'x\n'.length;
}
