/**
 * The tracked branch's write lease: one holder at a time, first come first served, every wait bounded.
 * Who holds it is the only one to move the branch and to publish. It knows nothing of git.
 */

import type { Clock } from '../base/clock.ts';
import { LEASE_WAITERS_MAX } from './limits.ts';

export interface Lease {
  /** Idempotent. */
  release(): void;
}

export class LeaseTimeout extends Error {
  constructor(waitMs: number) {
    super(`another write to the branch did not end within ${Math.round(waitMs / 1000)} s; try again`);
    this.name = 'LeaseTimeout';
  }
}

export class WriteLease {
  readonly #clock: Clock;
  #held = false;
  readonly #waiting = new Set<() => void>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get held(): boolean {
    return this.#held;
  }

  /** Resolves when the caller holds it; rejects with {@link LeaseTimeout} after `waitMs`. */
  acquire(waitMs: number): Promise<Lease> {
    if (!this.#held) return Promise.resolve(this.#grant());
    if (this.#waiting.size >= LEASE_WAITERS_MAX) return Promise.reject(new LeaseTimeout(0));
    return new Promise((resolve, reject) => {
      const cancel = this.#clock.after(waitMs, () => {
        this.#waiting.delete(wake);
        reject(new LeaseTimeout(waitMs));
      });
      const wake = () => {
        cancel();
        resolve(this.#grant());
      };
      this.#waiting.add(wake);
    });
  }

  #grant(): Lease {
    this.#held = true;
    let open = true;
    return {
      release: () => {
        if (!open) return;
        open = false;
        this.#held = false;
        const [next] = this.#waiting;
        if (!next) return;
        this.#waiting.delete(next);
        next();
      },
    };
  }
}
