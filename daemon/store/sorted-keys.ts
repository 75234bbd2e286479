/**
 * A sorted set of keys, in chunks: an insertion moves the keys of one chunk only, however many there are.
 *
 * Invariants: no chunk is empty; every key of a chunk comes before all of the next one's.
 */

import { firstIndex } from '../base/binary-search.ts';

/** A full chunk becomes two. Moving half of these costs less than finding the place. */
const CHUNK_KEYS_MAX = 512;

/** Index of the first key ≥ `key` in a sorted array. */
export function lowerBound(keys: readonly string[], key: string): number {
  return firstIndex(keys.length, (index) => keys[index]! >= key);
}

export class SortedKeys {
  readonly #chunks: string[][] = [];

  /** Adds a key that is not there. */
  add(key: string): void {
    const at = Math.min(this.#chunkOf(key), Math.max(0, this.#chunks.length - 1));
    const chunk = this.#chunks[at];
    if (!chunk) {
      this.#chunks.push([key]);
      return;
    }
    chunk.splice(lowerBound(chunk, key), 0, key);
    if (chunk.length > CHUNK_KEYS_MAX) this.#chunks.splice(at + 1, 0, chunk.splice(chunk.length >> 1));
  }

  /** Removes a key that is there. */
  delete(key: string): void {
    const at = this.#chunkOf(key);
    const chunk = this.#chunks[at]!;
    chunk.splice(lowerBound(chunk, key), 1);
    if (chunk.length === 0) this.#chunks.splice(at, 1);
  }

  /** Those from `start` on and before `end`, in order; at most `limit`. */
  range(start: string, end: string, limit = Number.POSITIVE_INFINITY): string[] {
    const found: string[] = [];
    for (let at = this.#chunkOf(start); at < this.#chunks.length && found.length < limit; at++) {
      const chunk = this.#chunks[at]!;
      if (chunk[0]! >= end) break;
      const first = lowerBound(chunk, start);
      const last = Math.min(lowerBound(chunk, end), first + limit - found.length);
      for (let index = first; index < last; index++) found.push(chunk[index]!);
    }
    return found;
  }

  /** How many there are from `start` on and before `end`. */
  count(start: string, end: string): number {
    return Math.max(0, this.#countBefore(end) - this.#countBefore(start));
  }

  #countBefore(key: string): number {
    const at = this.#chunkOf(key);
    let count = 0;
    for (let index = 0; index < at; index++) count += this.#chunks[index]!.length;
    return at < this.#chunks.length ? count + lowerBound(this.#chunks[at]!, key) : count;
  }

  /** Index of the chunk in which `key` has its place; one behind the last when it comes after all keys. */
  #chunkOf(key: string): number {
    return firstIndex(this.#chunks.length, (index) => this.#chunks[index]!.at(-1)! >= key);
  }
}
