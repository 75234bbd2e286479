/**
 * The event loop's next turn: what arrived in one turn is seen together, and a burst of work lets I/O through in between.
 */

/** Runs `callback` after everything that is already queued in this turn (promises included). */
export function afterTurn(callback: () => void): void {
  setImmediate(callback);
}

/** Resolves in the event loop's next turn. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** Does work that could pause without a pause. */
export function runAtOnce<T>(work: Generator<unknown, T>): T {
  for (;;) {
    const { done, value } = work.next();
    if (done) return value;
  }
}

/** Large pieces of work, one a turn: however many there are at a time, what is small goes on between them. In order of arrival. */
export interface TurnQueue {
  /** Resolves at the begin of a turn that nobody else has. How many may wait is bounded by whoever lets them in. */
  take(): Promise<void>;
}

export function createTurnQueue(): TurnQueue {
  const waiting: (() => void)[] = [];
  const proceed = () => {
    waiting.shift()?.();
    if (waiting.length > 0) setImmediate(proceed);
  };
  return {
    take: () =>
      new Promise((resolve) => {
        if (waiting.push(resolve) === 1) setImmediate(proceed);
      }),
  };
}
