/**
 * Runs a loop (`runtime/loop.ts`): takes keys from its queue, observes, decides, acts, and observes again until nothing is left to do.
 *
 * Invariants: one worker a key; at most `concurrency` keys at once; a thrown decide or a rejected act backs off that key alone.
 * Workers start in the event loop's next turn, so a loop's snapshot shows a published commit whole (its events arrive in one turn).
 */

import type { Clock, Random } from '../base/clock.ts';
import type { Logger } from '../base/log.ts';
import { isReason } from '../base/status.ts';
import { afterTurn } from '../base/turn.ts';
import { EXPECTATION_RECHECK_MS, type Expectations } from './expectations.ts';
import type { Loop, Waiting } from './loop.ts';
import { WorkQueue } from './queue.ts';
import { RetryLater } from './retry-later.ts';

export interface RunLoopOptions {
  clock: Clock;
  random: Random;
  log: Logger;
  /** Keys worked on at once; {@link DEFAULT_CONCURRENCY} when absent. */
  concurrency?: number;
  /** When given, a key is observed only once its own earlier writes are visible. */
  expectations?: Expectations;
  /** Told after each decision that left nothing to do but wait. */
  onWaiting?: (key: string, waiting: readonly Waiting[]) => void;
}

export interface RunningLoop {
  /** Looks at the key soon. Cheap and idempotent. */
  enqueue(key: string): void;
  enqueueAfter(key: string, delayMs: number): void;
  /** True when no key is ready or being worked on. */
  idle(): boolean;
  /** Takes no further keys; work in progress ends by itself. */
  stop(): void;
}

/** Upstream's controllers run 5 workers over a network; ours mostly wait for a group commit. */
const DEFAULT_CONCURRENCY = 16;
/** So many rounds of actions in a row on one key mean that its actions do not bring it closer: slow down. */
const ROUNDS_BEFORE_PAUSE = 50;
const PAUSE_AFTER_ROUNDS_MS = 1_000;

export function runLoop<Snapshot, Action extends { type: string }>(
  loop: Loop<Snapshot, Action>,
  options: RunLoopOptions,
): RunningLoop {
  const worker = new LoopRunner(loop, options);
  return {
    enqueue: (key) => worker.queue.add(key),
    enqueueAfter: (key, delayMs) => worker.queue.addAfter(key, delayMs),
    idle: () => worker.queue.idle,
    stop: () => worker.stop(),
  };
}

class LoopRunner<Snapshot, Action extends { type: string }> {
  readonly queue: WorkQueue;
  readonly #loop: Loop<Snapshot, Action>;
  readonly #options: RunLoopOptions;
  readonly #rounds = new Map<string, number>();
  #running = 0;
  #scheduled = false;
  #stopped = false;

  constructor(loop: Loop<Snapshot, Action>, options: RunLoopOptions) {
    this.#loop = loop;
    this.#options = options;
    this.queue = new WorkQueue({ clock: options.clock, random: options.random, onReady: () => this.#schedule() });
  }

  stop(): void {
    this.#stopped = true;
    this.queue.stop();
  }

  #schedule(): void {
    if (this.#scheduled || this.#stopped) return;
    this.#scheduled = true;
    afterTurn(() => {
      this.#scheduled = false;
      this.#startWorkers();
    });
  }

  #startWorkers(): void {
    const limit = this.#options.concurrency ?? DEFAULT_CONCURRENCY;
    while (!this.#stopped && this.#running < limit) {
      const key = this.queue.take();
      if (key === undefined) return;
      this.#running += 1;
      void this.#work(key).finally(() => {
        this.#running -= 1;
        this.queue.done(key);
        if (!this.queue.idle) this.#schedule();
      });
    }
  }

  async #work(key: string): Promise<void> {
    const { expectations } = this.#options;
    if (expectations && !expectations.satisfied(key)) {
      this.queue.addAfter(key, EXPECTATION_RECHECK_MS);
      return;
    }
    try {
      await this.#round(key);
      this.queue.forgive(key);
    } catch (error) {
      this.#rounds.delete(key);
      if (error instanceof RetryLater) {
        this.queue.forgive(key);
        this.queue.addAfter(key, error.afterMs);
        return;
      }
      this.#logFailure(key, error, this.queue.fail(key));
    }
  }

  async #round(key: string): Promise<void> {
    const snapshot = this.#loop.observe(key);
    if (snapshot === undefined) {
      this.#rounds.delete(key);
      return;
    }
    const { actions, waiting = [] } = this.#loop.decide(snapshot, this.#options.clock.now());
    for (const action of actions) {
      const execute = this.#loop.act[action.type as Action['type']] as (action: Action) => Promise<void>;
      await execute(action);
    }
    if (actions.length > 0) {
      this.#lookAgain(key);
      return;
    }
    this.#rounds.delete(key);
    this.#options.onWaiting?.(key, waiting);
    const delays = waiting.flatMap(({ afterMs }) => (afterMs === undefined ? [] : [afterMs]));
    if (delays.length > 0) this.queue.addAfter(key, Math.min(...delays));
  }

  #lookAgain(key: string): void {
    const rounds = (this.#rounds.get(key) ?? 0) + 1;
    this.#rounds.set(key, rounds);
    if (rounds < ROUNDS_BEFORE_PAUSE) this.queue.add(key);
    else this.queue.addAfter(key, PAUSE_AFTER_ROUNDS_MS);
  }

  #logFailure(key: string, error: unknown, retryMs: number): void {
    const fields = { loop: this.#loop.name, key, retryMs: Math.round(retryMs), error: describe(error) };
    if (isReason(error, 'Conflict')) this.#options.log.debug(fields, 'planned on an old revision; will look again');
    else this.#options.log.warn(fields, 'a key failed; will retry');
  }
}

function describe(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
