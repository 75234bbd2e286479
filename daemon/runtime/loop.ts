/**
 * The one shape of every control loop: observe → decide → act, level-triggered, keyed. Contract.
 *
 * `observe` reads informers only (synchronous); `decide` is pure, total and synchronous; `act` executes one action, idempotently.
 * After all actions of a decision the key is observed again. The queue (`runtime/queue.ts`) dedups keys, runs one worker a key,
 * bounds how many keys run at once, and backs off failing keys alone, with jitter.
 */

/** Why a loop does nothing (yet) for a key: shown in conditions, events or logs. */
export interface Waiting {
  reason: string;
  message: string;
  /** When to look again although nothing changes; milliseconds from `now`. */
  afterMs?: number;
}

export interface Decision<Action> {
  /** Plain JSON values, executed in order. */
  actions: readonly Action[];
  waiting?: readonly Waiting[];
}

export interface Loop<Snapshot, Action extends { type: string }> {
  readonly name: string;
  /** Everything `decide` needs for this key, or undefined when the key is gone and nothing is left to do. */
  observe(key: string): Snapshot | undefined;
  /** Pure. `now` is milliseconds since the epoch. */
  decide(snapshot: Snapshot, now: number): Decision<Action>;
  /** One executor per action type. A rejected executor makes the key back off; a Conflict retries soon. */
  readonly act: { readonly [Type in Action['type']]: (action: Extract<Action, { type: Type }>) => Promise<void> };
}
