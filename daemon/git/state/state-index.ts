/**
 * The index of what is kept at `refs/reflet/state`: what was in force, and which parts belong together. Sealed, and read first: with it every other
 * file is known by its id, so that nothing can be exchanged or left out unseen.
 */

import type { KeptOrder } from '../rollout/holds.ts';

export const STATE_REF = 'refs/reflet/state';
/** The checkpoint before: when the newest one is damaged. */
export const STATE_BEFORE_REF = 'refs/reflet/state-before';
/** The commit in force, which the branch may have left (a rewritten history): what the next one is compared with. */
export const IN_FORCE_REF = 'refs/reflet/in-force';

export const INDEX_FILE = 'index';
export const README_FILE = 'README';

export const README_TEXT = `Written by reflet, for rebuilding a cluster from this repository: see docs/recovery.md.

ledger/   which commit was in force when, with its revisions (JSON lines)
objects/  the cluster's objects, encrypted under DIR/keys/state.key
index     what belongs together, encrypted likewise

It is replaced as the cluster changes; do not edit it.
`;

export interface StateIndex {
  version: 1;
  /** In force; undefined: nothing was published yet. */
  commit?: string;
  /** Of the store: every revision up to here may have been seen by somebody. */
  revision: number;
  timeMs: number;
  /** What of the commit's rollout was held. */
  order?: KeptOrder;
  /** Path → id of the blob, of every file but this and the README. */
  files: Record<string, string>;
  /** Path of a part → SHA-256 of its content: which parts changed since, without opening them. */
  digests: Record<string, string>;
}
