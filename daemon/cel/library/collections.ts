/**
 * Kubernetes' functions on lists, the sets extension and the optional values.
 */

import { CelError } from '../errors.ts';
import { defineFunctions, type Implementation } from '../overload.ts';
import {
  areEqual,
  checkInt,
  checkUint,
  compareValues,
  Duration,
  keyOf,
  type List,
  NONE,
  Optional,
  sizeOf,
  Uint,
  type Value,
} from '../values.ts';

const traversing = (list?: Value): number => Math.max(1, sizeOf(list!));

function isSorted(list: List): boolean {
  for (let index = 1; index < list.size; index++)
    if (compareValues(list.at(index - 1), list.at(index))! > 0) return false;
  return true;
}

function extreme(name: string, isBetter: (order: number) => boolean) {
  return (list: List): Value => {
    if (list.size === 0) throw new CelError(`${name} called on empty list`);
    let best = list.at(0);
    for (const value of list) if (isBetter(compareValues(value, best)!)) best = value;
    return best;
  };
}

const fold = <T extends Value>(list: List, start: T, add: (sum: T, value: T) => T): T => {
  let sum = start;
  for (const value of list) sum = add(sum, value as T);
  return sum;
};

const SUMS: Readonly<Record<string, Implementation>> = {
  '(list(int)).sum(): int': [(list: List) => fold<bigint>(list, 0n, (a, b) => checkInt(a + b)), traversing],
  '(list(uint)).sum(): uint': [
    (list: List) => fold(list, new Uint(0n), (a, b) => checkUint(a.value + b.value)),
    traversing,
  ],
  '(list(double)).sum(): double': [(list: List) => fold<number>(list, 0, (a, b) => a + b), traversing],
  '(list(duration)).sum(): duration': [
    (list: List) => fold(list, new Duration(0n), (a, b) => new Duration(checkInt(a.nanos + b.nanos))),
    traversing,
  ],
};

const ORDERED = ['int', 'uint', 'double', 'bool', 'string', 'bytes', 'duration', 'timestamp'];
const ORDERINGS: Readonly<Record<string, Implementation>> = Object.fromEntries(
  ORDERED.flatMap((type) => [
    [`(list(${type})).isSorted(): bool`, [isSorted, traversing]],
    [`(list(${type})).min(): ${type}`, [extreme('min', (order) => order < 0), traversing]],
    [`(list(${type})).max(): ${type}`, [extreme('max', (order) => order > 0), traversing]],
  ]),
);

type Step = () => void;

function indexOf(step: Step, list: List, value: Value): bigint {
  for (let index = 0; index < list.size; index++) if (areEqual(list.at(index), value, step)) return BigInt(index);
  return -1n;
}

function lastIndexOf(step: Step, list: List, value: Value): bigint {
  for (let index = list.size - 1; index >= 0; index--) if (areEqual(list.at(index), value, step)) return BigInt(index);
  return -1n;
}

/** What simple values are found by at once; others are compared one by one. */
function finder(step: Step, list: List): (value: Value) => boolean {
  const keys = new Set<string>();
  const others: Value[] = [];
  for (const element of list) {
    step();
    const key = keyOf(element);
    if (key === undefined) others.push(element);
    else keys.add(key);
  }
  return (value) => {
    const key = keyOf(value);
    return key !== undefined && keys.has(key) ? true : others.some((other) => areEqual(other, value, step));
  };
}

function contains(step: Step, list: List, sub: List): boolean {
  const has = finder(step, list);
  for (const value of sub) if (!has(value)) return false;
  return true;
}

function intersects(step: Step, a: List, b: List): boolean {
  const has = finder(step, b);
  for (const value of a) if (has(value)) return true;
  return false;
}

const product = (a?: Value, b?: Value): number => 1 + sizeOf(a!) * sizeOf(b!);

const SETS: Readonly<Record<string, Implementation>> = {
  'sets.contains(list(A), list(A)): bool': { metered: contains, cost: product },
  'sets.equivalent(list(A), list(A)): bool': {
    metered: (step: Step, a: List, b: List) => contains(step, a, b) && contains(step, b, a),
    cost: (a, b) => 2 * product(a, b) - 1,
  },
  'sets.intersects(list(A), list(A)): bool': { metered: intersects, cost: product },
};

function isZero(value: Value): boolean {
  if (value === null || value === false || value === '' || value === 0 || value === 0n) return true;
  if (value instanceof Uint) return value.value === 0n;
  if (value instanceof Duration) return value.nanos === 0n;
  return typeof value === 'object' && sizeOf(value) === 0;
}

const OPTIONALS: Readonly<Record<string, Implementation>> = {
  'optional.of(A): optional(A)': (value: Value) => new Optional(value),
  'optional.ofNonZeroValue(A): optional(A)': (value: Value) => (isZero(value) ? NONE : new Optional(value)),
  'optional.none(): optional(A)': () => NONE,
  '(optional(A)).hasValue(): bool': ({ value }: Optional) => value !== undefined,
  '(optional(A)).value(): A': ({ value }: Optional) => {
    if (value === undefined) throw new CelError('optional.none() dereference');
    return value;
  },
  '(optional(A)).or(optional(A)): optional(A)': (a: Optional, b: Optional) => (a.value === undefined ? b : a),
  '(optional(A)).orValue(A): A': (a: Optional, b: Value) => (a.value === undefined ? b : a.value),
};

export const COLLECTIONS = defineFunctions({
  ...SUMS,
  ...ORDERINGS,
  '(list(A)).indexOf(A): int': { metered: indexOf, cost: traversing },
  '(list(A)).lastIndexOf(A): int': { metered: lastIndexOf, cost: traversing },
  ...SETS,
  ...OPTIONALS,
});
