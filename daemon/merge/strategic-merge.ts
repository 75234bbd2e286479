/**
 * Strategic merge patch: a merge patch that knows, from the schema, which lists merge by a key, and which takes
 * directives: `$patch: replace|delete|merge`, `$deleteFromPrimitiveList/<list>`, `$setElementOrder/<list>`, `$retainKeys`.
 * Works in place, as upstream does: directives that were carried out are gone from the patch, and that is what a refusal shows of it.
 */

import { defineMember, isObject } from '../base/json.ts';
import { badRequest } from '../base/status.ts';
import type { SchemaNode, SchemaSet } from '../schema/node.ts';
import { DEDUCED, type MergeType, mergeTypesOf } from './merge-type.ts';
import { badDirective, badType, goText, goType, plainError } from './strategic-errors.ts';
import { elementsAreMaps, mergeList, withoutDirectives } from './strategic-list.ts';
import { itemKey, orderElements, requireMergeKey } from './strategic-order.ts';

type Json = Record<string, unknown>;

const DIRECTIVE = '$patch';
const DELETE_FROM_LIST = '$deleteFromPrimitiveList';
const SET_ORDER = '$setElementOrder';
const RETAIN_KEYS = '$retainKeys';

const BAD_PRIMITIVE_LIST = 'invalid patch format of primitive list';
const BAD_RETAIN_KEYS = 'invalid patch format of retainKeys';
const BAD_ORDER_LIST = 'invalid patch format of setElementOrder list';

/** The type of a member that is an object or a list. Throws 500. */
function memberType(type: MergeType, name: string): MergeType {
  if (type === DEDUCED) return DEDUCED;
  if (!type.map?.struct)
    throw plainError(
      `merging an object in json but data type is not struct, instead is: ${type.map ? 'map' : type.name}`,
    );
  const found = type.map.field(name);
  if (found) return found;
  throw plainError(`unable to find api field in struct ${type.name} for the json field ${JSON.stringify(name)}`);
}

function applyDirective(patch: Json): Json {
  const directive = patch[DIRECTIVE];
  if (directive === 'delete') return {};
  if (directive !== 'replace') throw badDirective(directive, patch);
  delete patch[DIRECTIVE];
  return patch;
}

/** Drops from `original` what `$retainKeys` does not name. */
function applyRetainKeys(original: Json, patch: Json): void {
  if (!Object.hasOwn(patch, RETAIN_KEYS)) return;
  const retain = patch[RETAIN_KEYS];
  delete patch[RETAIN_KEYS];
  if (!Array.isArray(retain)) throw badRequest(BAD_RETAIN_KEYS);
  const names = new Set<unknown>(retain);
  for (const name of Object.keys(patch)) {
    if (patch[name] === null || name.startsWith(DELETE_FROM_LIST) || name.startsWith(SET_ORDER)) continue;
    if (!names.has(name)) throw badRequest(BAD_RETAIN_KEYS);
  }
  for (const name of Object.keys(original)) if (!names.has(name)) delete original[name];
}

/** `$setElementOrder/containers` → `containers` */
function listOfDirective(name: string, prefix: string, message: string): string {
  if (!name.startsWith(`${prefix}/`)) throw badRequest(message);
  return name.slice(prefix.length + 1);
}

/** The order of the patch list must agree with `$setElementOrder`, which must name all of its items. */
function checkOrder(patchList: readonly unknown[], order: readonly unknown[], mergeKey: string): void {
  if (order.length === 0 || patchList.length === 0) return;
  const stranger = mergeKey ? patchList.find((item) => !isObject(item)) : undefined;
  if (stranger !== undefined) throw badType({}, stranger);
  const items = mergeKey ? patchList.filter((item) => (item as Json)[DIRECTIVE] !== 'delete') : patchList;
  const keyOf = itemKey(mergeKey);
  let next = 0;
  let wanted = 0;
  while (next < items.length && wanted < order.length) {
    const item = items[next];
    if (isObject(item) && Object.hasOwn(item, DIRECTIVE)) {
      next++;
      continue;
    }
    const one = order[wanted++];
    for (const side of mergeKey ? [item, one] : []) if (!isObject(side)) throw badType({}, side);
    for (const side of mergeKey ? [item, one] : []) requireMergeKey(side, mergeKey);
    if (keyOf(item) === keyOf(one)) next++;
  }
  if (next < items.length && wanted >= order.length)
    throw plainError(
      `The order in patch list:\n${goText(patchList)}\n doesn't match ${SET_ORDER} list:\n${goText(order)}\n`,
    );
}

function listMember(holder: Json, name: string): unknown[] | undefined {
  if (!Object.hasOwn(holder, name)) return undefined;
  const value = holder[name];
  if (!Array.isArray(value)) throw badType([], value);
  return value;
}

/** Merges the list that an order directive speaks of, and orders it. */
function mergeOrdered(type: MergeType, original: Json, patch: Json, directive: string): void {
  const order = patch[directive];
  delete patch[directive];
  if (!Array.isArray(order)) throw badType([], order);
  const name = listOfDirective(directive, SET_ORDER, BAD_ORDER_LIST);
  const before = listMember(original, name);
  const change = listMember(patch, name);
  const list = memberType(type, name);
  if (!list.list) throw plainError('expected slice or array type, but got: struct');
  const mergeKey = list.patchMergeKey;
  checkOrder(change ?? [], order, mergeKey);
  if (!before && !change) return;
  const length = before?.length ?? 0;
  const merged = !before
    ? (withoutDirectives(change) as unknown[])
    : change
      ? mergeList(list, before, change, { isDelete: false, mergeItem: mergeMap })
      : before;
  const live = (before ?? []).slice(0, length);
  const isMaps = elementsAreMaps(live, change ?? []);
  defineMember(original, name, orderElements(merged, { order, live, mergeKey, isMaps }));
  delete patch[name];
}

/** What of a patch meets nothing takes its place, without what only speaks to a merge. */
function takeMember(original: Json, name: string, value: unknown): void {
  dropNulls(value);
  const taken = withoutDirectives(value);
  if (taken === undefined) delete original[name];
  else defineMember(original, name, taken);
}

/** Of objects, at any depth; items of lists stay. */
function dropNulls(value: unknown): void {
  if (Array.isArray(value)) for (const item of value) dropNulls(item);
  if (!isObject(value)) return;
  for (const name of Object.keys(value)) {
    if (value[name] === null) delete value[name];
    else dropNulls(value[name]);
  }
}

function mergeMember(type: MergeType, original: Json, name: string, value: unknown, isDelete: boolean): void {
  if (value === null) {
    delete original[name];
    return;
  }
  const before = Object.hasOwn(original, name) ? original[name] : undefined;
  if (before === undefined || goType(before) !== goType(value)) {
    if (!isDelete) takeMember(original, name, value);
    return;
  }
  if (Array.isArray(value)) {
    const list = memberType(type, name);
    if (!list.list) throw plainError('expected slice or array type, but got: struct');
    defineMember(original, name, mergeList(list, before as unknown[], value, { isDelete, mergeItem: mergeMap }));
  } else if (isObject(value)) {
    const member = memberType(type, name);
    defineMember(original, name, member.patchStrategy === 'replace' ? value : mergeMap(member, before as Json, value));
  } else defineMember(original, name, value);
}

function mergeMap(type: MergeType, original: Json, patch: Json): Json {
  if (Object.hasOwn(patch, DIRECTIVE)) return applyDirective(patch);
  applyRetainKeys(original, patch);
  for (const name of Object.keys(patch)) if (name.startsWith(SET_ORDER)) mergeOrdered(type, original, patch, name);
  for (const name of Object.keys(patch)) {
    const isDelete = name.startsWith(DELETE_FROM_LIST);
    const target = isDelete ? listOfDirective(name, DELETE_FROM_LIST, BAD_PRIMITIVE_LIST) : name;
    mergeMember(type, original, target, patch[name], isDelete);
  }
  return original;
}

export interface StrategicMergeOptions {
  readonly schemas: SchemaSet;
  /** The schema of the kind. Undefined for a kind without one (a custom resource): refused with 415 by the caller's table. */
  readonly schema: SchemaNode;
}

/**
 * Applies a decoded strategic merge patch; both arguments are taken over and changed. Throws a StatusError with the API
 * server's text: 400 for malformed directives, 422 for lists of lists, else 500.
 */
export function applyStrategicMergePatch(
  object: Json,
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
