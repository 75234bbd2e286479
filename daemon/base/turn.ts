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
