/**
 * Entries by key, in key order, in buckets of one resource each (`/registry/<group>/<plural>/`), so that a list costs in proportion to its
 * resource.
 */

import { SortedKeys } from './sorted-keys.ts';
import type { Entry } from './store.ts';

/** The resource part of a key or prefix: up to and with its fourth slash; undefined for a prefix shorter than that. */
export function bucketOf(key: string): string | undefined {
  let at = -1;
  for (let slashes = 0; slashes < 4; slashes++) {
    at = key.indexOf('/', at + 1);
    if (at < 0) return undefined;
  }
  return key.slice(0, at + 1);
}

/** The smallest string greater than every string that begins with `prefix`. */
function prefixEnd(prefix: string): string {
  return prefix.slice(0, -1) + String.fromCharCode(prefix.charCodeAt(prefix.length - 1) + 1);
}

export class KeyIndex {
  readonly #entries = new Map<string, Entry>();
  readonly #buckets = new Map<string, SortedKeys>();

  get size(): number {
    return this.#entries.size;
  }

  get(key: string): Entry | undefined {
    return this.#entries.get(key);
  }

  values(): IterableIterator<Entry> {
    return this.#entries.values();
  }

  set(entry: Entry): void {
    if (!this.#entries.has(entry.key)) this.#insert(entry.key);
    this.#entries.set(entry.key, entry);
  }

  delete(key: string): void {
    if (!this.#entries.delete(key)) return;
    this.#buckets.get(bucketOf(key) ?? '')!.delete(key);
  }

  #insert(key: string): void {
    const bucket = bucketOf(key) ?? '';
    let keys = this.#buckets.get(bucket);
    if (!keys) {
      keys = new SortedKeys();
      this.#buckets.set(bucket, keys);
    }
    keys.add(key);
  }

  /** Keys that begin with `prefix`, from `from` on, in order; at most `limit`. */
  keys(prefix: string, from = prefix, limit = Number.POSITIVE_INFINITY): string[] {
    const start = from > prefix ? from : prefix;
    const end = prefixEnd(prefix);
    const bucket = bucketOf(prefix);
    if (bucket !== undefined) return this.#buckets.get(bucket)?.range(start, end, limit) ?? [];
    const names = [...this.#buckets.keys()].filter((name) => name.startsWith(prefix) || prefix.startsWith(name)).sort();
    return names.flatMap((name) => this.#buckets.get(name)!.range(start, end, limit)).slice(0, limit);
  }

  count(prefix: string, from = prefix): number {
    const bucket = bucketOf(prefix);
    if (bucket === undefined) return this.keys(prefix, from).length;
    return this.#buckets.get(bucket)?.count(from > prefix ? from : prefix, prefixEnd(prefix)) ?? 0;
  }
}
