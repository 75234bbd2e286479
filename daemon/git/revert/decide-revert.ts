/**
 * What is to be done about a commit whose rollout failed. Pure.
 *
 * It is taken back once, when it is still the tip and what was in force before it is part of its history; otherwise people are asked, by a branch that
 * proposes to. Nothing is done for a commit that only waits for something else that failed: taking it back would mend nothing.
 */

import type { CommitStatus } from '../status/commit-status.ts';
import { waitsForFailure } from '../status/decide-status.ts';

export interface RevertInput {
  /** `autoRevert.enabled` of the configuration in force. */
  enabled: boolean;
  status: CommitStatus;
  /** In force now. */
  tip: string | undefined;
  /** The commit to go back to is part of the failed one's history. */
  isParentInHistory: boolean;
  /** It took an earlier commit back itself. */
  isRevert: boolean;
  /** An earlier commit with the same content that was taken back, or was proposed to be. */
  sameContent: CommitStatus | undefined;
}

export type RevertDecision =
  | { do: 'nothing' }
  | { do: 'revert' }
  | { do: 'propose'; why: string }
  /** There is nothing to propose. */
  | { do: 'tell'; why: string };

export function decideRevert(input: RevertInput): RevertDecision {
  const { enabled, status, tip, isParentInHistory, isRevert, sameContent } = input;
  const { commit, parent, objects, revertedBy, proposal } = status;
  const failed = objects.filter(({ state }) => state === 'failed');
  if (!enabled || revertedBy || proposal || parent === undefined) return { do: 'nothing' };
  if (failed.length > 0 && failed.every(waitsForFailure)) return { do: 'nothing' };
  if (isRevert) return { do: 'tell', why: 'it took an earlier commit back, and its own rollout failed too' };
  if (sameContent && sameContent.commit !== commit) {
    const why = `the same content was reverted before, as ${sameContent.commit.slice(0, 12)}`;
    return { do: 'propose', why };
  }
  if (tip !== commit) return { do: 'propose', why: `${tip?.slice(0, 12)} came into force after it` };
  if (!isParentInHistory) return { do: 'propose', why: 'what was in force before it is not part of its history' };
  return { do: 'revert' };
}
