/**
 * Content that failed and was taken back is not applied once more by accident: it takes a trailer that says that it is meant. Pure.
 */

import { trailersOf } from '../commit-object.ts';
import type { PushProblem } from '../problem.ts';
import type { CommitStatus } from '../status/commit-status.ts';
import { OVERRIDE_TRAILER } from './message.ts';

/** Fewer digits could mean another commit. */
const ID_DIGITS_MIN = 7;

export function refuseContent(failed: CommitStatus, message: string): PushProblem | undefined {
  const { commit, revertedBy = '' } = failed;
  const isMeant = trailersOf(message).some(
    ({ key, value }) =>
      key === OVERRIDE_TRAILER.toLowerCase() &&
      (value === 'all' || (value.length >= ID_DIGITS_MIN && commit.startsWith(value))),
  );
  if (isMeant) return undefined;
  return {
    file: '',
    message: `this is the content of ${commit.slice(0, 12)}, whose rollout failed and was reverted by ${revertedBy.slice(0, 12)}`,
    expected: `a change that mends it; if it is meant: the trailer "${OVERRIDE_TRAILER}: ${commit.slice(0, 12)}" in the commit's message`,
  };
}
