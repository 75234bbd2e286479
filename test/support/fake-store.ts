/**
 * The fake client's memory: objects, one revision over everything, and watches that can be resumed, delayed, cut and expired.
 */

import type { Clock } from '../../daemon/base/clock.ts';
import { cloneJson, deepFreeze } from '../../daemon/base/json.ts';
import { formatKey, type KubeObject, keyOf, type ObjectKey } from '../../daemon/base/object.ts';
import { expired } from '../../daemon/base/status.ts';
import type { Selection, WatchEvent, WatchOptions } from '../../daemon/client/client.ts';
import type { Resource } from '../../daemon/kinds/resource.ts';
import { matchesSelection } from './fake-selection.ts';

interface Entry {
  revision: number;
  resource: string;
  at: number;
  before: KubeObject | undefined;
  after: KubeObject | undefined;
}

export const nameOf = (resource: Resource): string => `${resource.group}/${resource.plural}`;

export class FakeStore {
  revision = 100;
  readonly #clock: Clock;
  readonly #objects = new Map<string, Map<string, KubeObject>>();
  #history: Entry[] = [];
  #compacted = 0;
  readonly #wakers = new Set<() => void>();
  #epoch = 0;
  /** How long a resource's watches lag, in ms (the simulation changes it). */
  watchDelayMs: (resource: string) => number = () => 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  of(resource: string): Map<string, KubeObject> {
    let objects = this.#objects.get(resource);
    if (!objects) {
      objects = new Map();
      this.#objects.set(resource, objects);
    }
    return objects;
  }

  get(resource: Resource, key: ObjectKey): KubeObject | undefined {
    return this.of(nameOf(resource)).get(formatKey(key));
  }

  list(resource: Resource, selection: Selection = {}): KubeObject[] {
    return [...this.of(nameOf(resource)).values()].filter((object) => matchesSelection(object, selection));
  }

  put(resource: Resource, object: KubeObject): KubeObject {
    this.revision += 1;
    const stored = cloneJson(object);
    stored.metadata = { ...stored.metadata, resourceVersion: String(this.revision) };
    deepFreeze(stored);
    const objects = this.of(nameOf(resource));
    const key = formatKey(keyOf(stored));
    this.#log(resource, objects.get(key), stored);
    objects.set(key, stored);
    return stored;
  }

  remove(resource: Resource, key: ObjectKey): KubeObject | undefined {
    const objects = this.of(nameOf(resource));
    const before = objects.get(formatKey(key));
    if (!before) return undefined;
    this.revision += 1;
    objects.delete(formatKey(key));
    this.#log(resource, before, undefined);
    return before;
  }

  #log(resource: Resource, before: KubeObject | undefined, after: KubeObject | undefined): void {
    const at = this.#clock.now() + this.watchDelayMs(nameOf(resource));
    this.#history.push({ revision: this.revision, resource: nameOf(resource), at, before, after });
    if (at > this.#clock.now()) this.#clock.after(at - this.#clock.now(), () => this.#wake());
    else this.#wake();
  }

  #wake(): void {
    for (const wake of this.#wakers) wake();
  }

  /** Forgets all history: watches that are behind get 410. */
  compact(): void {
    this.#history = [];
    this.#compacted = this.revision;
  }

  /** Ends every watch without an error, as a restarted server would. */
  cutWatches(): void {
    this.#epoch += 1;
    this.#wake();
  }

  async *watch(resource: Resource, options: WatchOptions): AsyncGenerator<WatchEvent> {
    const name = nameOf(resource);
    const epoch = this.#epoch;
    let cursor = Number(options.resourceVersion ?? '0');
    if (cursor === 0) {
      for (const object of this.list(resource, options)) yield { type: 'ADDED', object };
      cursor = this.revision;
    }
    while (!options.signal.aborted && this.#epoch === epoch) {
      if (cursor < this.#compacted) throw expired(`too old resource version: ${cursor} (${this.#compacted})`);
      const now = this.#clock.now();
      const start = this.#firstAfter(cursor);
      let blocked = false;
      for (let index = start; index < this.#history.length && !blocked; index++) {
        const entry = this.#history[index]!;
        if (entry.resource === name && entry.at > now) blocked = true;
        else {
          cursor = entry.revision;
          const event = entry.resource === name ? toEvent(entry, options) : undefined;
          if (event) yield event;
        }
        if (options.signal.aborted || this.#epoch !== epoch) return;
      }
      if (blocked || this.#firstAfter(cursor) >= this.#history.length) await this.#change(options.signal);
    }
  }

  #firstAfter(revision: number): number {
    let low = 0;
    let high = this.#history.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#history[middle]!.revision <= revision) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #change(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        this.#wakers.delete(done);
        signal.removeEventListener('abort', done);
        resolve();
      };
      this.#wakers.add(done);
      signal.addEventListener('abort', done, { once: true });
    });
  }
}

function toEvent(entry: Entry, selection: Selection): WatchEvent | undefined {
  const was = entry.before !== undefined && matchesSelection(entry.before, selection);
  const is = entry.after !== undefined && matchesSelection(entry.after, selection);
  if (is) return { type: was ? 'MODIFIED' : 'ADDED', object: entry.after! };
  if (!was) return undefined;
  const last = entry.after ?? entry.before!;
  const metadata = { ...last.metadata, resourceVersion: String(entry.revision) };
  return { type: 'DELETED', object: deepFreeze({ ...last, metadata }) };
}
