/**
 * Strategic merge patch: a merge patch that knows, from the schema, which lists merge by a key, and which takes
 * directives: `$patch: replace|delete|merge`, `$deleteFromPrimitiveList/<list>`, `$setElementOrder/<list>`, `$retainKeys`.
 * Neither argument is changed. Error texts are the API server's.
 */

import { deepEqual, defineMember, isObject } from '../base/json.ts';
import { badRequest, StatusError } from '../base/status.ts';
import type { SchemaNode, SchemaSet } from '../schema/node.ts';
import { DEDUCED, type MergeType, mergeTypesOf } from './merge-type.ts';
import { type ItemKey, orderElements } from './strategic-order.ts';

type Json = Record<string, unknown>;

const DIRECTIVE = '$patch';
const DELETE_FROM_LIST = '$deleteFromPrimitiveList';
const SET_ORDER = '$setElementOrder';
const RETAIN_KEYS = '$retainKeys';

const BAD_PRIMITIVE_LIST = 'invalid patch format of primitive list';
const BAD_RETAIN_KEYS = 'invalid patch format of retainKeys';
const BAD_ORDER_LIST = 'invalid patch format of setElementOrder list';

/** What the API server answers without a reason of its own: 500 and the bare text. */
function plainError(message: string): StatusError {
  return new StatusError(500, '', message);
}

/** Go's `%v` of a map, for messages. */
function goMap(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(goMap).join(' ')}]`;
  if (!isObject(value)) return value === null ? '<nil>' : String(value);
  const names = Object.keys(value).sort();
  return `map[${names.map((name) => `${name}:${goMap(value[name])}`).join(' ')}]`;
}

function goType(value: unknown): string {
  if (Array.isArray(value)) return '[]interface {}';
  if (isObject(value)) return 'map[string]interface {}';
  if (typeof value === 'number') return Number.isInteger(value) ? 'int64' : 'float64';
  if (typeof value === 'boolean') return 'bool';
  return value === null || value === undefined ? '%!s(<nil>)' : 'string';
}

const noMergeKey = (item: unknown, key: string): StatusError =>
  plainError(`map: ${goMap(item)} does not contain declared merge key: ${key}`);
const badType = (expected: unknown, actual: unknown): StatusError =>
  plainError(`expected a ${goType(expected)}, but received a ${goType(actual)}`);

function memberType(type: MergeType, name: string): MergeType {
  const found = type.map?.field(name) ?? type.map?.element;
  if (found) return found;
  throw plainError(`unable to find api field in struct ${type.name} for the json field ${JSON.stringify(name)}`);
}

function applyDirective(directive: unknown, patch: Json): Json {
  const { [DIRECTIVE]: _, ...rest } = patch;
  if (directive === 'replace') return rest;
  if (directive === 'delete') return {};
  throw plainError(`unknown patch type: ${goMap(directive)} in map: ${goMap(patch)}`);
}

/** Drops from `original` what `$retainKeys` does not name. Changes `original`. */
function applyRetainKeys(original: Json, patch: Json): void {
  const retain = patch[RETAIN_KEYS];
  if (retain === undefined) return;
  if (!Array.isArray(retain)) throw badRequest(BAD_RETAIN_KEYS);
  for (const name of Object.keys(patch)) {
    if (name === RETAIN_KEYS || patch[name] === null) continue;
    if (name.startsWith(DELETE_FROM_LIST) || name.startsWith(SET_ORDER)) continue;
    if (!retain.includes(name)) throw badRequest(BAD_RETAIN_KEYS);
  }
  for (const name of Object.keys(original)) if (!retain.includes(name)) delete original[name];
}

/** `$setElementOrder/containers` → `containers` */
function listOfDirective(name: string, prefix: string, message: string): string {
  if (!name.startsWith(`${prefix}/`)) throw badRequest(message);
  return name.slice(prefix.length + 1);
}

/** The order of the patch list must agree with `$setElementOrder`, which must name all of its items. */
function checkOrder(patchList: readonly unknown[], order: readonly unknown[], keyOf: ItemKey, mergeKey: string): void {
  if (order.length === 0 || patchList.length === 0) return;
  const items = patchList.filter((item) => !(isObject(item) && DIRECTIVE in item));
  let next = 0;
  for (const one of order) {
    if (next >= items.length) break;
    for (const side of mergeKey ? [items[next], one] : []) {
      if (!isObject(side)) throw badType({}, side);
      if (!Object.hasOwn(side, mergeKey)) throw noMergeKey(side, mergeKey);
    }
    if (keyOf(items[next]) === keyOf(one)) next++;
  }
  if (next < items.length)
    throw plainError(
      `The order in patch list:\n${goMap(patchList)}\n doesn't match ${SET_ORDER} list:\n${goMap(order)}\n`,
    );
}

const asList = (value: unknown): unknown[] => {
  if (value === undefined) return [];
  if (!Array.isArray(value)) throw badType([], value);
  return value;
};

/** Merges the list that an order directive speaks of, and orders it. */
function mergeOrdered(type: MergeType, original: Json, patch: Json, directive: string): void {
  const name = listOfDirective(directive, SET_ORDER, BAD_ORDER_LIST);
  const order = patch[directive];
  if (!Array.isArray(order)) throw badType([], order);
  const inOriginal = Object.hasOwn(original, name);
  const inPatch = Object.hasOwn(patch, name);
  const before = asList(original[name]);
  const change = asList(patch[name]);
  const list = memberType(type, name);
  if (!list.list) throw plainError(`expected slice or array type, but got: ${list.name}`);
  const mergeKey = list.patchMergeKey;
  const keyOf = itemKey(mergeKey);
  checkOrder(change, order, keyOf, mergeKey);
  if (!inOriginal && !inPatch) return;
  let merged = inOriginal ? before : change;
  if (inOriginal && inPatch) merged = mergeListField(list, before, change, false);
  for (const item of mergeKey ? [...merged, ...order] : []) {
    if (!isObject(item)) throw badType({}, item);
    if (!Object.hasOwn(item, mergeKey)) throw noMergeKey(item, mergeKey);
  }
  original[name] = orderElements(merged, order, before, keyOf);
}

const itemKey =
  (mergeKey: string): ItemKey =>
  (item) =>
    mergeKey && isObject(item) ? item[mergeKey] : item;

function checkItems(...lists: readonly (readonly unknown[])[]): 'maps' | 'scalars' {
  let first: string | undefined;
  for (const item of lists.flat()) {
    if (Array.isArray(item)) throw unprocessableList();
    const kind = goType(item);
    if (item === null) throw plainError(`list element types are not identical: ${first ?? '<nil>'} and <nil>`);
    if (first !== undefined && kind !== first && !(isNumber(kind) && isNumber(first)))
      throw plainError(`list element types are not identical: [${first} ${kind}]`);
    first ??= kind;
  }
  return first === 'map[string]interface {}' ? 'maps' : 'scalars';
}

const isNumber = (kind: string): boolean => kind === 'int64' || kind === 'float64';

function unprocessableList(): StatusError {
  const message = 'the server rejected our request due to an error in our request';
  return new StatusError(422, 'Invalid', message, {}, { cause: new Error('lists of lists are not supported') });
}

/** Carries out `$patch` items of a list: what is left of the live list and of the patch. */
function applyItemDirectives(original: readonly unknown[], patch: readonly unknown[], mergeKey: string) {
  let live = [...original];
  let replace = false;
  const plain: Json[] = [];
  for (const item of patch as readonly Json[]) {
    const directive = item[DIRECTIVE];
    if (directive === undefined) plain.push(item);
    else if (directive === 'replace') replace = true;
    else if (directive === 'merge') throw plainError('merging lists cannot yet be specified in the patch');
    else if (directive !== 'delete') throw plainError(`unknown patch type: ${goMap(directive)} in map: ${goMap(item)}`);
    else if (!Object.hasOwn(item, mergeKey)) throw noMergeKey(item, mergeKey);
    else live = live.filter((one) => !deepEqual((one as Json)[mergeKey], item[mergeKey]));
  }
  return replace ? { live: plain as unknown[], plain: [] as Json[] } : { live, plain };
}

function mergeMapItems(item: MergeType, live: unknown[], patch: readonly Json[], mergeKey: string): unknown[] {
  const position = new Map<unknown, number>();
  for (const [index, one] of live.entries()) {
    const key = (one as Json)[mergeKey];
    if (!position.has(key)) position.set(key, index);
  }
  for (const one of patch) {
    if (!Object.hasOwn(one, mergeKey)) throw noMergeKey(one, mergeKey);
    const at = position.get(one[mergeKey]);
    if (at !== undefined) live[at] = mergeMap(item, live[at] as Json, one);
    else {
      position.set(one[mergeKey], live.length);
      live.push(withoutDirectives(one));
    }
  }
  return live;
}

function mergeListField(type: MergeType, original: unknown[], patch: unknown[], isDelete: boolean): unknown[] {
  if (type.patchStrategy !== 'merge') return patch;
  if (original.length === 0 && patch.length === 0) return original;
  const mergeKey = type.patchMergeKey;
  if (checkItems(original, patch) === 'scalars') {
    if (isDelete) {
      const gone = new Set(patch);
      return original.filter((item) => !gone.has(item));
    }
    return orderElements([...new Set([...original, ...patch])], patch, original, itemKey(''));
  }
  if (!mergeKey) throw plainError(`cannot merge lists without merge key for ${type.list?.item.name ?? type.name}`);
  const { live, plain } = applyItemDirectives(original, patch, mergeKey);
  const merged = mergeMapItems(type.list?.item ?? DEDUCED, [...live], plain, mergeKey);
  for (const item of merged) if (!Object.hasOwn(item as Json, mergeKey)) throw noMergeKey(item, mergeKey);
  return orderElements(merged, plain, live, itemKey(mergeKey));
}

const sameShape = (a: unknown, b: unknown): boolean =>
  isObject(a) === isObject(b) && Array.isArray(a) === Array.isArray(b);

function mergeMember(type: MergeType, out: Json, name: string, value: unknown, isDelete: boolean): void {
  if (value === null) {
    delete out[name];
    return;
  }
  const before = Object.hasOwn(out, name) ? out[name] : undefined;
  if (before === undefined || typeof value !== 'object' || !sameShape(before, value)) {
    // Nothing to merge with (and nothing to delete from): the patch's value without what only speaks to a merge.
    if (!isDelete) defineMember(out, name, withoutDirectives(value));
    return;
  }
  const member = memberType(type, name);
  if (Array.isArray(value)) defineMember(out, name, mergeListField(member, before as unknown[], value, isDelete));
  else if (member.patchStrategy === 'replace') defineMember(out, name, value);
  else defineMember(out, name, mergeMap(member, before as Json, value as Json));
}

function isDirective(name: string): boolean {
  if (name === DIRECTIVE || name === RETAIN_KEYS) return true;
  return name.startsWith(`${SET_ORDER}/`) || name.startsWith(`${DELETE_FROM_LIST}/`);
}

/** A value of a patch that meets nothing in the live object: nulls and directives have nothing to act on and go. */
function withoutDirectives(value: unknown): unknown {
  if (Array.isArray(value)) {
    return value.filter((item) => !(isObject(item) && item[DIRECTIVE] === 'delete')).map(withoutDirectives);
  }
  if (!isObject(value)) return value;
  const out: Json = {};
  for (const name of Object.keys(value)) {
    if (value[name] !== null && !isDirective(name)) defineMember(out, name, withoutDirectives(value[name]));
  }
  return out;
}

function mergeMap(type: MergeType, original: Json, patch: Json): Json {
  if (Object.hasOwn(patch, DIRECTIVE)) return applyDirective(patch[DIRECTIVE], patch);
  const out: Json = { ...original };
  applyRetainKeys(out, patch);
  const done = new Set([RETAIN_KEYS]);
  for (const name of Object.keys(patch)) {
    if (!name.startsWith(SET_ORDER)) continue;
    mergeOrdered(type, out, patch, name);
    done.add(name).add(listOfDirective(name, SET_ORDER, BAD_ORDER_LIST));
  }
  for (const name of Object.keys(patch)) {
    if (done.has(name)) continue;
    const isDelete = name.startsWith(DELETE_FROM_LIST);
    const target = isDelete ? listOfDirective(name, DELETE_FROM_LIST, BAD_PRIMITIVE_LIST) : name;
    mergeMember(type, out, target, patch[name], isDelete);
  }
  return out;
}

export interface StrategicMergeOptions {
  readonly schemas: SchemaSet;
  /** The schema of the kind. Undefined for a kind without one (a custom resource): refused with 415 by the caller's table. */
  readonly schema: SchemaNode;
}

/**
 * Applies a decoded strategic merge patch and returns a new object, which may share parts with both arguments. Throws a
 * StatusError with the API server's text: 400 for malformed directives, 422 for lists of lists, else 500.
 */
export function applyStrategicMergePatch(
  object: Readonly<Json>,
  patch: unknown,
  { schemas, schema }: StrategicMergeOptions,
): Json {
  if (!isObject(patch))
    throw badRequest(`json: cannot unmarshal ${jsonType(patch)} into Go value of type map[string]interface {}`);
  return mergeMap(mergeTypesOf(schemas).of(schema), object, patch);
}

function jsonType(value: unknown): string {
  if (Array.isArray(value)) return 'array';
  return typeof value === 'boolean' ? 'bool' : typeof value;
}
