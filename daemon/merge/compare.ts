/**
 * What changed between two versions of an object, as field sets: added, modified, removed. The rules are those of
 * structured-merge-diff's Compare. Equal references are never entered, so an update costs what it changed, and a
 * comparison is total: an item that cannot be named makes its list count as one value.
 */

import { deepEqual } from '../base/json.ts';
import { addedNode } from './added.ts';
import { childNode, EMPTY_SET, type FieldSet, recursiveDifference } from './field-set.ts';
import { type Atom, atomOf, DEDUCED, type ListType, type MapType, type MergeType } from './merge-type.ts';
import { fieldElement, itemElement } from './path-element.ts';

/** Members are absent when empty. At a child they are child nodes (see field-set.ts), at the root whole sets. */
export interface Comparison {
  readonly added?: FieldSet;
  readonly modified?: FieldSet;
  readonly removed?: FieldSet;
}

type Mutable = { -readonly [Key in keyof Comparison]: { [element: string]: FieldSet } };
type Json = Record<string, unknown>;

const ADDED: Comparison = { added: EMPTY_SET };
const MODIFIED: Comparison = { modified: EMPTY_SET };
const REMOVED: Comparison = { removed: EMPTY_SET };

const asMap = (value: unknown): Json | undefined =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : undefined;
const asList = (value: unknown): readonly unknown[] | undefined => (Array.isArray(value) ? value : undefined);

function compareLeaf(left: unknown, right: unknown): Comparison | undefined {
  if (left === undefined) return ADDED;
  if (right === undefined) return REMOVED;
  return deepEqual(left, right) ? undefined : MODIFIED;
}

/** Runs for each member that changed, of which there may be tens of thousands. */
function collect(out: Mutable | undefined, element: string, child: Comparison | undefined): Mutable | undefined {
  if (!child) return out;
  const result = out ?? {};
  if (child.added) put(result, 'added', element, child.added);
  if (child.modified) put(result, 'modified', element, child.modified);
  if (child.removed) put(result, 'removed', element, child.removed);
  return result;
}

function put(out: Mutable, change: keyof Comparison, element: string, node: FieldSet): void {
  const set = out[change];
  if (set) set[element] = node;
  else out[change] = { [element]: node };
}

/** Without a prototype: a label may be called `constructor`. */
const ABSENT_STRUCT: Json = Object.freeze(Object.create(null) as Json);

function compareMember(map: MapType, name: string, left: Json, right: Json, bothPresent: boolean) {
  let l = left[name];
  let r = right[name];
  if (l === r) return undefined;
  if (bothPresent && (l === undefined || r === undefined) && map.isZeroOf(name, l === undefined ? r : l))
    return undefined;
  if (bothPresent && (l === undefined || r === undefined) && map.alwaysPresent(name)) {
    const empty = Array.isArray(l ?? r) ? [] : ABSENT_STRUCT;
    l ??= empty;
    r ??= empty;
  }
  return compareNodes(map.field(name) ?? map.element ?? DEDUCED, l, r);
}

function compareMaps(map: MapType, left: unknown, right: unknown): Comparison | undefined {
  const l = asMap(left) ?? ABSENT_STRUCT;
  const r = asMap(right) ?? ABSENT_STRUCT;
  const bothPresent = left !== undefined && right !== undefined;
  let out: Mutable | undefined;
  for (const name of Object.keys(r)) {
    if (r[name] === undefined) continue;
    const before = Object.hasOwn(l, name) ? l : ABSENT_STRUCT;
    out = collect(out, fieldElement(name), compareMember(map, name, before, r, bothPresent));
  }
  for (const name of Object.keys(l)) {
    if (l[name] === undefined || (Object.hasOwn(r, name) && r[name] !== undefined)) continue;
    out = collect(out, fieldElement(name), compareMember(map, name, l, ABSENT_STRUCT, bothPresent));
  }
  return out;
}

/** Items by step, in order. A step seen more than once has several. Undefined when an item cannot be named. */
export function indexItems(list: ListType, items: readonly unknown[]): Map<string, unknown[]> | undefined {
  const index = new Map<string, unknown[]>();
  try {
    for (const item of items) {
      const element = itemElement(list, item);
      const same = index.get(element);
      if (same) same.push(item);
      else index.set(element, [item]);
    }
  } catch {
    return undefined;
  }
  return index;
}

function compareItems(list: ListType, left: unknown[] | undefined, right: unknown[] | undefined) {
  if ((left?.length ?? 0) <= 1 && (right?.length ?? 0) <= 1) return compareNodes(list.item, left?.[0], right?.[0]);
  // Duplicates (an Update may write them, an Apply may not) are one indivisible field.
  return compareLeaf(left, right);
}

function compareLists(list: ListType, left: readonly unknown[], right: readonly unknown[]): Comparison | undefined {
  // Naming items is the costly part; most lists of an update did not change at all.
  if (deepEqual(left, right)) return undefined;
  const l = indexItems(list, left);
  const r = indexItems(list, right);
  if (!l || !r) return compareLeaf(left, right);
  let out: Mutable | undefined;
  for (const [element, items] of r) out = collect(out, element, compareItems(list, l.get(element), items));
  for (const [element, items] of l) {
    if (!r.has(element)) out = collect(out, element, compareItems(list, items, undefined));
  }
  return out;
}

/** Adds the node itself to what its children changed, when it came or went as a whole. */
function withSelf(children: Comparison | undefined, left: unknown, right: unknown): Comparison | undefined {
  if (left === undefined) return { ...children, added: childNode(children?.added, true) };
  if (right === undefined) return { ...children, removed: childNode(children?.removed, true) };
  return children;
}

function compareAs(atom: Atom, type: MergeType, left: unknown, right: unknown): Comparison | undefined {
  if (atom === 'map') {
    const map = type.map!;
    const empty = isEmptyMap(left) && isEmptyMap(right);
    if (map.atomic || empty) return compareLeaf(left, right);
    return withSelf(compareMaps(map, left, right), left, right);
  }
  if (atom === 'list' && type.list) {
    const l = asList(left) ?? [];
    const r = asList(right) ?? [];
    if (!type.list.associative || (l.length === 0 && r.length === 0)) return compareLeaf(left, right);
    return withSelf(compareLists(type.list, l, r), left, right);
  }
  return compareLeaf(left, right);
}

function isEmptyMap(value: unknown): boolean {
  const map = asMap(value);
  return !map || Object.keys(map).length === 0;
}

function compareNodes(type: MergeType, left: unknown, right: unknown): Comparison | undefined {
  if (left === right) return undefined;
  if (left === undefined) return { added: addedNode(type, right) };
  const known = right ?? left;
  const atom = atomOf(type, known);
  if (left !== undefined && right !== undefined && left !== null && right !== null) {
    // A value that changed its very kind (1 → {a: 1}) is modified, and what it holds comes and goes with it.
    const before = atomOf(type, left);
    if (before !== atom) {
      const gone = compareAs(before, type, left, null);
      const came = compareAs(atom, type, null, right);
      return { added: came?.added, removed: gone?.removed, modified: EMPTY_SET };
    }
  }
  return compareAs(atom, type, left, right);
}

const NOTHING: Comparison = Object.freeze({});

/**
 * Compares two whole objects of `type`. `left` undefined stands for the object before it was created (an empty one).
 * `ignored` fields and all below them are left out (resetFields).
 */
export function compareObjects(type: MergeType, left: unknown, right: unknown, ignored?: FieldSet): Comparison {
  const found = compareNodes(type, left ?? ABSENT_STRUCT, right ?? ABSENT_STRUCT) ?? NOTHING;
  if (!ignored) return found;
  return {
    added: found.added && recursiveDifference(found.added, ignored),
    modified: found.modified && recursiveDifference(found.modified, ignored),
    removed: found.removed && recursiveDifference(found.removed, ignored),
  };
}
