/**
 * CEL's operators: arithmetic, order, membership, indexing. `&&`, `||`, `?:` and the optional selections are the evaluator's own.
 */

import { CelError } from '../errors.ts';
import { defineFunctions, type Implementation, once, passing } from '../overload.ts';
import { checkDuration, checkTimestamp } from '../time.ts';
import {
  ArrayList,
  areEqual,
  checkInt,
  checkUint,
  compareValues,
  type Duration,
  EntryMap,
  GrowingList,
  keyOf,
  type List,
  type MapValue,
  NONE,
  Optional,
  sizeOf,
  type Timestamp,
  Uint,
  type Value,
} from '../values.ts';

/** Equality and order look at as much as the shorter side has. */
const comparing = (a: Value, b: Value): number => Math.ceil(Math.min(sizeOf(a), sizeOf(b)) * 0.1);

const ORDERED = ['bool', 'int', 'uint', 'double', 'string', 'bytes', 'timestamp', 'duration'];
const NUMBERS = ['int', 'uint', 'double'];
/** Of one type, and of two types of numbers. */
const COMPARABLE: readonly (readonly [string, string])[] = [
  ...ORDERED.map((type) => [type, type] as const),
  ...NUMBERS.flatMap((a) => NUMBERS.filter((b) => b !== a).map((b) => [a, b] as const)),
];

function order(operator: string, holds: (order: number) => boolean): Record<string, Implementation> {
  const run = (a: Value, b: Value) => holds(compareValues(a, b)!);
  return Object.fromEntries(COMPARABLE.map(([a, b]) => [`_${operator}_(${a}, ${b}): bool`, [run, comparing]]));
}

function divide(a: bigint, b: bigint): bigint {
  if (b === 0n) throw new CelError('division by zero');
  return a / b;
}

function remainder(a: bigint, b: bigint): bigint {
  if (b === 0n) throw new CelError('modulus by zero');
  return a % b;
}

function concatBytes(a: Uint8Array, b: Uint8Array): Uint8Array {
  return new Uint8Array([...a, ...b]);
}

/** Lists that are sets or maps by their schema keep one element an identity: the later one, at the place of the earlier. */
function concatLists(a: List, b: List): List {
  if (!a.identityOf) return (a instanceof GrowingList ? a : new GrowingList([...a])).append(b);
  const elements = [...a];
  const places = new Map<string | undefined, number>();
  elements.forEach((element, index) => void places.set(a.identityOf!(element), index));
  for (const element of b) {
    const identity: string | undefined = a.identityOf(element);
    const place = identity === undefined ? undefined : places.get(identity);
    if (place === undefined) {
      if (identity !== undefined) places.set(identity, elements.length);
      elements.push(element);
    } else elements[place] = element;
  }
  return new ArrayList(elements, a.identityOf);
}

/** Upstream counts 1; but all of it is copied here. */
const copying = (a?: Value, b?: Value): number => 1 + (a instanceof GrowingList ? 0 : sizeOf(a!)) + sizeOf(b!);

const ARITHMETIC: Readonly<Record<string, Implementation>> = {
  '_+_(int, int): int': (a: bigint, b: bigint) => checkInt(a + b),
  '_+_(uint, uint): uint': (a: Uint, b: Uint) => checkUint(a.value + b.value),
  '_+_(double, double): double': (a: number, b: number) => a + b,
  '_+_(string, string): string': [(a: string, b: string) => a + b, passing],
  '_+_(bytes, bytes): bytes': [concatBytes, passing],
  '_+_(list(A), list(A)): list(A)': [concatLists, once, copying],
  '_+_(timestamp, duration): timestamp': (a: Timestamp, b: Duration) => checkTimestamp(a.nanos + b.nanos),
  '_+_(duration, timestamp): timestamp': (a: Duration, b: Timestamp) => checkTimestamp(a.nanos + b.nanos),
  '_+_(duration, duration): duration': (a: Duration, b: Duration) => checkDuration(a.nanos + b.nanos),
  '_-_(int, int): int': (a: bigint, b: bigint) => checkInt(a - b),
  '_-_(uint, uint): uint': (a: Uint, b: Uint) => checkUint(a.value - b.value),
  '_-_(double, double): double': (a: number, b: number) => a - b,
  '_-_(timestamp, timestamp): duration': (a: Timestamp, b: Timestamp) => checkDuration(a.nanos - b.nanos),
  '_-_(timestamp, duration): timestamp': (a: Timestamp, b: Duration) => checkTimestamp(a.nanos - b.nanos),
  '_-_(duration, duration): duration': (a: Duration, b: Duration) => checkDuration(a.nanos - b.nanos),
  '_*_(int, int): int': (a: bigint, b: bigint) => checkInt(a * b),
  '_*_(uint, uint): uint': (a: Uint, b: Uint) => checkUint(a.value * b.value),
  '_*_(double, double): double': (a: number, b: number) => a * b,
  '_/_(int, int): int': (a: bigint, b: bigint) => checkInt(divide(a, b)),
  '_/_(uint, uint): uint': (a: Uint, b: Uint) => checkUint(divide(a.value, b.value)),
  '_/_(double, double): double': (a: number, b: number) => a / b,
  '_%_(int, int): int': (a: bigint, b: bigint) => remainder(a, b),
  '_%_(uint, uint): uint': (a: Uint, b: Uint) => checkUint(remainder(a.value, b.value)),
  '-_(int): int': (a: bigint) => checkInt(-a),
  '-_(double): double': (a: number) => -a,
  '!_(bool): bool': (a: boolean) => !a,
};

function elementAt(list: List, index: Value): Value {
  const found = elementOrNothing(list, index);
  if (found === undefined) throw new CelError(`index out of bounds: ${formatKey(index)}`);
  return found;
}

function elementOrNothing(list: List, index: Value): Value | undefined {
  const key = keyOf(index);
  if (!key?.startsWith('n')) throw new CelError(`unsupported index value '${formatKey(index)}' in list`);
  const at = Number(key.slice(1));
  return at >= 0 && at < list.size ? list.at(at) : undefined;
}

function memberAt(map: MapValue, key: Value): Value {
  const found = map.get(key);
  if (found === undefined) throw new CelError(`no such key: ${formatKey(key)}`);
  return found;
}

const formatKey = (key: Value): string =>
  key instanceof Uint ? String(key.value) : typeof key === 'object' ? '?' : String(key);

const optionally = (found: Value | undefined): Optional => (found === undefined ? NONE : new Optional(found));

/** An optional of what is found inside of an optional. */
const within =
  <T extends Value>(find: (inner: T, key: Value) => Value | undefined) =>
  ({ value }: Optional, key: Value): Optional =>
    value === undefined ? NONE : optionally(find(value as T, key));

const mapMember = (map: MapValue, key: Value): Value | undefined => map.get(key);

const INDEXING: Readonly<Record<string, Implementation>> = {
  '_[_](list(A), int): A': elementAt,
  '_[_](map(A, B), A): B': memberAt,
  '_[_](optional(list(A)), int): optional(A)': within(elementOrNothing),
  '_[_](optional(map(A, B)), A): optional(B)': within(mapMember),
  '_[?_](list(A), int): optional(A)': (list: List, index: Value) => optionally(elementOrNothing(list, index)),
  '_[?_](map(A, B), A): optional(B)': (map: MapValue, key: Value) => optionally(map.get(key)),
  '_[?_](optional(list(A)), int): optional(A)': within(elementOrNothing),
  '_[?_](optional(map(A, B)), A): optional(B)': within(mapMember),
  '@in(A, list(A)): bool': {
    metered: (step, value: Value, list: List) => {
      for (const element of list) if (areEqual(element, value, step)) return true;
      return false;
    },
    cost: (_, list) => sizeOf(list!),
  },
  '@in(A, map(A, B)): bool': (key: Value, map: MapValue) => map.has(key),
};

/** What transformations over two variables gather their entries with. */
function insert(map: EntryMap, key: Value, value: Value): EntryMap {
  const text = keyOf(key);
  if (text === undefined) throw new CelError('unsupported key type');
  if (map.entries.has(text)) throw new CelError(`insert failed: key ${formatKey(key)} already exists`);
  return new EntryMap(new Map(map.entries).set(text, [key, value]));
}

function insertAll(map: EntryMap, added: MapValue): EntryMap {
  let grown = map;
  for (const key of added.keys()) grown = insert(grown, key, added.get(key)!);
  return grown;
}

export const OPERATORS = defineFunctions({
  '_==_(A, A): bool': { metered: (step, a: Value, b: Value) => areEqual(a, b, step), cost: comparing },
  '_!=_(A, A): bool': { metered: (step, a: Value, b: Value) => !areEqual(a, b, step), cost: comparing },
  ...order('<', (compared) => compared < 0),
  ...order('<=', (compared) => compared <= 0),
  ...order('>', (compared) => compared > 0),
  ...order('>=', (compared) => compared >= 0),
  ...ARITHMETIC,
  ...INDEXING,
  '@map_insert(map(A, B), A, B): map(A, B)': [insert, once, (map) => 1 + sizeOf(map!)],
  '@map_insert(map(A, B), map(A, B)): map(A, B)': [
    insertAll,
    once,
    (map, added) => (1 + sizeOf(added!)) * (1 + sizeOf(map!)),
  ],
});
