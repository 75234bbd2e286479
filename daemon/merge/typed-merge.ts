/**
 * Merges an applied configuration into a live object: what the configuration says wins, what it does not say stays
 * (structured-merge-diff's Merge). Neither argument is changed; the result shares with both of them.
 */

import { defineMember, isObject } from '../base/json.ts';
import { indexItems } from './compare.ts';
import { atomOf, DEDUCED, type ListType, type MapType, type MergeType } from './merge-type.ts';
import { displayElement, itemElement } from './path-element.ts';
import { TypedError } from './typed.ts';

function mergeMaps(map: MapType, live: Record<string, unknown>, patch: Record<string, unknown>): unknown {
  const out: Record<string, unknown> = {};
  let changed = false;
  for (const name of Object.keys(live)) {
    const type = map.field(name) ?? map.element ?? DEDUCED;
    const merged = mergeNodes(type, live[name], Object.hasOwn(patch, name) ? patch[name] : undefined);
    if (merged !== live[name]) changed = true;
    if (merged !== undefined) defineMember(out, name, merged);
  }
  for (const name of Object.keys(patch)) {
    if (Object.hasOwn(live, name)) continue;
    const merged = mergeNodes(map.field(name) ?? map.element ?? DEDUCED, undefined, patch[name]);
    changed = true;
    if (merged !== undefined) defineMember(out, name, merged);
  }
  return changed ? out : live;
}

/**
 * The order of the merged list. Items of the patch keep the patch's order among themselves; items that only the live
 * list has stay in front of the next live item that the patch also has, as far as that order allows.
 * The walk goes over both lists at once, takes a live-only item as soon as it is reached, and passes over live items
 * whose turn in the patch has not come or is past.
 * Example: live [a, x, b, y] and patch [b, a, c]: a is passed over (b comes first in the patch), x is taken, b merges,
 * y is taken, then a and c follow: [x, b, y, a, c].
 */
function interleave(live: readonly string[], patch: readonly string[]): { element: string; liveIndex: number }[] {
  const inPatch = new Set(patch);
  const inLive = new Set(live);
  const shared = patch.filter((element) => inLive.has(element));
  const done = new Set<string>();
  const out: { element: string; liveIndex: number }[] = [];
  let nextShared = 0;
  let l = 0;
  let p = 0;
  while (l < live.length || p < patch.length) {
    const mine = live[l];
    if (mine !== undefined && p < patch.length) {
      if (mine === patch[p]) {
        out.push({ element: mine, liveIndex: -1 });
        done.add(mine);
        l++;
        p++;
        nextShared++;
        continue;
      }
      if (inPatch.has(mine) && nextShared < shared.length && shared[nextShared] !== mine) {
        l++;
        continue;
      }
    }
    if (mine !== undefined) {
      if (!inPatch.has(mine)) {
        out.push({ element: mine, liveIndex: l });
        l++;
        continue;
      }
      if (done.has(mine)) l++;
    }
    if (p < patch.length) {
      const element = patch[p]!;
      out.push({ element, liveIndex: -1 });
      done.add(element);
      if (shared[nextShared] === element) nextShared++;
      p++;
    }
  }
  return out;
}

function mergeLists(list: ListType, live: readonly unknown[], patch: readonly unknown[]): unknown {
  const mine = indexItems(list, live);
  const theirs = indexItems(list, patch);
  if (!mine || !theirs) return patch;
  for (const [element, items] of theirs) {
    if (items.length > 1) throw new TypedError(`rhs: duplicate entries for key ${displayElement(element)}`);
  }
  const liveOrder = live.map((item) => itemElement(list, item));
  const out = interleave(liveOrder, [...theirs.keys()]).map(({ element, liveIndex }) => {
    if (liveIndex >= 0) return live[liveIndex];
    const before = mine.get(element);
    // A live item that is there twice is replaced by the one applied.
    return mergeNodes(list.item, before?.length === 1 ? before[0] : undefined, theirs.get(element)![0]);
  });
  const same = out.length === live.length && out.every((item, index) => item === live[index]);
  return same ? live : out;
}

const sizeOf = (value: unknown): number =>
  Array.isArray(value) ? value.length : isObject(value) ? Object.keys(value).length : 0;

function mergeNodes(type: MergeType, live: unknown, patch: unknown): unknown {
  if (patch === undefined || patch === live) return live;
  if (live === undefined || live === null) return patch;
  const atom = patch === null ? atomOf(type, live) : atomOf(type, patch);
  const divisible = atom === 'map' ? !type.map!.atomic : atom === 'list' && type.list!.associative;
  if (!divisible || (sizeOf(live) === 0 && sizeOf(patch) === 0)) return keepEqual(live, patch);
  // A null for a list or map with content says nothing about that content.
  if (patch === null) return live;
  if (atom === 'map') return isObject(live) ? mergeMaps(type.map!, live, patch as Record<string, unknown>) : patch;
  return Array.isArray(live) ? mergeLists(type.list!, live, patch as unknown[]) : patch;
}

/** Keeps the live reference of an equal scalar, so that "nothing changed" can be told by identity. */
function keepEqual(live: unknown, patch: unknown): unknown {
  return Object.is(live, patch) ? live : patch;
}

/**
 * The live object with the configuration merged in. Its nulls stay: what they mean is for the decoding of the result to say (nothing in a struct,
 * an empty text among labels), and for a custom object's rules. Throws {@link TypedError} on duplicate items in the patch.
 */
export function mergeTyped(type: MergeType, live: unknown, patch: unknown): Record<string, unknown> {
  return (mergeNodes(type, live, patch) ?? {}) as Record<string, unknown>;
}
