/**
 * Entries by key, in key order, in buckets of one resource each (`/registry/<group>/<plural>/`), so that a list costs in proportion to its
 * resource and an insertion moves only that resource's keys.
 */

import { firstIndex } from '../base/binary-search.ts';
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

/** Index of the first key ≥ `key` in a sorted array. */
export function lowerBound(keys: readonly string[], key: string): number {
  return firstIndex(keys.length, (index) => keys[index]! >= key);
}

/** The smallest string greater than every string that begins with `prefix`. */
function prefixEnd(prefix: string): string {
  return prefix.slice(0, -1) + String.fromCharCode(prefix.charCodeAt(prefix.length - 1) + 1);
}

export class KeyIndex {
  readonly #entries = new Map<string, Entry>();
  readonly #buckets = new Map<string, string[]>();

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
    const keys = this.#buckets.get(bucketOf(key) ?? '')!;
    keys.splice(lowerBound(keys, key), 1);
  }

  #insert(key: string): void {
    const bucket = bucketOf(key) ?? '';
    const keys = this.#buckets.get(bucket) ?? [];
    this.#buckets.set(bucket, keys);
    if (keys.length === 0 || keys.at(-1)! < key) keys.push(key);
    else keys.splice(lowerBound(keys, key), 0, key);
  }

  /** Keys that begin with `prefix`, from `from` on, in order; at most `limit`. */
  keys(prefix: string, from = prefix, limit = Number.POSITIVE_INFINITY): string[] {
    const start = from > prefix ? from : prefix;
    const end = prefixEnd(prefix);
    const inBucket = (keys: string[]) => {
      const first = lowerBound(keys, start);
      return keys.slice(first, Math.min(lowerBound(keys, end), first + limit));
    };
    const bucket = bucketOf(prefix);
    if (bucket !== undefined) return inBucket(this.#buckets.get(bucket) ?? []);
    const names = [...this.#buckets.keys()].filter((name) => name.startsWith(prefix) || prefix.startsWith(name)).sort();
    return names.flatMap((name) => inBucket(this.#buckets.get(name)!)).slice(0, limit);
  }

  count(prefix: string, from = prefix): number {
    const bucket = bucketOf(prefix);
    if (bucket === undefined) return this.keys(prefix, from).length;
    const keys = this.#buckets.get(bucket) ?? [];
    return lowerBound(keys, prefixEnd(prefix)) - lowerBound(keys, from > prefix ? from : prefix);
  }
}
