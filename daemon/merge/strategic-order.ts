/**
 * The order of a list after a strategic merge: items that the patch (or its `$setElementOrder`) names keep that order,
 * the server's other items keep the live order, and the two are interleaved by the live order where it decides.
 */

import { isObject } from '../base/json.ts';
import { badType, noMergeKey, plainError } from './strategic-errors.ts';

/** What identifies an item: its merge key's value, or the scalar itself. */
type ItemKey = (item: unknown) => unknown;

export interface Ordering {
  /** The items (or holders of bare keys) whose relative order is wanted. */
  order: readonly unknown[];
  /** The list before the patch. */
  live: readonly unknown[];
  /** `''` for scalars. */
  mergeKey: string;
  /** The items are objects, each of which must have the merge key. */
  isMaps: boolean;
}

export const itemKey =
  (mergeKey: string): ItemKey =>
  (item) =>
    mergeKey && isObject(item) ? item[mergeKey] : item;

/** Throws 500. */
export function requireMergeKey(item: unknown, mergeKey: string): void {
  if (!isObject(item)) throw badType({}, item);
  if (!Object.hasOwn(item, mergeKey)) throw noMergeKey(item, mergeKey);
}

function positions(items: readonly unknown[], keyOf: ItemKey): Map<unknown, number> {
  const out = new Map<unknown, number>();
  for (const [index, item] of items.entries()) {
    const key = keyOf(item);
    if (!out.has(key)) out.set(key, index);
  }
  return out;
}

/** Upstream's sort calls an item that the order does not know less than every other, both ways: of few items the outcome is that of its insertion sort. */
const INSERTION_SORTED_MAX = 20;

function sortBy(items: readonly unknown[], order: ReadonlyMap<unknown, number>, keyOf: ItemKey): unknown[] {
  const rank = (item: unknown) => order.get(keyOf(item));
  const isLess = (a: unknown, b: unknown) => {
    const [rankA, rankB] = [rank(a), rank(b)];
    return rankA === undefined || rankB === undefined || rankA < rankB;
  };
  if (items.length > INSERTION_SORTED_MAX) return [...items].sort((a, b) => (rank(a) ?? -1) - (rank(b) ?? -1));
  const out: unknown[] = [];
  for (const item of items) {
    let at = out.length;
    while (at > 0 && isLess(item, out[at - 1])) at--;
    out.splice(at, 0, item);
  }
  return out;
}

/** Those that are to be deleted come last. */
function normalize(items: readonly unknown[], order: readonly unknown[], { mergeKey, isMaps }: Ordering): unknown[] {
  const keyOf = itemKey(mergeKey);
  if (!isMaps) return sortBy(items, positions(order, keyOf), keyOf);
  for (const item of [...items, ...order]) requireMergeKey(item, mergeKey);
  const isDeletion = (item: unknown) => (item as Record<string, unknown>)['$patch'] === 'delete';
  const kept = sortBy(
    items.filter((item) => !isDeletion(item)),
    positions(order, keyOf),
    keyOf,
  );
  return [...kept, ...items.filter(isDeletion)];
}

/** Which items the order names. Throws 500 for an order that holds more than objects, where it is asked for one. */
function split(merged: readonly unknown[], { order, mergeKey }: Ordering): [unknown[], unknown[]] {
  const keyOf = itemKey(mergeKey);
  const wanted = positions(order, keyOf);
  const stranger = mergeKey ? order.findIndex((one) => !isObject(one)) : -1;
  const named: unknown[] = [];
  const others: unknown[] = [];
  for (const item of merged) {
    if (mergeKey) requireMergeKey(item, mergeKey);
    const at = wanted.get(keyOf(item));
    if (stranger >= 0 && (at ?? Infinity) > stranger) throw plainError(`value for key ${stranger} is not a map`);
    (at === undefined ? others : named).push(item);
  }
  return [named, others];
}

/** `merged`: all items of the result, in any order. */
export function orderElements(merged: readonly unknown[], ordering: Ordering): unknown[] {
  const { order, live, mergeKey } = ordering;
  const keyOf = itemKey(mergeKey);
  const [itemsNamed, itemsLeft] = split(merged, ordering);
  const named = normalize(itemsNamed, order, ordering);
  const others = normalize(itemsLeft, live, ordering);
  const before = positions(live, keyOf);
  const out: unknown[] = [];
  let next = 0;
  for (const item of named) {
    const place = before.get(keyOf(item));
    // An item that is new to the list has no place in the live order, so it does not wait for the server's items.
    while (place !== undefined && next < others.length && (before.get(keyOf(others[next])) ?? Infinity) < place) {
      out.push(others[next]);
      next++;
    }
    out.push(item);
  }
  return [...out, ...others.slice(next)];
}
