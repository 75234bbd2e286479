/**
 * What stood at a place of a custom object before, where it can be told to be the same place (`apiserver/pkg/cel/common`: CorrelatedObject). A place is
 * known by the names of members that its schema describes and, in lists of type map, by the keys of their items. Pure.
 *
 * What a schema does not describe cannot be told to be the same: whoever holds such counts as changed, even when it did not.
 */

import { deepEqual, isObject } from '../../base/json.ts';
import { memberSchema, type SchemaNode } from '../../schema/node.ts';
import { isOwnSchema } from './schema-of.ts';

export class Correlation {
  readonly #schema: SchemaNode;
  readonly #value: unknown;
  readonly #old: unknown;
  readonly #members = new Map<string | number, Correlation | undefined>();
  #oldItems: ReadonlyMap<string, unknown> | undefined;
  #isSame: boolean | undefined;

  constructor(schema: SchemaNode, value: unknown, old: unknown) {
    this.#schema = schema;
    this.#value = value;
    this.#old = old;
  }

  /** Undefined when it cannot be told what the member was. */
  member(name: string): Correlation | undefined {
    return this.#remember(name, () => this.#correlateMember(name));
  }

  item(index: number): Correlation | undefined {
    return this.#remember(index, () => this.#correlateItem(index));
  }

  /** Nothing changed. The order of items that have keys is no change. */
  get isSame(): boolean {
    this.#isSame ??= this.#compare();
    return this.#isSame;
  }

  #remember(place: string | number, make: () => Correlation | undefined): Correlation | undefined {
    const known = this.#members.get(place);
    if (known || this.#members.has(place)) return known;
    const made = make();
    this.#members.set(place, made);
    return made;
  }

  #correlateMember(name: string): Correlation | undefined {
    const [value, old] = [this.#value, this.#old];
    if (!isObject(value) || !isObject(old) || !Object.hasOwn(value, name) || !Object.hasOwn(old, name))
      return undefined;
    const schema = memberSchema(this.#schema, name);
    return schema && isOwnSchema(schema) ? new Correlation(schema, value[name], old[name]) : undefined;
  }

  #correlateItem(index: number): Correlation | undefined {
    const { items } = this.#schema;
    if (!items || !this.#hasKeys() || !Array.isArray(this.#value)) return undefined;
    this.#oldItems ??= this.#indexOld();
    const item: unknown = this.#value[index];
    const key = this.#keyOf(item);
    const old = key === undefined ? undefined : this.#oldItems.get(key);
    return old === undefined ? undefined : new Correlation(items, item, old);
  }

  #hasKeys(): boolean {
    return this.#schema['x-kubernetes-list-type'] === 'map' && Array.isArray(this.#old);
  }

  /** Of items with equal keys the first counts. */
  #indexOld(): ReadonlyMap<string, unknown> {
    const index = new Map<string, unknown>();
    for (const item of this.#old as unknown[]) {
      const key = this.#keyOf(item);
      if (key !== undefined && !index.has(key)) index.set(key, item);
    }
    return index;
  }

  /** Undefined for what lacks a key. */
  #keyOf(item: unknown): string | undefined {
    if (!isObject(item)) return undefined;
    const values = (this.#schema['x-kubernetes-list-map-keys'] ?? []).map((key) => item[key]);
    const isWhole = values.every((value) => value !== undefined && (typeof value !== 'object' || value === null));
    return isWhole && !values.includes(null) ? JSON.stringify(values) : undefined;
  }

  #compare(): boolean {
    const [value, old] = [this.#value, this.#old];
    if (Array.isArray(value) && Array.isArray(old)) return this.#compareLists(value, old);
    if (!isObject(value) || !isObject(old)) return deepEqual(value, old);
    const names = Object.keys(value);
    return names.length === Object.keys(old).length && names.every((name) => this.member(name)?.isSame === true);
  }

  #compareLists(value: readonly unknown[], old: readonly unknown[]): boolean {
    if (value.length !== old.length) return false;
    return this.#hasKeys() ? value.every((_, index) => this.item(index)?.isSame === true) : deepEqual(value, old);
  }
}
