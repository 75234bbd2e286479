/**
 * Sets of fields, held in the very form in which managedFields carries them (FieldsV1), so that nothing is decoded or
 * encoded on the way of a write: a node's members are steps (see path-element.ts), a node without members is a field of
 * the set, a node with members is itself a field of the set when it has the member ".".
 *
 * Sets are never changed once made; results share what did not change with their arguments, and an operation that
 * changes nothing returns its argument itself.
 */

import { canonicalElement, compareElements, displayPath } from './path-element.ts';

export interface FieldSet {
  readonly [element: string]: FieldSet;
}

/** The empty set; as a child, the mark of a field without owned children. */
export const EMPTY_SET: FieldSet = Object.freeze({});

const SELF = '.';
type MutableSet = { [element: string]: FieldSet };

const hasAny = (node: FieldSet): boolean => {
  if (node === EMPTY_SET) return false; // nearly every leaf
  for (const _ in node) return true;
  return false;
};

/** True when the field at this (child) node is in the set itself, not only fields below it. */
export const isMember = (node: FieldSet): boolean => node === EMPTY_SET || SELF in node || !hasAny(node);

export const isEmptySet = (set: FieldSet | undefined): boolean => set === undefined || !hasAny(set);

/** Builds a child node of its children and its own membership; undefined when nothing is left. */
export function childNode(children: FieldSet | undefined, member: boolean): FieldSet | undefined {
  if (!children || !hasAny(children)) return member ? EMPTY_SET : undefined;
  if (!member || SELF in children) return children;
  return { [SELF]: EMPTY_SET, ...children };
}

/** An own node to fill, with the mark of its own membership standing first. */
const newNode = (member: boolean): MutableSet => (member ? { [SELF]: EMPTY_SET } : {});

function unionNodes(a: FieldSet, b: FieldSet, root: boolean): FieldSet {
  if (a === b) return a;
  const member = !root && (isMember(a) || isMember(b));
  const out = newNode(member);
  let same = root || isMember(a) === member;
  for (const key in a) if (key !== SELF) out[key] = a[key]!;
  for (const key in b) {
    if (key === SELF) continue;
    const old = out[key];
    const next = old ? unionNodes(old, b[key]!, false) : b[key]!;
    if (next !== old) {
      out[key] = next;
      same = false;
    }
  }
  return same ? a : out;
}

/** All fields of either. */
export function union(a: FieldSet, b: FieldSet): FieldSet {
  if (!hasAny(b)) return a;
  return hasAny(a) ? unionNodes(a, b, true) : b;
}

/** What became of it: with children, alone, or nothing. */
const finishNode = (node: MutableSet, hasChildren: boolean, member: boolean): FieldSet | undefined =>
  hasChildren ? node : member ? EMPTY_SET : undefined;

/** Whether each field of `a` is one of `b`: looking is cheaper than building what would be the same again. */
export function isWithin(a: FieldSet, b: FieldSet, root = true): boolean {
  if (a === b) return true;
  if (!root && isMember(a) && !isMember(b)) return false;
  for (const key in a) {
    if (key === SELF) continue;
    const other = b[key];
    if (!other || !isWithin(a[key]!, other, false)) return false;
  }
  return true;
}

function intersectNodes(a: FieldSet, b: FieldSet, root: boolean): FieldSet | undefined {
  if (isWithin(a, b, root)) return a;
  const member = !root && isMember(a) && isMember(b);
  const out = newNode(member);
  let hasChildren = false;
  for (const key in b) {
    if (key === SELF) continue;
    const mine = a[key];
    const both = mine && intersectNodes(mine, b[key]!, false);
    if (!both) continue;
    out[key] = both;
    hasChildren = true;
  }
  return finishNode(out, hasChildren, member);
}

/** The fields in both. */
export function intersection(a: FieldSet, b: FieldSet): FieldSet {
  return intersectNodes(a, b, true) ?? EMPTY_SET;
}

function differenceNodes(a: FieldSet, b: FieldSet, root: boolean, recursive: boolean): FieldSet | undefined {
  if (a === b) return undefined;
  const wasMember = !root && isMember(a);
  const gone = !root && isMember(b);
  if (recursive && gone) return undefined;
  const member = wasMember && !gone;
  const out = newNode(member);
  let hasChildren = false;
  let same = root || member === wasMember;
  for (const key in a) {
    if (key === SELF) continue;
    const mine = a[key]!;
    const other = b[key];
    const left = other ? differenceNodes(mine, other, false, recursive) : mine;
    if (left !== mine) same = false;
    if (!left) continue;
    out[key] = left;
    hasChildren = true;
  }
  return same ? a : finishNode(out, hasChildren, member);
}

/** The fields of `a` that are not in `b`; children of a field in `b` stay. */
export function difference(a: FieldSet, b: FieldSet): FieldSet {
  return hasAny(b) ? (differenceNodes(a, b, true, false) ?? EMPTY_SET) : a;
}

/** The fields of `a` that are neither in `b` nor below a field of `b`. */
export function recursiveDifference(a: FieldSet, b: FieldSet): FieldSet {
  return hasAny(b) ? (differenceNodes(a, b, true, true) ?? EMPTY_SET) : a;
}

/** True when both hold the same fields, whatever the order of their steps. */
export function equalSets(a: FieldSet, b: FieldSet): boolean {
  if (a === b) return true;
  let count = 0;
  for (const key in a) {
    count++;
    const other = b[key];
    if (!other || !equalSets(a[key]!, other)) return false;
  }
  for (const _ in b) count--;
  return count === 0;
}

/**
 * Calls `visit` with the path of each field, in the order in which upstream lists them: of each node its own fields, then what is below them, both
 * sorted. The array is reused: copy it to keep it.
 */
export function eachPath(set: FieldSet, visit: (path: readonly string[]) => void): void {
  const path: string[] = [];
  const walk = (node: FieldSet) => {
    const elements = Object.keys(node)
      .filter((key) => key !== SELF)
      .sort(compareElements);
    const at = (element: string, act: () => void) => {
      path.push(element);
      act();
      path.pop();
    };
    for (const element of elements) if (isMember(node[element]!)) at(element, () => visit(path));
    for (const element of elements) at(element, () => walk(node[element]!));
  };
  walk(set);
}

/** A node's own mark stands first. */
const compareMembers = (a: string, b: string): number => (a === SELF ? -1 : b === SELF ? 1 : compareElements(a, b));

/** Of sets that many objects share, which are frozen: those are sorted once. */
const sortedSets = new WeakMap<FieldSet, FieldSet>();

/** The same set with its steps in the order in which upstream writes them; the set itself when they are. */
export function sortedSet(set: FieldSet): FieldSet {
  const known = sortedSets.get(set);
  if (known) return known;
  const sorted = sortSteps(set);
  if (Object.isFrozen(set)) sortedSets.set(set, Object.freeze(sorted));
  return sorted;
}

function sortSteps(set: FieldSet): FieldSet {
  const elements = Object.keys(set);
  let isSorted = elements.every((element, at) => at === 0 || compareMembers(elements[at - 1]!, element) < 0);
  if (!isSorted) elements.sort(compareMembers);
  const out: MutableSet = {};
  for (const element of elements) {
    const child = set[element]!;
    const next = child === EMPTY_SET ? child : sortedSet(child);
    if (next !== child) isSorted = false;
    out[element] = next;
  }
  return isSorted ? set : out;
}

/** The paths as messages show them, for example `.spec.replicas`. */
export function displaySet(set: FieldSet): string[] {
  const out: string[] = [];
  eachPath(set, (path) => out.push(displayPath(path)));
  return out;
}

/** The set of the given paths, each a list of steps. */
export function setOf(...paths: readonly (readonly string[])[]): FieldSet {
  let set = EMPTY_SET;
  for (const path of paths) {
    const one = path.reduceRight<FieldSet>((child, element) => ({ [element]: child }), EMPTY_SET);
    set = union(set, one);
  }
  return set;
}

/** Deeper than any object can be (the API server's own JSON depth bound is far above every schema's). */
const DEPTH_MAX = 512;

/**
 * Reads a set that came from a client: steps are put in their one form, unknown ones dropped (as upstream drops what a
 * later release may have added). Undefined when it is no set at all.
 */
export function parseFieldSet(value: unknown, depth = 0): FieldSet | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || depth > DEPTH_MAX) return undefined;
  const out: MutableSet = {};
  let member = false;
  let children = false;
  for (const key of Object.keys(value)) {
    if (key === SELF) {
      member = true;
      continue;
    }
    const prefix = key.slice(0, 2);
    if (prefix !== 'f:' && prefix !== 'k:' && prefix !== 'v:' && prefix !== 'i:') continue;
    const element = canonicalElement(key);
    const child = parseFieldSet((value as Record<string, unknown>)[key], depth + 1);
    if (element === undefined || child === undefined) return undefined;
    out[element] = child;
    children = true;
  }
  if (depth > 0 && member && children) return { [SELF]: EMPTY_SET, ...out };
  return children ? out : EMPTY_SET;
}
