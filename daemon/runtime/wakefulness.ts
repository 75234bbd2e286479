/**
 * Since when this process has been running without a gap. One that was stopped, frozen or asleep saw and heard nothing, so nothing that
 * "has not happened for so long" may be concluded from before it woke.
 */

import type { Clock } from '../base/clock.ts';

const TICK_MS = 1_000;
/** A tick that is this late means that the process did not run; a busy event loop is late by much less. */
const ASLEEP_MS = 5_000;

export class Wakefulness {
  readonly #clock: Clock;
  #sinceMonotonic: number;
  #sinceWall: number;
  #lastTick: number;
  #stop: () => void = () => {};
  readonly #onWake: () => void;

  /** Starts ticking. `onWake` is called when a gap was noticed. */
  constructor(clock: Clock, onWake: () => void = () => {}) {
    this.#clock = clock;
    this.#onWake = onWake;
    this.#sinceMonotonic = clock.monotonic();
    this.#sinceWall = clock.now();
    this.#lastTick = this.#sinceMonotonic;
    this.#schedule();
  }

  /** On the monotonic clock, in ms. Notices a gap even when the timer that asks fires before the tick. */
  sinceMonotonic(): number {
    this.#notice();
    return this.#sinceMonotonic;
  }

  /** On the wall clock, in ms since the epoch. */
  sinceWall(): number {
    this.#notice();
    return this.#sinceWall;
  }

  stop(): void {
    this.#stop();
  }

  #notice(): void {
    const now = this.#clock.monotonic();
    const gap = now - this.#lastTick;
    this.#lastTick = now;
    if (gap <= TICK_MS + ASLEEP_MS) return;
    this.#sinceMonotonic = now;
    this.#sinceWall = this.#clock.now();
    this.#onWake();
  }

  #schedule(): void {
    this.#stop = this.#clock.after(TICK_MS, () => {
      this.#notice();
      this.#schedule();
    });
  }
}
