/**
 * WATCH: every change after a revision, in revision order, each once. Pushed into a sink, synchronously with the commit.
 *
 * Where it begins (as the API server): with a revision, after it; without one (`''` or `'0'`), with the present state as ADDED, unless
 * `sendInitialEvents=false`; with `sendInitialEvents=true`, always with the present state, closed by an annotated bookmark when bookmarks are
 * allowed. State and stream meet without a gap: both are read in one turn of the event loop.
 */

import { asStatusError } from '../../base/status.ts';
import { settled } from '../../kinds/conversion.ts';
import type { StoreEvent } from '../../store/store.ts';
import type { RestContext } from './context.ts';
import { exactKey, listObjects, prefixOf } from './list.ts';
import { checkWatchOptions } from './list-options.ts';
import type { RestEvent, Scope, WatchParameters, WatchSink } from './requests.ts';
import { parseRevision, tooLargeRevision } from './revision.ts';
import { parseSelection } from './selection.ts';
import { addedEvent, bookmarkEvent, selectEvents } from './watch-events.ts';

/** The API server's own interval. */
const BOOKMARK_INTERVAL_MS = 60_000;
/** A last bookmark this long before the end lets the client resume from there. */
const LAST_BOOKMARK_MS = 2_000;
/** `--min-request-timeout`: a watch without `timeoutSeconds` lasts between this and twice as long. */
const TIMEOUT_MS_MIN = 1_800_000;
/** A day: more would only keep what nobody listens to. */
const TIMEOUT_MS_MAX = 86_400_000;

/**
 * Begins a watch; the first events arrive before this returns. Returns how to end it.
 * Throws 400, 422, and 410 `Expired` when the start revision is compacted (over HTTP that is an ERROR event).
 */
export function startWatch(
  context: RestContext,
  scope: Scope,
  parameters: WatchParameters,
  sink: WatchSink,
): () => void {
  checkWatchOptions(parameters);
  const watch = new Watch(context, scope, parameters, sink);
  watch.start();
  return () => watch.stop();
}

class Watch {
  readonly #context: RestContext;
  readonly #scope: Scope;
  readonly #parameters: WatchParameters;
  readonly #sink: WatchSink;
  readonly #timers = new Set<() => void>();
  #unsubscribe: (() => void) | undefined;
  #stopped = false;
  /** Set while batches wait for conversions that others carry out: later ones wait behind them. */
  #waiting: Promise<void> | undefined;

  constructor(context: RestContext, scope: Scope, parameters: WatchParameters, sink: WatchSink) {
    this.#context = context;
    this.#scope = scope;
    this.#parameters = parameters;
    this.#sink = sink;
  }

  start(): void {
    const { store } = this.#context;
    const selection = parseSelection(this.#scope.kind, this.#parameters);
    // Upstream cache and storage alike.
    const since = parseRevision(this.#parameters.resourceVersion, 'cache');
    const { sendInitialEvents } = this.#parameters;
    if (sendInitialEvents && since && since > store.revision) throw tooLargeRevision(since, store.revision);
    const fromState = sendInitialEvents ?? !since;
    const start = fromState || !since ? store.revision : since;
    const only = exactKey(this.#scope, selection);
    const prefix = only ?? prefixOf(this.#scope);
    if (fromState) this.#sendState(start, sendInitialEvents === true);
    const isFiltered = only !== undefined || start > store.revision;
    const events = (batch: readonly StoreEvent[]): void => {
      const seen = isFiltered ? relevant(batch, start, only) : batch;
      this.#deliver(() => selectEvents(this.#scope.kind, selection, seen));
    };
    if (this.#stopped) return;
    this.#unsubscribe = store.subscribe(prefix, Math.min(start, store.revision), { events });
    // The sink may have stopped the watch while it got what it had missed.
    if (this.#stopped) this.#unsubscribe();
    else this.#startTimers();
  }

  #sendState(revision: number, announceEnd: boolean): void {
    const { labelSelector, fieldSelector } = this.#parameters;
    // At the very revision from which the stream goes on, however long conversions take.
    const { conversion } = this.#scope.kind;
    const at =
      conversion && !conversion.convert ? { resourceVersion: String(revision), resourceVersionMatch: 'Exact' } : {};
    const list = () => listObjects(this.#context, this.#scope, { labelSelector, fieldSelector, ...at });
    this.#deliver(() => list().entries.map(addedEvent));
    if (announceEnd && this.#parameters.allowWatchBookmarks)
      this.#deliver(() => [bookmarkEvent(this.#scope.kind, revision, true)]);
  }

  /** In order; at once unless something has to be converted by others first. A conversion that fails ends the watch. */
  #deliver(make: () => readonly RestEvent[]): void {
    if (this.#waiting) {
      this.#waiting = this.#waiting.then(() => this.#sendSettled(make));
      return;
    }
    const batch = settled(make);
    if (!(batch instanceof Promise)) {
      this.#send(batch);
      return;
    }
    const waiting = batch.then(
      (events) => this.#send(events),
      (error: unknown) => this.#fail(error),
    );
    this.#wait(waiting);
  }

  async #sendSettled(make: () => readonly RestEvent[]): Promise<void> {
    if (this.#stopped) return;
    try {
      this.#send(await settled(make));
    } catch (error) {
      this.#fail(error);
    }
  }

  #wait(first: Promise<void>): void {
    const drain = async (): Promise<void> => {
      let last: Promise<void> | undefined;
      while (last !== this.#waiting) {
        last = this.#waiting;
        await last;
      }
      this.#waiting = undefined;
    };
    this.#waiting = first;
    void drain();
  }

  #fail(error: unknown): void {
    if (this.#stopped) return;
    this.stop();
    this.#sink.end(asStatusError(error));
  }

  #send(batch: readonly RestEvent[]): void {
    if (batch.length > 0 && !this.#stopped) this.#sink.events(batch);
  }

  #startTimers(): void {
    const seconds = this.#parameters.timeoutSeconds;
    const random = TIMEOUT_MS_MIN * (1 + this.#context.random.next());
    // A negative time is over already.
    const timeoutMs = Math.min(seconds ? Math.max(seconds, 0) * 1000 : random, TIMEOUT_MS_MAX);
    this.#after(timeoutMs, () => {
      this.stop();
      this.#sink.end();
    });
    if (!this.#parameters.allowWatchBookmarks) return;
    if (timeoutMs > LAST_BOOKMARK_MS) this.#after(timeoutMs - LAST_BOOKMARK_MS, () => this.#bookmark());
    this.#repeatBookmark();
  }

  #repeatBookmark(): void {
    this.#after(BOOKMARK_INTERVAL_MS, () => {
      this.#bookmark();
      if (!this.#stopped) this.#repeatBookmark();
    });
  }

  /** Everything up to the store's revision has been pushed: events arrive with the commit. */
  #bookmark(): void {
    const { revision } = this.#context.store;
    this.#deliver(() => [bookmarkEvent(this.#scope.kind, revision, false)]);
  }

  #after(delayMs: number, run: () => void): void {
    const cancel = this.#context.clock.after(delayMs, () => {
      this.#timers.delete(cancel);
      if (!this.#stopped) run();
    });
    this.#timers.add(cancel);
  }

  stop(): void {
    this.#stopped = true;
    this.#unsubscribe?.();
    for (const cancel of this.#timers) cancel();
    this.#timers.clear();
  }
}

/** Without what is not after the start (a start in the future) and without other keys that begin like the one watched. */
function relevant(batch: readonly StoreEvent[], start: number, only: string | undefined): readonly StoreEvent[] {
  return batch.filter(({ revision, key }) => revision > start && (only === undefined || key === only));
}
