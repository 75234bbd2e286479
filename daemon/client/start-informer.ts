/**
 * Starts an informer: list, then watch from that revision, resumed after every loss (`client/informer.ts` is the contract).
 *
 * A watch that ends is resumed from the last revision seen; 410 means the gap cannot be closed that way, so the copy is replaced by a new
 * list and handlers are told the difference. Failures back off with jitter, each informer alone. Events of one turn of the event loop
 * (a published commit arrives in one) are applied together before any handler runs. Must not write to the API.
 */

import { type Backoff, backoffDelayMs } from '../base/backoff.ts';
import type { Clock, Random } from '../base/clock.ts';
import type { Logger } from '../base/log.ts';
import { formatKey, type KubeObject, keyOf } from '../base/object.ts';
import { compareRevisions } from '../base/revision.ts';
import { asStatusError, StatusError } from '../base/status.ts';
import { afterTurn } from '../base/turn.ts';
import type { Resource } from '../kinds/resource.ts';
import type { Client, Selection, WatchEvent } from './client.ts';
import type { Informer, InformerHandler } from './informer.ts';
import { type IndexFunction, InformerCache } from './informer-cache.ts';

export interface InformerOptions<T extends KubeObject> {
  selection?: Selection;
  /** Declared lookups: name → the values an object is found under with `by(name, value)`. */
  indexes?: Readonly<Record<string, IndexFunction<T>>>;
  clock: Clock;
  random: Random;
  log: Logger;
}

/** client-go's reflector waits 800 ms to 30 s; a local API server is back sooner. */
const BACKOFF: Backoff = { baseMs: 100, maxMs: 30_000 };
/** A watch that lived this long was a good one: the next failure starts from the base delay. */
const HEALTHY_WATCH_MS = 10_000;

/** Begins listing at once; never rejects: failures are logged and retried until `stop()`. */
export function startInformer<T extends KubeObject>(
  client: Client,
  resource: Resource<T>,
  options: InformerOptions<T>,
): Informer<T> {
  const informer = new RunningInformer(client, resource, options);
  void informer.run();
  return informer;
}

interface Change<T> {
  before: T | undefined;
  after: T | undefined;
  key: string;
}

class RunningInformer<T extends KubeObject> implements Informer<T> {
  readonly #client: Client;
  readonly #resource: Resource<T>;
  readonly #options: InformerOptions<T>;
  readonly #cache: InformerCache<T>;
  readonly #handlers: InformerHandler<T>[] = [];
  readonly #stopped = new AbortController();
  readonly #synced = Promise.withResolvers<void>();
  #isSynced = false;
  #revision = '';
  /** The revision up to which events were received; those after `#revision` are still in `#pending`. */
  #received = '';
  #pending: WatchEvent<T>[] = [];
  #flushScheduled = false;

  constructor(client: Client, resource: Resource<T>, options: InformerOptions<T>) {
    this.#client = client;
    this.#resource = resource;
    this.#options = options;
    this.#cache = new InformerCache(options.indexes ?? {});
  }

  get: Informer<T>['get'] = (key) => this.#cache.get(key);
  list: Informer<T>['list'] = () => this.#cache.list();
  inNamespace: Informer<T>['inNamespace'] = (namespace) => this.#cache.inNamespace(namespace);
  by: Informer<T>['by'] = (index, value) => this.#cache.by(index, value);
  synced: Informer<T>['synced'] = () => this.#synced.promise;
  revision: Informer<T>['revision'] = () => this.#revision;

  onChange(handler: InformerHandler<T>): void {
    this.#handlers.push(handler);
    if (!this.#isSynced) return;
    for (const after of this.#cache.list()) this.#tell(handler, { before: undefined, after, key: keyText(after) });
  }

  stop(): void {
    this.#stopped.abort();
  }

  async run(): Promise<void> {
    let failures = 0;
    let listed = false;
    while (!this.#stopped.signal.aborted) {
      const startedAt = this.#options.clock.monotonic();
      let problem: unknown;
      try {
        if (!listed) {
          await this.#relist();
          listed = true;
        }
        await this.#watch();
      } catch (error) {
        problem = error;
      }
      if (this.#stopped.signal.aborted) return;
      if (isGone(problem)) listed = false;
      const wasHealthy = this.#options.clock.monotonic() - startedAt >= HEALTHY_WATCH_MS;
      failures = wasHealthy ? 1 : failures + 1;
      if (problem) this.#logProblem(problem, failures);
      // The first 410 or plain end is ordinary life of a watch: go on at once. All else waits.
      const isOrdinary = problem === undefined || isGone(problem);
      if (!isOrdinary || failures > 1) await this.#pause(backoffDelayMs(BACKOFF, failures, this.#options.random));
    }
  }

  #logProblem(problem: unknown, failures: number): void {
    const fields = { resource: this.#resource.plural, failures, error: asStatusError(problem).message };
    if (isGone(problem)) this.#options.log.info(fields, 'watch expired; listing again');
    else this.#options.log.warn(fields, 'list or watch failed; will retry');
  }

  /** Waits on the clock alone, so that simulated time rules. */
  #pause(delayMs: number): Promise<void> {
    const { signal } = this.#stopped;
    return new Promise((resolve) => {
      const done = (): void => {
        cancel();
        signal.removeEventListener('abort', done);
        resolve();
      };
      const cancel = this.#options.clock.after(delayMs, done);
      signal.addEventListener('abort', done, { once: true });
    });
  }

  async #relist(): Promise<void> {
    const list = await this.#client.list(this.#resource, { ...this.#options.selection });
    if (this.#stopped.signal.aborted) return;
    this.#pending = [];
    const changes = this.#replace(list.items);
    this.#revision = list.metadata.resourceVersion ?? '';
    this.#received = this.#revision;
    this.#isSynced = true;
    this.#synced.resolve();
    this.#tellAll(changes);
  }

  #replace(items: readonly T[]): Change<T>[] {
    const changes: Change<T>[] = [];
    const present = new Set(items.map(keyText));
    for (const key of [...this.#cache.keys()]) {
      if (present.has(key)) continue;
      changes.push({ before: this.#cache.getByText(key), after: undefined, key });
      this.#cache.remove(key);
    }
    for (const item of items) changes.push(...this.#put(item));
    return changes;
  }

  /** A key whose uid changed was deleted and made anew in the gap: handlers see both. */
  #put(after: T): Change<T>[] {
    const key = keyText(after);
    const before = this.#cache.getByText(key);
    if (before && before.metadata?.resourceVersion === after.metadata?.resourceVersion) return [];
    this.#cache.put(after);
    if (!before || before.metadata?.uid === after.metadata?.uid) return [{ before, after, key }];
    return [
      { before, after: undefined, key },
      { before: undefined, after, key },
    ];
  }

  async #watch(): Promise<void> {
    const events = this.#client.watch(this.#resource, {
      ...this.#options.selection,
      resourceVersion: this.#received,
      allowWatchBookmarks: true,
      signal: this.#stopped.signal,
    });
    for await (const event of events) {
      if (this.#stopped.signal.aborted) return;
      const revision = event.object.metadata?.resourceVersion ?? '';
      if (compareRevisions(revision, this.#received) > 0) this.#received = revision;
      this.#pending.push(event);
      if (this.#flushScheduled) continue;
      this.#flushScheduled = true;
      afterTurn(() => this.#flush());
    }
  }

  #flush(): void {
    this.#flushScheduled = false;
    if (this.#stopped.signal.aborted) return;
    const events = this.#pending;
    this.#pending = [];
    const changes: Change<T>[] = [];
    for (const event of events) {
      const revision = event.object.metadata?.resourceVersion ?? '';
      if (event.type === 'DELETED') changes.push(...this.#drop(event.object));
      else if (event.type !== 'BOOKMARK') changes.push(...this.#put(event.object));
      if (compareRevisions(revision, this.#revision) > 0) this.#revision = revision;
    }
    this.#tellAll(changes);
  }

  #drop(last: T): Change<T>[] {
    const key = keyText(last);
    const before = this.#cache.getByText(key);
    if (!before) return [];
    this.#cache.remove(key);
    return [{ before, after: undefined, key }];
  }

  #tellAll(changes: readonly Change<T>[]): void {
    for (const change of changes) for (const handler of this.#handlers) this.#tell(handler, change);
  }

  #tell(handler: InformerHandler<T>, change: Change<T>): void {
    try {
      handler(change);
    } catch (error) {
      const fields = { resource: this.#resource.plural, key: change.key, error: String(error) };
      this.#options.log.error(fields, 'an informer handler failed');
    }
  }
}

const keyText = (object: KubeObject): string => formatKey(keyOf(object));

const isGone = (error: unknown): boolean => error instanceof StatusError && error.code === 410;
