/**
 * What the daemon says of itself at `/reflet/v1/status`: which commit is in force, and which was refused and why.
 */

import type { CommitState, CommitStatus } from '../git/status/commit-status.ts';

export interface StatusDocument {
  version: string;
  repository: string;
  ref: string;
  /** In force; undefined before the first. */
  commit?: string;
  /** How many objects come from git. */
  objects: number;
  /** How far the commit in force is; only what is not healthy is listed. */
  rollout?: {
    state: CommitState;
    times: CommitStatus['times'];
    message: string;
    objects: readonly { object: string; state: string; text: string }[];
  };
  /** A failed commit that people have to look at. */
  degraded?: { commit: string; message: string };
  refused?: { commit: string; problems: readonly string[] };
  /** Nothing new comes into force: why, until when (RFC 3339), and the admitted commit that waits. */
  suspended?: { reason: string; until?: string; waiting?: string };
  /** The remote that is followed; `unreachable` while it does not answer. Times are RFC 3339. */
  remote?: { url: string; fetched?: string; unreachable?: { since: string; tries: number; message: string } };
  revision: number;
  /** Who Secrets are encrypted for (age recipients), the daemon itself first; and what becomes of those in plain text. */
  secrets?: { recipients: readonly string[]; plainText: 'warn' | 'refuse' };
}
