/**
 * The values of CEL while an expression is evaluated, and what holds between them: equality across types of numbers, order, sizes.
 *
 * | CEL | here |
 * |---|---|
 * | int, uint, double | bigint, `Uint`, number |
 * | string, bytes, bool, null | string, Uint8Array, boolean, null |
 * | timestamp, duration | `Timestamp`, `Duration` (nanoseconds) |
 * | list, map, object | `List`, `MapValue` (made lazily from JSON: `json.ts`) |
 * | optional, type, others | `Optional`, `TypeValue`, `Opaque` |
 */

import { CelError } from './errors.ts';

export class Uint {
  readonly value: bigint;
  constructor(value: bigint) {
    this.value = value;
  }
}

export class Timestamp {
  /** Nanoseconds since the epoch. */
  readonly nanos: bigint;
  constructor(nanos: bigint) {
    this.nanos = nanos;
  }
}

export class Duration {
  readonly nanos: bigint;
  constructor(nanos: bigint) {
    this.nanos = nanos;
  }
}

export class Optional {
  readonly value: Value | undefined;
  constructor(value: Value | undefined) {
    this.value = value;
  }
}

export const NONE = new Optional(undefined);

/** The value of `type(x)`. */
export class TypeValue {
  readonly name: string;
  constructor(name: string) {
    this.name = name;
  }
}

/** A value of a library's own type. */
export abstract class Opaque {
  abstract readonly typeName: string;
  equals(other: Opaque): boolean {
    return this === other;
  }
}

export abstract class List {
  abstract readonly size: number;
  abstract at(index: number): Value;
  /** Of a list with `x-kubernetes-list-type` set or map: what tells its elements apart. */
  readonly identityOf: ((element: Value) => string | undefined) | undefined;
  constructor(identityOf?: (element: Value) => string | undefined) {
    this.identityOf = identityOf;
  }

  *[Symbol.iterator](): Generator<Value> {
    for (let index = 0; index < this.size; index++) yield this.at(index);
  }
}

export class ArrayList extends List {
  readonly elements: readonly Value[];
  constructor(elements: readonly Value[], identityOf?: (element: Value) => string | undefined) {
    super(identityOf);
    this.elements = elements;
  }

  get size(): number {
    return this.elements.length;
  }

  at(index: number): Value {
    return this.elements[index]!;
  }
}

/** What lists are concatenated into: adding to the end copies nothing, so that gathering is linear. Each value keeps its own size. */
export class GrowingList extends List {
  readonly #shared: Value[];
  readonly size: number;

  /** Takes the array over. */
  constructor(elements: Value[]) {
    super();
    this.#shared = elements;
    this.size = elements.length;
  }

  at(index: number): Value {
    return this.#shared[index]!;
  }

  append(others: List): GrowingList {
    const elements = this.#shared.length === this.size ? this.#shared : this.#shared.slice(0, this.size);
    for (const element of others) elements.push(element);
    return new GrowingList(elements);
  }
}

export abstract class MapValue {
  abstract readonly size: number;
  /** `map`, or the name of an object's type. */
  abstract readonly typeName: string;
  abstract get(key: Value): Value | undefined;
  abstract has(key: Value): boolean;
  abstract keys(): Iterable<Value>;
}

/** A map that an expression made. */
export class EntryMap extends MapValue {
  readonly typeName = 'map';
  readonly #entries: ReadonlyMap<string, readonly [Value, Value]>;

  /** By `keyOf`. */
  constructor(entries: ReadonlyMap<string, readonly [Value, Value]>) {
    super();
    this.#entries = entries;
  }

  get entries(): ReadonlyMap<string, readonly [Value, Value]> {
    return this.#entries;
  }

  get size(): number {
    return this.#entries.size;
  }

  get(key: Value): Value | undefined {
    const text = keyOf(key);
    return text === undefined ? undefined : this.#entries.get(text)?.[1];
  }

  has(key: Value): boolean {
    return this.get(key) !== undefined;
  }

  *keys(): Generator<Value> {
    for (const [key] of this.#entries.values()) yield key;
  }
}

export type Value =
  | null
  | boolean
  | bigint
  | number
  | string
  | Uint8Array
  | Uint
  | Timestamp
  | Duration
  | Optional
  | TypeValue
  | Opaque
  | List
  | MapValue;

/** The text by which a map finds a key: equal numbers of any type are one key. Undefined for what is no key. */
export function keyOf(key: Value): string | undefined {
  if (typeof key === 'string') return `s${key}`;
  if (typeof key === 'boolean') return `b${key}`;
  if (typeof key === 'bigint') return `n${key}`;
  if (key instanceof Uint) return `n${key.value}`;
  return typeof key === 'number' && Number.isInteger(key) ? `n${BigInt(key)}` : undefined;
}

export function typeNameOf(value: Value): string {
  if (value === null) return 'null_type';
  switch (typeof value) {
    case 'bigint':
      return 'int';
    case 'number':
      return 'double';
    case 'boolean':
      return 'bool';
    case 'string':
      return 'string';
    default:
      break;
  }
  if (value instanceof List) return 'list';
  if (value instanceof MapValue || value instanceof Opaque) return value.typeName;
  if (value instanceof Uint8Array) return 'bytes';
  if (value instanceof Uint) return 'uint';
  if (value instanceof Timestamp) return 'google.protobuf.Timestamp';
  if (value instanceof Duration) return 'google.protobuf.Duration';
  return value instanceof Optional ? 'optional_type' : 'type';
}

/** Numbers of any type as what JavaScript compares exactly across types; undefined for what is none. */
function numberOf(value: Value): bigint | number | undefined {
  if (typeof value === 'bigint' || typeof value === 'number') return value;
  return value instanceof Uint ? value.value : undefined;
}

/** `step` is called for each pair that is looked at, so that the caller can bound the work. */
export function areEqual(a: Value, b: Value, step: () => void = () => {}): boolean {
  step();
  const number = numberOf(a);
  if (number !== undefined) {
    const other = numberOf(b);
    // biome-ignore lint/suspicious/noDoubleEquals: a bigint and a number are compared by their value
    return other !== undefined && number == other;
  }
  if (typeof a !== 'object' || a === null || typeof b !== 'object' || b === null) return a === b;
  if (a instanceof List) return b instanceof List && areListsEqual(a, b, step);
  if (a instanceof MapValue) return b instanceof MapValue && areMapsEqual(a, b, step);
  if (a instanceof Uint8Array) return b instanceof Uint8Array && Buffer.compare(a, b) === 0;
  if (a instanceof Timestamp) return b instanceof Timestamp && a.nanos === b.nanos;
  if (a instanceof Duration) return b instanceof Duration && a.nanos === b.nanos;
  if (a instanceof TypeValue) return b instanceof TypeValue && a.name === b.name;
  if (a instanceof Opaque) return b instanceof Opaque && a.typeName === b.typeName && a.equals(b);
  if (!(a instanceof Optional) || !(b instanceof Optional)) return false;
  if (a.value === undefined || b.value === undefined) return a.value === b.value;
  return areEqual(a.value, b.value, step);
}

function areListsEqual(a: List, b: List, step: () => void): boolean {
  if (a.size !== b.size) return false;
  const identityOf = a.identityOf ?? b.identityOf;
  if (identityOf) return areSetsEqual(a, b, identityOf, step);
  for (let index = 0; index < a.size; index++) if (!areEqual(a.at(index), b.at(index), step)) return false;
  return true;
}

/** In any order. Elements without an identity are compared each with each. */
function areSetsEqual(a: List, b: List, identityOf: (element: Value) => string | undefined, step: () => void): boolean {
  const others = new Map<string, Value>();
  const rest: Value[] = [];
  for (const element of b) {
    const identity = identityOf(element);
    if (identity === undefined) rest.push(element);
    else others.set(identity, element);
  }
  for (const element of a) {
    const identity = identityOf(element);
    const other = identity === undefined ? undefined : others.get(identity);
    const found =
      other === undefined ? rest.some((each) => areEqual(element, each, step)) : areEqual(element, other, step);
    if (!found) return false;
  }
  return true;
}

function areMapsEqual(a: MapValue, b: MapValue, step: () => void): boolean {
  if (a.size !== b.size) return false;
  for (const key of a.keys()) {
    const other = b.get(key);
    if (other === undefined || !areEqual(a.get(key)!, other, step)) return false;
  }
  return true;
}

/** Negative, zero or positive; undefined when the two have no order. NaN is unordered: `NaN`. */
export function compareValues(a: Value, b: Value): number | undefined {
  const left = numberOf(a);
  const right = numberOf(b);
  if (left !== undefined && right !== undefined) {
    return typeof left === typeof right ? compareNumbers(left, right) : compareNumbers(Number(left), Number(right));
  }
  if (typeof a === 'string' && typeof b === 'string') return compareText(a, b);
  if (typeof a === 'boolean' && typeof b === 'boolean') return Number(a) - Number(b);
  if (a instanceof Uint8Array && b instanceof Uint8Array) return Buffer.compare(a, b);
  if ((a instanceof Timestamp && b instanceof Timestamp) || (a instanceof Duration && b instanceof Duration)) {
    return a.nanos < b.nanos ? -1 : a.nanos > b.nanos ? 1 : 0;
  }
  return undefined;
}

/** An int beside a double is taken as a double, as cel-go does. */
function compareNumbers(a: bigint | number, b: bigint | number): number {
  if (Number.isNaN(a) || Number.isNaN(b)) return Number.NaN;
  return a < b ? -1 : a > b ? 1 : 0;
}

/** By code points, as Go's bytes of UTF-8 are ordered; JavaScript orders UTF-16 units. */
function compareText(a: string, b: string): number {
  if (a === b) return 0;
  if (!/[\ud800-\udfff]/.test(a) && !/[\ud800-\udfff]/.test(b)) return a < b ? -1 : 1;
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

/** In characters (code points). */
export function textSize(text: string): number {
  if (!/[\ud800-\udfff]/.test(text)) return text.length;
  let size = 0;
  for (const _ of text) size++;
  return size;
}

/** What costs are counted by: characters, bytes, elements; 1 for all else. */
export function sizeOf(value: Value): number {
  if (typeof value === 'string') return value.length;
  if (value instanceof Uint8Array) return value.length;
  if (value instanceof List || value instanceof MapValue) return value.size;
  return 1;
}

const INT_MIN = -(2n ** 63n);
const INT_MAX = 2n ** 63n - 1n;
const UINT_MAX = 2n ** 64n - 1n;

export function checkInt(value: bigint): bigint {
  if (value >= INT_MIN && value <= INT_MAX) return value;
  throw new CelError('integer overflow');
}

export function checkUint(value: bigint): Uint {
  if (value >= 0n && value <= UINT_MAX) return new Uint(value);
  throw new CelError('unsigned integer overflow');
}
