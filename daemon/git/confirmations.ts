/**
 * What people confirmed by `reflet confirm`: commits that the prune guard, or the check of signatures, would hold back. Kept in memory: what is in force
 * is never asked about again.
 */

import { CONFIRMATIONS_MAX } from './limits.ts';

/** `trust` is given only by an allowed signer's own signature; it covers the rest too. */
export type ConfirmedFor = 'prune' | 'trust';

export class Confirmations {
  readonly #confirmed = new Map<string, ConfirmedFor>();

  add(commit: string, what: ConfirmedFor): void {
    if (this.#confirmed.get(commit) === 'trust') return;
    this.#confirmed.delete(commit);
    this.#confirmed.set(commit, what);
    for (const oldest of this.#confirmed.keys()) {
      if (this.#confirmed.size <= CONFIRMATIONS_MAX) break;
      this.#confirmed.delete(oldest);
    }
  }

  covers(commit: string, what: ConfirmedFor): boolean {
    const confirmed = this.#confirmed.get(commit);
    return confirmed === what || confirmed === 'trust';
  }
}
