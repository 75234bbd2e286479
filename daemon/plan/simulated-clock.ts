/**
 * A clock that stands still until it is told to go on, with chance and ids that follow from a seed: under these the loops run the same way every
 * time. For plans, and for tests and the simulation.
 */

import { type Clock, type Ids, type Random, SAFE_ALPHABET } from '../base/clock.ts';
import { nextTurn } from '../base/turn.ts';

interface Timer {
  at: number;
  order: number;
  /** Undefined once it was cancelled. */
  callback: (() => void) | undefined;
}

export class SimClock implements Clock {
  #now: number;
  #order = 0;
  /** Sorted by time, then by their making; cancelled ones stay until their time. */
  readonly #timers: Timer[] = [];

  constructor(startMs = Date.parse('2026-01-01T00:00:00Z')) {
    this.#now = startMs;
  }

  now = (): number => this.#now;
  monotonic = (): number => this.#now;

  after = (delayMs: number, callback: () => void): (() => void) => {
    const timer: Timer = { at: this.#now + delayMs, order: this.#order++, callback };
    this.#timers.splice(this.#placeOf(timer), 0, timer);
    return () => {
      timer.callback = undefined;
    };
  };

  /** When the next timer is due, or undefined. */
  nextAt(): number | undefined {
    while (this.#timers.length > 0 && !this.#timers[0]!.callback) this.#timers.shift();
    return this.#timers[0]?.at;
  }

  /** Goes on to the next timer's time and fires it, and nothing else; false when there is none. */
  fireNext(): boolean {
    if (this.nextAt() === undefined) return false;
    const timer = this.#timers.shift()!;
    this.#now = Math.max(this.#now, timer.at);
    timer.callback!();
    return true;
  }

  /** Lets `ms` pass, firing what is due; between two timers everything else that can run does. */
  async advance(ms: number): Promise<void> {
    const until = this.#now + ms;
    await settle();
    for (let next = this.nextAt(); next !== undefined && next <= until; next = this.nextAt()) {
      this.fireNext();
      const following = this.nextAt();
      if (following === undefined || following > this.#now) await settle();
    }
    this.#now = until;
  }

  #placeOf({ at }: Timer): number {
    let low = 0;
    let high = this.#timers.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#timers[middle]!.at <= at) low = middle + 1;
      else high = middle;
    }
    return low;
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
