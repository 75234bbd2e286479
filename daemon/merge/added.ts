/**
 * The field sets of what was not there before. Objects of one template have equal sets, and the parts of all objects (a port, a probe, a
 * variable of one name) are few: each distinct node is made once, and shared by all objects that have it. That is what makes creating the
 * thousandth pod cheap, and its managedFields nearly free of memory. Nodes are frozen.
 *
 * A node is found by walking its members, from place to place: a place stands for the members seen so far, each told by its name (an item by the
 * values of its keys) and by the number of its own node. So a node that is known is found without building anything, not even its steps.
 */

import { EMPTY_SET, type FieldSet } from './field-set.ts';
import { atomOf, DEDUCED, type ListType, type MapType, type MergeType } from './merge-type.ts';
import { fieldElement, itemElement } from './path-element.ts';

interface Node {
  readonly set: FieldSet;
  /** Equal for nodes that were found by the same members; undefined for one that is not kept. */
  readonly number: number | undefined;
}

/** What leads on from a place by one name: mostly to one other place, whose member has the node of that number. */
interface Step {
  number: number;
  place: Place;
  others: Map<number, Place> | undefined;
}

class Place {
  readonly steps = new Map<unknown, Step>();
  /** Of the members up to here, when they were all. */
  node: Node | undefined;
}

const LEAF: Node = { set: EMPTY_SET, number: 0 };
/** A cluster has some ten thousand; all are dropped when there are more. At some 200 bytes each. */
const PLACES_MAX = 60_000;
/** Larger maps (a ConfigMap's keys) are hardly ever equal. */
const KEPT_CHILDREN_MAX = 64;

/** Where walks begin. A map that was `present` before as an empty one is no field itself. */
interface Places {
  maps: Place;
  presentMaps: Place;
  lists: WeakMap<ListType, Place>;
  presentLists: WeakMap<ListType, Place>;
}

const noPlaces = (): Places => ({
  maps: new Place(),
  presentMaps: new Place(),
  lists: new WeakMap(),
  presentLists: new WeakMap(),
});

let places = noPlaces();
let placeCount = 0;
let lastNumber = 0;

/** The child node of a value that came as a whole. */
export function addedNode(type: MergeType, value: unknown): FieldSet {
  return nodeOf(type, value).set;
}

/**
 * The fields of a new object. What Go's types always carry (`metadata`, `spec`) was there before, empty: it is no field of the set, what is in it is.
 * Frozen and the same for equal objects, unless they are very large.
 */
export function createdFields(type: MergeType, object: unknown): FieldSet {
  return presentNode(type, object)?.set ?? EMPTY_SET;
}

function nodeOf(type: MergeType, value: unknown): Node {
  if (typeof value !== 'object' || value === null) return LEAF;
  const atom = atomOf(type, value);
  if (atom === 'map' && !Array.isArray(value))
    return nodeOfMap(type.map!, value as Record<string, unknown>, false) ?? LEAF;
  if (atom === 'list' && type.list && Array.isArray(value)) return nodeOfList(type.list, value, false);
  return LEAF;
}

/** Undefined when it is as empty as it was. */
function presentNode(type: MergeType, value: unknown): Node | undefined {
  if (typeof value !== 'object' || value === null) return LEAF;
  if (Array.isArray(value)) {
    if (value.length === 0) return undefined;
    return type.list ? nodeOfList(type.list, value, true) : LEAF;
  }
  if (!type.map) return LEAF;
  return nodeOfMap(type.map, value as Record<string, unknown>, true);
}

function memberNode(map: MapType, name: string, member: unknown, isPresent: boolean): Node | undefined {
  if (typeof member !== 'object') return isPresent && map.isZeroOf(name, member) ? undefined : LEAF;
  // What is shown as null when it is not set was null before.
  if (member === null && isPresent) return undefined;
  const type = map.field(name) ?? map.element ?? DEDUCED;
  return isPresent && map.alwaysPresent(name) ? presentNode(type, member) : nodeOf(type, member);
}

function nodeOfMap(map: MapType, value: Record<string, unknown>, isPresent: boolean): Node | undefined {
  const names = Object.keys(value);
  if (map.atomic) return isPresent && names.length === 0 ? undefined : LEAF;
  let place: Place | undefined = isPresent ? places.presentMaps : places.maps;
  if (names.length > KEPT_CHILDREN_MAX) place = undefined;
  const children: (Node | undefined)[] = [];
  for (const name of names) {
    const member = value[name];
    const node = member === undefined ? undefined : memberNode(map, name, member, isPresent);
    children.push(node);
    if (node && place) place = next(place, name, node.number);
  }
  return place?.node ?? keep(place, buildMap(names, children, isPresent));
}

function nodeOfList(list: ListType, items: readonly unknown[], isPresent: boolean): Node {
  if (!list.associative) return LEAF;
  let place: Place | undefined = items.length > KEPT_CHILDREN_MAX ? undefined : firstPlace(list, isPresent);
  const children: Node[] = [];
  for (const item of items) {
    const node = nodeOf(list.item, item);
    children.push(node);
    place &&= pastKeys(place, list, item);
    place &&= next(place, list, node.number);
  }
  return place?.node ?? keep(place, buildList(list, items, children, isPresent)) ?? LEAF;
}

function firstPlace(list: ListType, isPresent: boolean): Place {
  const known = isPresent ? places.presentLists : places.lists;
  let place = known.get(list);
  if (!place) {
    place = new Place();
    known.set(list, place);
  }
  return place;
}

/** By the values that name an item; undefined for one that is named by no plain values. */
function pastKeys(from: Place, { keys, item: type }: ListType, item: unknown): Place | undefined {
  if (keys.length === 0) return isPlain(item) ? next(from, item, 0) : undefined;
  if (typeof item !== 'object' || item === null || Array.isArray(item)) return undefined;
  let place: Place | undefined = from;
  for (const name of keys) {
    const value: unknown = Object.hasOwn(item, name)
      ? (item as Record<string, unknown>)[name]
      : type.map?.field(name)?.default;
    place = place && isPlain(value) ? next(place, value, 0) : undefined;
  }
  return place;
}

const isPlain = (value: unknown): boolean =>
  typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';

function next(from: Place, name: unknown, number: number | undefined): Place | undefined {
  if (number === undefined) return undefined;
  const step = from.steps.get(name);
  if (step?.number === number) return step.place;
  const known = step?.others?.get(number);
  if (known) return known;
  const place = new Place();
  placeCount++;
  if (!step) from.steps.set(name, { number, place, others: undefined });
  else {
    step.others ??= new Map();
    step.others.set(number, place);
  }
  return place;
}

/** A node that was not known: of the members that lead to this place, if there is one. */
function keep(place: Place | undefined, set: FieldSet | undefined): Node | undefined {
  if (!set) return undefined;
  if (set === EMPTY_SET) return LEAF;
  if (!place) return { set, number: undefined };
  if (placeCount > PLACES_MAX) {
    places = noPlaces();
    placeCount = 0;
  }
  place.node = { set: Object.freeze(set), number: ++lastNumber };
  return place.node;
}

type Members = { [element: string]: FieldSet };

/** Undefined when a present map has no members: it is as it was. */
function buildMap(
  names: readonly string[],
  children: readonly (Node | undefined)[],
  isPresent: boolean,
): FieldSet | undefined {
  const set: Members = isPresent ? {} : { '.': EMPTY_SET };
  let isEmpty = true;
  for (const [at, node] of children.entries()) {
    if (!node) continue;
    set[fieldElement(names[at]!)] = node.set;
    isEmpty = false;
  }
  if (!isEmpty) return set;
  return isPresent ? undefined : EMPTY_SET;
}

function buildList(list: ListType, items: readonly unknown[], children: readonly Node[], isPresent: boolean): FieldSet {
  const set: Members = isPresent ? {} : { '.': EMPTY_SET };
  try {
    for (const [at, node] of children.entries()) {
      const element = itemElement(list, items[at]);
      // Items of one name are one indivisible field.
      set[element] = Object.hasOwn(set, element) ? EMPTY_SET : node.set;
    }
  } catch {
    return EMPTY_SET; // an item that cannot be named makes its list one value
  }
  return items.length === 0 ? EMPTY_SET : set;
}
