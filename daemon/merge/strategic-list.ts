/**
 * Lists in a strategic merge patch: scalars are joined without doubles, objects are merged by their key, and items with
 * `$patch` delete or replace. Works in place, as upstream does: what later steps see of the live list is what earlier ones left of it.
 */

import { deepEqual, isObject } from '../base/json.ts';
import type { MergeType } from './merge-type.ts';
import { badDirective, goText, goType, listsOfLists, noMergeKey, plainError } from './strategic-errors.ts';
import { orderElements } from './strategic-order.ts';

type Json = Record<string, unknown>;

/** Merges one item of a list into another. */
export type MergeItem = (type: MergeType, original: Json, patch: Json) => Json;

const DIRECTIVE = '$patch';

/** Items of one type make a list that can be merged. Throws 500, and 422 for lists of lists. */
export function elementsAreMaps(...lists: readonly (readonly unknown[])[]): boolean {
  let first: string | undefined;
  for (const item of lists.flat()) {
    if (first === undefined && Array.isArray(item)) throw listsOfLists();
    const type = goType(item);
    if (item === null || (first !== undefined && type !== first))
      throw plainError(`list element types are not identical: ${goText(lists)}`);
    first ??= type;
  }
  if (first === undefined) throw plainError('no elements in any of the given slices');
  return first === goType({});
}

/** Upstream puts the last item where it finds a double. */
function withoutDoubles(items: unknown[]): unknown[] {
  const seen = new Set<unknown>();
  for (let at = 0; at < items.length; at++) {
    while (at < items.length && seen.has(items[at])) {
      const last = items.pop();
      if (at < items.length) items[at] = last;
    }
    if (at < items.length) seen.add(items[at]);
  }
  return items;
}

/** Carries out the `$patch` items; changes `live`. What is left of the patch, and whether it takes the place of all that is live. */
function applyItemDirectives(live: unknown[], patch: readonly Json[], mergeKey: string) {
  let replaces = false;
  const plain: Json[] = [];
  for (const item of patch) {
    if (!Object.hasOwn(item, DIRECTIVE)) {
      plain.push(item);
      continue;
    }
    const directive = item[DIRECTIVE];
    if (directive === 'replace') replaces = true;
    else if (directive === 'merge') throw plainError('merging lists cannot yet be specified in the patch');
    else if (directive !== 'delete') throw badDirective(directive, item);
    else if (!Object.hasOwn(item, mergeKey)) throw noMergeKey(item, mergeKey);
    else removeMatching(live as Json[], mergeKey, item[mergeKey]);
  }
  return { plain, replaces };
}

function removeMatching(live: Json[], mergeKey: string, value: unknown): void {
  let kept = 0;
  for (const one of live) if (!Object.hasOwn(one, mergeKey) || !deepEqual(one[mergeKey], value)) live[kept++] = one;
  live.length = kept;
}

function mergeItems(type: MergeType, live: Json[], plain: readonly Json[], mergeItem: MergeItem): void {
  const { patchMergeKey: mergeKey, list } = type;
  const place = new Map<unknown, number>();
  for (const [index, one] of live.entries()) if (!place.has(one[mergeKey])) place.set(one[mergeKey], index);
  for (const one of plain) {
    if (!Object.hasOwn(one, mergeKey)) throw noMergeKey(one, mergeKey);
    const key = one[mergeKey];
    const at = place.get(key);
    if (at !== undefined) live[at] = mergeItem(list!.item, live[at]!, one);
    else {
      place.set(key, live.length);
      live.push(one);
    }
  }
}

/** The merged list; `original` and `patch` are changed. `isDelete`: the patch names scalars that are to go. Throws 422, 500. */
export function mergeList(
  type: MergeType,
  original: unknown[],
  patch: unknown[],
  { isDelete, mergeItem }: { isDelete: boolean; mergeItem: MergeItem },
): unknown[] {
  // What is to be deleted is, whatever the list's strategy.
  if (type.patchStrategy !== 'merge' && !isDelete) return patch;
  if (original.length === 0 && patch.length === 0) return original;
  const isMaps = elementsAreMaps(original, patch);
  const { patchMergeKey: mergeKey } = type;
  if (!isMaps) {
    if (isDelete) {
      const gone = new Set(patch);
      return original.filter((item) => !gone.has(item));
    }
    const merged = withoutDoubles([...original, ...patch]);
    return orderElements(merged, { order: patch, live: original, mergeKey, isMaps });
  }
  if (!mergeKey) throw plainError(`cannot merge lists without merge key for ${isStruct(type) ? 'struct' : 'map'}`);
  const { plain, replaces } = applyItemDirectives(original, patch as Json[], mergeKey);
  if (replaces) return orderElements(plain, { order: [], live: plain, mergeKey, isMaps });
  const live = [...original];
  mergeItems(type, original as Json[], plain, mergeItem);
  return orderElements(original, { order: plain, live, mergeKey, isMaps });
}

const isStruct = ({ list }: MergeType): boolean => list?.item.map?.struct === true;

/** Of a list that takes the place of something: items that only say what to do are none. Changes `value`; undefined: nothing is left. */
export function withoutDirectives(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutDirectives).filter((item) => item !== undefined);
  if (!isObject(value)) return value;
  if (Object.hasOwn(value, DIRECTIVE)) return undefined;
  for (const name of Object.keys(value)) {
    const left = withoutDirectives(value[name]);
    if (left === undefined) delete value[name];
    else if (left !== value[name]) value[name] = left;
  }
  return value;
}
