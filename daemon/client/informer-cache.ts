/**
 * The local copy behind an informer: objects by key, by namespace and by declared indexes.
 *
 * Invariants: a lookup's array is never changed once handed out (it is made anew after a change); an object stands under exactly the
 * index values it had when it was put. It does no I/O and never changes the objects it holds.
 */

import { formatKey, type KubeObject, keyOf, type ObjectKey } from '../base/object.ts';

/** Maps an object to the values it is found under. */
export type IndexFunction<T> = (object: T) => readonly string[];

/** One index: value → key → object, with the array of each value made on demand. */
class Index<T> {
  readonly #buckets = new Map<string, { members: Map<string, T>; array: readonly T[] | undefined }>();

  put(value: string, key: string, object: T): void {
    let bucket = this.#buckets.get(value);
    if (!bucket) {
      bucket = { members: new Map(), array: undefined };
      this.#buckets.set(value, bucket);
    }
    bucket.members.set(key, object);
    bucket.array = undefined;
  }

  drop(value: string, key: string): void {
    const bucket = this.#buckets.get(value);
    if (!bucket?.members.delete(key)) return;
    bucket.array = undefined;
    if (bucket.members.size === 0) this.#buckets.delete(value);
  }

  at(value: string): readonly T[] {
    const bucket = this.#buckets.get(value);
    if (!bucket) return [];
    bucket.array ??= [...bucket.members.values()];
    return bucket.array;
  }
}

export class InformerCache<T extends KubeObject> {
  readonly #objects = new Map<string, T>();
  readonly #byNamespace = new Index<T>();
  readonly #indexes: ReadonlyMap<string, { of: IndexFunction<T>; index: Index<T> }>;
  #array: readonly T[] | undefined;

  constructor(indexes: Readonly<Record<string, IndexFunction<T>>>) {
    this.#indexes = new Map(Object.entries(indexes).map(([name, of]) => [name, { of, index: new Index<T>() }]));
  }

  get(key: ObjectKey): T | undefined {
    return this.#objects.get(formatKey(key));
  }

  getByText(key: string): T | undefined {
    return this.#objects.get(key);
  }

  list(): readonly T[] {
    this.#array ??= [...this.#objects.values()];
    return this.#array;
  }

  keys(): IterableIterator<string> {
    return this.#objects.keys();
  }

  inNamespace(namespace: string): readonly T[] {
    return this.#byNamespace.at(namespace);
  }

  by(index: string, value: string): readonly T[] {
    const found = this.#indexes.get(index);
    if (!found) throw new Error(`no index "${index}" was declared for this informer`);
    return found.index.at(value);
  }

  put(object: T): void {
    const key = formatKey(keyOf(object));
    const before = this.#objects.get(key);
    if (before) this.#unindex(key, before);
    this.#objects.set(key, object);
    this.#array = undefined;
    this.#byNamespace.put(object.metadata?.namespace ?? '', key, object);
    for (const { of, index } of this.#indexes.values()) for (const value of of(object)) index.put(value, key, object);
  }

  remove(key: string): void {
    const before = this.#objects.get(key);
    if (!before) return;
    this.#unindex(key, before);
    this.#objects.delete(key);
    this.#array = undefined;
  }

  #unindex(key: string, object: T): void {
    this.#byNamespace.drop(object.metadata?.namespace ?? '', key);
    for (const { of, index } of this.#indexes.values()) for (const value of of(object)) index.drop(value, key);
  }
}
