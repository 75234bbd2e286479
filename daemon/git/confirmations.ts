/**
 * What people confirmed by `reflet confirm`: commits that the prune guard, or the check of signatures, would hold back. Kept in a file of the data
 * directory (one line each: commit, what for): a confirmation that was taken outlives a restart, while its commit has yet to come.
 */

import { readIfPresent, writeSecretFile } from '../base/secret-file.ts';
import { CONFIRMATIONS_MAX } from './limits.ts';

/** `trust` is given only by an allowed signer's own signature; it covers the rest too. */
export type ConfirmedFor = 'prune' | 'trust';

export interface Confirmations {
  /** Durable when it resolves. */
  add(commit: string, what: ConfirmedFor): Promise<void>;
  covers(commit: string, what: ConfirmedFor): boolean;
}

const LINE = /^([0-9a-f]{40}) (prune|trust)$/;

export async function openConfirmations(file: string): Promise<Confirmations> {
  const text = (await readIfPresent(file)) ?? '';
  const confirmed = new Map<string, ConfirmedFor>();
  for (const line of text.split('\n')) {
    const [, commit, what] = LINE.exec(line) ?? [];
    if (commit) confirmed.set(commit, what as ConfirmedFor);
  }
  return {
    async add(commit, what) {
      if (confirmed.get(commit) === 'trust' || confirmed.get(commit) === what) return;
      confirmed.delete(commit);
      confirmed.set(commit, what);
      for (const oldest of confirmed.keys()) {
        if (confirmed.size <= CONFIRMATIONS_MAX) break;
        confirmed.delete(oldest);
      }
      try {
        await writeSecretFile(file, [...confirmed].map((entry) => `${entry.join(' ')}\n`).join(''));
      } catch (error) {
        confirmed.delete(commit); // what was not kept was not confirmed
        throw error;
      }
    },
    covers(commit, what) {
      const given = confirmed.get(commit);
      return given === what || given === 'trust';
    },
  };
}
