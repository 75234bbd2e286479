/** Which items of a list are the same before and after: by their merge keys, else by value and place. Pure. */

import { canonicalJson, deepEqual, isObject } from '../base/json.ts';

interface MatchedItems {
  /** Index before → index after, rising in both. */
  readonly pairs: ReadonlyMap<number, number>;
  /** New items, each group behind the item that had index `after` before (-1: in front of all). */
  readonly insertions: readonly { readonly after: number; readonly items: readonly unknown[] }[];
}

function identityOf(item: unknown, keys: readonly string[]): string | undefined {
  if (keys.length === 0) return canonicalJson(item);
  if (!isObject(item) || !Object.hasOwn(item, keys[0]!)) return undefined;
  return canonicalJson(keys.map((key) => item[key] ?? null));
}

function matchByKeys(
  before: readonly unknown[],
  after: readonly unknown[],
  keys: readonly string[],
): Map<number, number> | undefined {
  const places = new Map<string, number>();
  for (const [index, item] of after.entries()) {
    const identity = identityOf(item, keys);
    if (identity === undefined || places.has(identity)) return undefined;
    places.set(identity, index);
  }
  const pairs = new Map<number, number>();
  const seen = new Set<string>();
  for (const [index, item] of before.entries()) {
    const identity = identityOf(item, keys);
    if (identity === undefined || seen.has(identity)) return undefined;
    seen.add(identity);
    const place = places.get(identity);
    if (place !== undefined) pairs.set(index, place);
  }
  return pairs;
}

/** Equal items at both ends stay; between them, place by place. */
function matchByPlace(before: readonly unknown[], after: readonly unknown[]): Map<number, number> {
  const shorter = Math.min(before.length, after.length);
  let head = 0;
  while (head < shorter && deepEqual(before[head], after[head])) head++;
  let tail = 0;
  while (tail < shorter - head && deepEqual(before.at(-1 - tail), after.at(-1 - tail))) tail++;
  const pairs = new Map<number, number>();
  for (let index = 0; index < shorter - tail; index++) pairs.set(index, index);
  for (let index = tail; index > 0; index--) pairs.set(before.length - index, after.length - index);
  return pairs;
}

const isRising = (pairs: ReadonlyMap<number, number>): boolean => {
  let last = -1;
  for (const place of pairs.values()) {
    if (place < last) return false;
    last = place;
  }
  return true;
};

/** A renamed item (another key, mostly the same otherwise) is the same one, changed: between its neighbours, place by place. */
function pairRenamed(before: readonly unknown[], after: readonly unknown[], pairs: Map<number, number>): void {
  const taken = new Set(pairs.values());
  for (let index = 0; index < before.length; index++) {
    if (pairs.has(index)) continue;
    const place = index === 0 ? 0 : (pairs.get(index - 1) ?? -2) + 1;
    if (place < 0 || place >= after.length || taken.has(place) || !isAlike(before[index], after[place])) continue;
    pairs.set(index, place);
    taken.add(place);
  }
}

/** More members in common than not. */
function isAlike(one: unknown, other: unknown): boolean {
  if (!isObject(one) || !isObject(other)) return false;
  const names = new Set([...Object.keys(one), ...Object.keys(other)]);
  const same = [...names].filter((name) => deepEqual(one[name], other[name]));
  return same.length * 2 >= names.size;
}

/** Undefined when the items changed their order: then the list is written anew. */
export function matchItems(
  before: readonly unknown[],
  after: readonly unknown[],
  keys: readonly string[] | undefined,
): MatchedItems | undefined {
  const byKeys = keys && matchByKeys(before, after, keys);
  if (byKeys) pairRenamed(before, after, byKeys);
  const pairs = byKeys ? new Map([...byKeys].sort(([a], [b]) => a - b)) : matchByPlace(before, after);
  if (!isRising(pairs)) return undefined;
  const byPlace = new Map([...pairs].map(([from, to]) => [to, from]));
  const insertions: { after: number; items: unknown[] }[] = [];
  let last = -1;
  for (const [index, item] of after.entries()) {
    const from = byPlace.get(index);
    if (from !== undefined) last = from;
    else if (insertions.at(-1)?.after === last) insertions.at(-1)!.items.push(item);
    else insertions.push({ after: last, items: [item] });
  }
  return { pairs, insertions };
}
