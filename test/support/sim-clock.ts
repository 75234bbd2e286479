/**
 * A clock that stands still until it is told to go on; timers fire in order of their time, then of their making.
 * For unit tests and the simulation.
 */

import type { Clock, Ids, Random } from '../../daemon/base/clock.ts';
import { SAFE_ALPHABET } from '../../daemon/base/clock.ts';
import { nextTurn } from '../../daemon/base/turn.ts';

interface Timer {
  at: number;
  order: number;
  callback: () => void;
}

export class SimClock implements Clock {
  #now: number;
  #order = 0;
  readonly #timers = new Set<Timer>();

  constructor(startMs = Date.parse('2026-01-01T00:00:00Z')) {
    this.#now = startMs;
  }

  now = (): number => this.#now;
  monotonic = (): number => this.#now;

  after = (delayMs: number, callback: () => void): (() => void) => {
    const timer = { at: this.#now + delayMs, order: this.#order++, callback };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  };

  /** When the next timer is due, or undefined. */
  nextAt(): number | undefined {
    return this.#next()?.at;
  }

  #next(): Timer | undefined {
    let next: Timer | undefined;
    for (const timer of this.#timers) {
      if (!next || timer.at < next.at || (timer.at === next.at && timer.order < next.order)) next = timer;
    }
    return next;
  }

  /** Lets `ms` pass, firing what is due; between two timers everything else that can run does. */
  async advance(ms: number): Promise<void> {
    const until = this.#now + ms;
    await settle();
    for (let next = this.#next(); next && next.at <= until; next = this.#next()) {
      this.#timers.delete(next);
      this.#now = Math.max(this.#now, next.at);
      next.callback();
      const following = this.#next();
      if (!following || following.at > this.#now) await settle();
    }
    this.#now = until;
  }
}

/** Enough turns for everything that runs without the clock: a write, its watch event, the loop it wakes and that loop's write … */
export async function settle(turns = 12): Promise<void> {
  for (let turn = 0; turn < turns; turn++) await nextTurn();
}

/** mulberry32: small, fast, and the same on every machine. */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  return {
    next() {
      state = (state + 0x6d2b79f5) >>> 0;
      let t = state;
      t = Math.imul(t ^ (t >>> 15), t | 1);
      t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
      return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
    },
  };
}

export function seededIds(random: Random): Ids {
  const hex = (length: number): string =>
    Array.from({ length }, () => Math.floor(random.next() * 16).toString(16)).join('');
  return {
    uid: () => `${hex(8)}-${hex(4)}-4${hex(3)}-8${hex(3)}-${hex(12)}`,
    suffix: (length) =>
      Array.from({ length }, () => SAFE_ALPHABET[Math.floor(random.next() * SAFE_ALPHABET.length)]).join(''),
  };
}
