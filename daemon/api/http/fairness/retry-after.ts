/**
 * How long a refused client is told to wait: longer while a level refuses much, shorter again when it does not
 * (`apiserver/pkg/util/flowcontrol/dropped_requests_tracker.go`).
 */

/** Seconds; the bounds of what is told. */
const MIN = 1;
const MAX = 32;
/** Refusals a second, in the time that was last told, at which it doubles and below which it shrinks. */
const MANY = 3;
const FEW = 1;

export class RetryAfter {
  #seconds = MIN;
  #changedAt = 0;
  #refused = 0;

  /** Counts one refusal at `nowMs` (monotonic); returns the seconds to tell. */
  refuse(nowMs: number): number {
    this.#refused++;
    const passed = (nowMs - this.#changedAt) / 1000;
    if (passed < this.#seconds) return this.#seconds;
    const rate = this.#refused / passed;
    if (rate >= MANY) this.#seconds = Math.min(this.#seconds * 2, MAX);
    else if (rate < FEW) this.#seconds = Math.max(this.#seconds - 1, MIN);
    this.#changedAt = nowMs;
    this.#refused = 0;
    return this.#seconds;
  }
}
