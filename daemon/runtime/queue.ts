/**
 * The work queue of one loop: keys, not events.
 *
 * Invariants: a key is queued at most once and worked on by at most one worker; a key added while it is worked on runs once more after;
 * every key has at most one timer. A failing key backs off alone. It knows nothing of what a key means.
 */

import { type Backoff, backoffDelayMs } from '../base/backoff.ts';
import type { Clock, Random } from '../base/clock.ts';

/** client-go starts at 5 ms too; its limit of 1,000 s keeps people waiting after they mended the cause. */
const QUEUE_BACKOFF: Backoff = { baseMs: 5, maxMs: 60_000 };
/** From this many failures in a row on, a key's own changes no longer overtake its back-off (they may be its own doing) … */
const FAILURES_BEFORE_STRICT = 8;
/** … but shorten it to this, so that a mended object is seen soon. */
const STRICT_DELAY_MS = 1_000;

interface Timer {
  dueAt: number;
  cancel: () => void;
}

export interface QueueOptions {
  clock: Clock;
  random: Random;
  /** Called when a key became ready. */
  onReady: () => void;
}

export class WorkQueue {
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #onReady: () => void;
  /** In order of arrival. Bounded by the number of distinct keys. */
  readonly #ready = new Set<string>();
  readonly #running = new Set<string>();
  /** Added while running. */
  readonly #again = new Set<string>();
  readonly #timers = new Map<string, Timer>();
  readonly #failures = new Map<string, number>();
  #stopped = false;

  constructor(options: QueueOptions) {
    this.#clock = options.clock;
    this.#random = options.random;
    this.#onReady = options.onReady;
  }

  /** Keys ready, running or waiting for a timer. */
  get size(): number {
    return this.#ready.size + this.#running.size + this.#timers.size;
  }

  /** True when nothing is ready or running (timers may be pending). */
  get idle(): boolean {
    return this.#ready.size === 0 && this.#running.size === 0;
  }

  add(key: string): void {
    if (this.#stopped || this.#ready.has(key)) return;
    if (this.#running.has(key)) {
      this.#again.add(key);
      return;
    }
    if (this.failures(key) >= FAILURES_BEFORE_STRICT && this.#timers.has(key)) {
      this.addAfter(key, STRICT_DELAY_MS);
      return;
    }
    this.#clearTimer(key);
    this.#ready.add(key);
    this.#onReady();
  }

  /** Makes the key ready after `delayMs`, or earlier when it is due earlier already. */
  addAfter(key: string, delayMs: number): void {
    if (this.#stopped || this.#ready.has(key)) return;
    const dueAt = this.#clock.monotonic() + Math.max(0, delayMs);
    const timer = this.#timers.get(key);
    if (timer && timer.dueAt <= dueAt) return;
    timer?.cancel();
    const cancel = this.#clock.after(Math.max(0, delayMs), () => {
      this.#timers.delete(key);
      if (this.#running.has(key)) this.#again.add(key);
      else {
        this.#ready.add(key);
        this.#onReady();
      }
    });
    this.#timers.set(key, { dueAt, cancel });
  }

  /** The next key to work on, now marked as running; its timer is void, because it will be looked at now. */
  take(): string | undefined {
    const [key] = this.#ready;
    if (key === undefined) return undefined;
    this.#ready.delete(key);
    this.#clearTimer(key);
    this.#running.add(key);
    return key;
  }

  /** The worker is done with the key. */
  done(key: string): void {
    this.#running.delete(key);
    if (this.#again.delete(key)) this.add(key);
  }

  /** Counts a failure and sets the key's timer; returns the delay in ms. Call before {@link done}. */
  fail(key: string): number {
    const failures = this.failures(key) + 1;
    this.#failures.set(key, failures);
    const delayMs = backoffDelayMs(QUEUE_BACKOFF, failures, this.#random);
    this.#clearTimer(key);
    this.addAfter(key, delayMs);
    return delayMs;
  }

  failures(key: string): number {
    return this.#failures.get(key) ?? 0;
  }

  /** The key succeeded: the next failure starts from the base delay. */
  forgive(key: string): void {
    this.#failures.delete(key);
  }

  stop(): void {
    this.#stopped = true;
    for (const timer of this.#timers.values()) timer.cancel();
    this.#timers.clear();
    this.#ready.clear();
    this.#again.clear();
  }

  #clearTimer(key: string): void {
    this.#timers.get(key)?.cancel();
    this.#timers.delete(key);
  }
}
