/**
 * Typed values as structured-merge-diff knows them: checked against the type, turned into the set of their fields,
 * and with fields taken out. Values are never changed; results share what did not change.
 */

import { defineMember, isObject } from '../base/json.ts';
import { indexItems } from './compare.ts';
import { childNode, EMPTY_SET, type FieldSet, isEmptySet, isMember } from './field-set.ts';
import { type KeptNode, LEAF } from './kept-nodes.ts';
import { atomOf, DEDUCED, type ListType, type MapType, type MergeType } from './merge-type.ts';
import { displayElement, fieldElement, itemElement, PathElementError } from './path-element.ts';

/** A value that does not fit its type. `message` begins with the path when there is one. */
export class TypedError extends Error {}

/** Go's `%v` of a decoded JSON value. */
function goValue(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(goValue).join(' ')}]`;
  if (!isObject(value)) return value === null ? '<nil>' : String(value);
  const members = Object.keys(value).sort();
  return `map[${members.map((key) => `${key}:${goValue(value[key])}`).join(' ')}]`;
}

/** Go's `%#v` of a decoded JSON value. */
function goSyntax(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value);
  if (Array.isArray(value)) return `[]interface {}{${value.map(goSyntax).join(', ')}}`;
  if (!isObject(value)) return value === null ? 'interface {}(nil)' : String(value);
  const members = Object.keys(value).sort();
  return `map[string]interface {}{${members.map((key) => `${JSON.stringify(key)}:${goSyntax(value[key])}`).join(', ')}}`;
}

/** More than a screen of errors helps nobody and could be made to fill memory. */
const ERRORS_MAX = 100;

interface Problem {
  readonly path: string[];
  readonly message: string;
}

/** Where a problem is, is told on the way back from it: most values have none, and steps need not be made for them. */
class Validator {
  readonly problems: Problem[] = [];

  #report(message: string): void {
    if (this.problems.length < ERRORS_MAX) this.problems.push({ path: [], message });
  }

  /** Problems from this one on are below the step. */
  #locate(from: number, step: () => string): void {
    for (let index = from; index < this.problems.length; index++) this.problems[index]!.path.unshift(step());
  }

  validate(type: MergeType, value: unknown): void {
    if (this.problems.length >= ERRORS_MAX || value === undefined) return;
    const atom = atomOf(type, value);
    if (atom === 'map') this.#map(type.map!, value);
    else if (atom === 'list') this.#list(type, value);
    else this.#scalar(type, value);
  }

  #scalar(type: MergeType, value: unknown): void {
    if (value === null) return;
    if (type.scalar === 'numeric' && typeof value !== 'number')
      this.#report('expected numeric (int or float), got *value.valueUnstructured');
    if (type.scalar === 'string' && typeof value !== 'string')
      this.#report(`expected string, got &value.valueUnstructured{Value:${goSyntax(value)}}`);
    if (type.scalar === 'boolean' && typeof value !== 'boolean')
      this.#report(`expected boolean, got &{${goValue(value)}}`);
  }

  #list(type: MergeType, value: unknown): void {
    if (value === null) return;
    if (!Array.isArray(value) || !type.list) this.#report(`expected list, got &{${goValue(value)}}`);
    else this.#items(type.list, value);
  }

  #items(list: ListType, value: readonly unknown[]): void {
    const seen = new Set<string>();
    for (const [index, item] of value.entries()) {
      let named: string | undefined;
      if (list.associative) {
        try {
          named = itemElement(list, item);
        } catch (error) {
          if (!(error instanceof PathElementError)) throw error;
          // Nothing below can be named: the rest of the list is not looked at either.
          this.#report(`element ${index}: ${error.message}`);
          return;
        }
        if (seen.has(named)) this.#report(`duplicate entries for key ${displayElement(named)}`);
        seen.add(named);
      }
      const before = this.problems.length;
      this.validate(list.item, item);
      this.#locate(before, () => named ?? `i:${index}`);
    }
  }

  #map(map: MapType, value: unknown): void {
    if (value === null) return;
    if (!isObject(value)) {
      this.#report(`expected map, got &{${goValue(value)}}`);
      return;
    }
    for (const name of Object.keys(value)) {
      const member = map.field(name) ?? map.element;
      const before = this.problems.length;
      if (member) this.validate(member, value[name]);
      else this.#report('field not declared in schema');
      this.#locate(before, () => fieldElement(name));
    }
  }
}

/** Checks a value as it is checked before an apply: no unknown fields, no duplicate items. Throws {@link TypedError}. */
export function validateTyped(type: MergeType, value: unknown): void {
  const validator = new Validator();
  validator.validate(type, value);
  const { problems } = validator;
  if (problems.length === 0) return;
  const texts = problems.map(({ path, message }) =>
    path.length > 0 ? `${path.map(displayElement).join('')}: ${message}` : message,
  );
  throw new TypedError(texts.length === 1 ? texts[0]! : ['errors:', ...texts.map((text) => `  ${text}`)].join('\n'));
}

const isEmptyMapValue = (value: unknown): boolean => {
  if (!isObject(value)) return false;
  for (const _ in value) return false;
  return true;
};

const itself = (element: string): string => element;

function mapNode(map: MapType, value: unknown, isMember: boolean): KeptNode | undefined {
  const names: string[] = [];
  const children: KeptNode[] = [];
  if (isObject(value)) {
    for (const name of Object.keys(value)) {
      const member = value[name];
      if (member === undefined) continue;
      const declared = map.field(name);
      const isOwn = declared === undefined || member === null || isEmptyMapValue(member);
      const node = nodeOf(declared ?? map.element ?? DEDUCED, member, isOwn);
      if (!node) continue;
      names.push(name);
      children.push(node);
    }
  }
  return map.recentNodes.node(names, children, isMember, fieldElement);
}

function listNode(list: ListType, value: unknown, isMember: boolean): KeptNode | undefined {
  const items = Array.isArray(value) ? indexItems(list, value) : undefined;
  const elements: string[] = [];
  const children: KeptNode[] = [];
  for (const [element, same] of items ?? []) {
    elements.push(element);
    children.push(same.length > 1 ? LEAF : (nodeOf(list.item, same[0], true) ?? LEAF));
  }
  return list.recentNodes.node(elements, children, isMember, itself);
}

/**
 * The fields of a value. A scalar, an atomic list or map is one in itself and not only by its members; anything else is when `isMember` says so.
 * Undefined: there are none.
 */
function nodeOf(type: MergeType, value: unknown, isMember: boolean): KeptNode | undefined {
  const atom = atomOf(type, value);
  if (atom === 'map') return type.map!.atomic ? LEAF : mapNode(type.map!, value, isMember);
  return atom === 'list' && type.list?.associative ? listNode(type.list, value, isMember) : LEAF;
}

/** All fields that `object` sets: what an applier of it owns. Equal sets are one (`kept-nodes.ts`). */
export function fieldSetOf(type: MergeType, object: unknown): FieldSet {
  return nodeOf(type, object, false)?.set ?? EMPTY_SET;
}

/** Like the set, with every declared field on the way to an owned one counted as owned too (smd's EnsureNamedFieldsAreMembers). */
export function withDeclaredParents(type: MergeType, set: FieldSet): FieldSet {
  const out: { [element: string]: FieldSet } = {};
  for (const element in set) {
    if (element === '.') continue;
    const child = set[element]!;
    const isField = element.startsWith('f:');
    const declared = isField ? type.map?.field(element.slice(2)) : undefined;
    const below = declared ?? (isField ? type.map?.element : type.list?.item) ?? DEDUCED;
    out[element] = childNode(withDeclaredParents(below, child), declared !== undefined || isMember(child)) ?? EMPTY_SET;
  }
  return out;
}

function removeFromMap(map: MapType, value: Record<string, unknown>, remove: FieldSet): unknown {
  if (map.atomic) return null;
  const out: Record<string, unknown> = {};
  let empty = true;
  for (const name of Object.keys(value)) {
    const node = remove[fieldElement(name)];
    if (node && isMember(node)) continue;
    const kept = node ? removeNodes(map.field(name) ?? map.element ?? DEDUCED, value[name], node) : value[name];
    defineMember(out, name, kept);
    empty = false;
  }
  return empty ? null : out;
}

function removeFromList(list: ListType, value: readonly unknown[], remove: FieldSet): unknown {
  if (!list.associative) return null;
  const out: unknown[] = [];
  for (const item of value) {
    const node = remove[itemElement(list, item)];
    if (node && isMember(node)) continue;
    out.push(node ? removeNodes(list.item, item, node) : item);
  }
  return out.length > 0 ? out : null;
}

/** Null when nothing is left. */
function removeNodes(type: MergeType, value: unknown, remove: FieldSet): unknown {
  if (isObject(value) && type.map) return removeFromMap(type.map, value, remove);
  if (Array.isArray(value) && type.list) return removeFromList(type.list, value, remove);
  return value;
}

/**
 * The object without the fields of `remove` (and what is below them). A list or map that lost all it had is null in the
 * result, which still counts as a member of what holds it.
 */
export function removeFields(type: MergeType, object: unknown, remove: FieldSet): Record<string, unknown> {
  if (isEmptySet(remove)) return object as Record<string, unknown>;
  return (removeNodes(type, object, remove) ?? {}) as Record<string, unknown>;
}

/** The value without null members and items; itself when it has none. */
export function dropNulls(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) {
    const items = value.filter((item) => item !== null).map(dropNulls);
    return items.length === value.length && items.every((item, index) => item === value[index]) ? value : items;
  }
  const out: Record<string, unknown> = {};
  let same = true;
  for (const [name, member] of Object.entries(value)) {
    const kept = member === null ? undefined : dropNulls(member);
    if (kept !== member) same = false;
    if (kept !== undefined) defineMember(out, name, kept);
  }
  return same ? value : out;
}
