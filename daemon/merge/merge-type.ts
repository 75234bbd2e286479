/**
 * What merging needs to know of a schema node: which kinds of value it takes, how its lists and maps merge.
 * Derived lazily from the schemas (they are recursive) and kept per node, so that a second look costs one map lookup.
 *
 * Terms are those of server-side apply: an *associative* list has items known by keys (or by value, a set), an *atomic*
 * list or map is one indivisible value, every other map merges member by member.
 */

import type { SchemaNode, SchemaSet } from '../schema/node.ts';
import { RecentNodes } from './kept-nodes.ts';

type ScalarKind = 'string' | 'numeric' | 'boolean' | 'untyped';

export interface ListType {
  readonly associative: boolean;
  /** The fields which identify an item; none for a set of scalars. Sorted. */
  readonly keys: readonly string[];
  readonly item: MergeType;
  readonly recentNodes: RecentNodes;
}

export interface MapType {
  readonly atomic: boolean;
  /** True when the map is a struct: it has declared fields. */
  readonly struct: boolean;
  /** The type of a declared field. */
  field(name: string): MergeType | undefined;
  /** The type of members that are not declared; undefined when there may be none. */
  readonly element: MergeType | undefined;
  /**
   * True for a field that Go's types always carry (a struct by value, a list or map without `omitempty`): its coming
   * into being is not an event that anybody owns.
   */
  alwaysPresent(name: string): boolean;
  /** True for the zero value of a scalar that Go's types always carry: it is there from the first, set by nobody. */
  isZeroOf(name: string, value: unknown): boolean;
  readonly recentNodes: RecentNodes;
}

export interface MergeType {
  /** For messages: the last part of the schema's name, or the JSON type. */
  readonly name: string;
  readonly scalar: ScalarKind | undefined;
  readonly list: ListType | undefined;
  readonly map: MapType | undefined;
  readonly default: unknown;
  /** Strategic merge: `merge`, `replace` or '' ; retainKeys is told by the patch itself. */
  readonly patchStrategy: string;
  readonly patchMergeKey: string;
}

export interface MergeTypes {
  /** The type of a kind, or undefined when it is not known. */
  ofKind(group: string, version: string, kind: string): MergeType | undefined;
  /** The type of any schema node. */
  of(node: SchemaNode): MergeType;
}

/** `type: object` without a word on its members: maps merge by member, lists are atomic. */
function deducedType(): MergeType {
  const map: MapType = {
    atomic: false,
    struct: false,
    field: () => undefined,
    get element(): MergeType {
      return self;
    },
    alwaysPresent: () => false,
    isZeroOf: () => false,
    recentNodes: new RecentNodes(),
  };
  const list: ListType = {
    associative: false,
    keys: [],
    recentNodes: new RecentNodes(),
    get item(): MergeType {
      return self;
    },
  };
  const self: MergeType = {
    name: 'untyped',
    scalar: 'untyped',
    list,
    map,
    default: undefined,
    patchStrategy: '',
    patchMergeKey: '',
  };
  return self;
}

/** The type of a value about which nothing is known (kinds without a schema). */
export const DEDUCED: MergeType = deducedType();

function scalarKind(node: SchemaNode): ScalarKind | undefined {
  if (node['x-kubernetes-int-or-string'] || node.format === 'int-or-string' || node.format === 'quantity')
    return 'untyped';
  switch (node.type) {
    case 'string':
      return !node.format || node.format === 'byte' ? 'string' : 'untyped';
    case 'integer':
    case 'number':
      return 'numeric';
    case 'boolean':
      return 'boolean';
    default:
      return undefined;
  }
}

function strategiesOf(node: SchemaNode): readonly string[] {
  return (node['x-kubernetes-patch-strategy'] ?? '').split(',').map((one) => one.trim());
}

function listType(node: SchemaNode, types: MergeTypes): ListType {
  const declared = node['x-kubernetes-list-type'];
  const mergeKey = node['x-kubernetes-patch-merge-key'];
  const merges = strategiesOf(node).includes('merge');
  const associative = declared ? declared !== 'atomic' : merges;
  const fallbackKeys = mergeKey ? [mergeKey] : [];
  const keys = declared === 'map' || !declared ? (node['x-kubernetes-list-map-keys'] ?? fallbackKeys) : [];
  let item: MergeType | undefined;
  return {
    associative,
    keys: associative ? [...keys].sort() : [],
    recentNodes: new RecentNodes(),
    get item(): MergeType {
      item ??= node.items ? types.of(node.items) : DEDUCED;
      return item;
    },
  };
}

function elementType(node: SchemaNode, types: MergeTypes): MergeType | undefined {
  const extra = node.additionalProperties;
  if (typeof extra === 'object') return types.of(extra);
  if (extra === true || node['x-kubernetes-preserve-unknown-fields']) return DEDUCED;
  return node.properties === undefined && extra === undefined ? DEDUCED : undefined;
}

function isEmptyObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && Object.keys(value).length === 0;
}

function mapType(own: SchemaNode, node: SchemaNode, types: MergeTypes, set: SchemaSet): MapType {
  const properties = node.properties ?? {};
  const fields = new Map<string, MergeType>();
  const present = new Map<string, boolean>();
  const isUnstructured = node['x-reflet-unstructured'] === true;
  const isAlwaysPresent = (name: string): boolean => {
    if (isUnstructured) return false;
    const property = Object.hasOwn(properties, name) ? properties[name]! : undefined;
    if (!property) return false;
    const { type } = set.resolve(property);
    if (type !== 'object' && type !== 'array') return false;
    // OpenAPI v3 marks structs that Go holds by value with `default: {}`.
    return node.required?.includes(name) === true || isEmptyObject(property.default);
  };
  return {
    atomic: (own['x-kubernetes-map-type'] ?? node['x-kubernetes-map-type']) === 'atomic',
    struct: node.properties !== undefined,
    field(name) {
      const known = fields.get(name);
      if (known || !Object.hasOwn(properties, name)) return known;
      const made = types.of(properties[name]!);
      fields.set(name, made);
      return made;
    },
    element: elementType(node, types),
    recentNodes: new RecentNodes(),
    alwaysPresent(name) {
      let answer = present.get(name);
      if (answer === undefined) {
        answer = isAlwaysPresent(name);
        present.set(name, answer);
      }
      return answer;
    },
    isZeroOf(name, value) {
      if (value !== '' && value !== 0 && value !== false) return false;
      // Their types are marked by a default of the same value.
      return !isUnstructured && Object.hasOwn(properties, name) && properties[name]!.default === value;
    },
  };
}

function isArbitrary(node: SchemaNode): boolean {
  return node.type === undefined && !node.properties && !node.items && !node['x-kubernetes-int-or-string'];
}

function deriveType(own: SchemaNode, types: MergeTypes, set: SchemaSet): MergeType {
  const node = set.resolve(own);
  if (isArbitrary(node)) return DEDUCED;
  const strategies = [...strategiesOf(own), ...strategiesOf(node)].filter((one) => one && one !== 'retainKeys');
  const scalar = scalarKind(node);
  const named = own.$ref?.split('/').at(-1) ?? node['x-kubernetes-group-version-kind']?.[0]?.kind;
  return {
    name: named ?? node.type ?? 'object',
    scalar,
    list: node.type === 'array' ? listType(node, types) : undefined,
    map: scalar || node.type === 'array' ? undefined : mapType(own, node, types, set),
    default: own.default ?? node.default,
    patchStrategy: strategies[0] ?? '',
    patchMergeKey: own['x-kubernetes-patch-merge-key'] ?? node['x-kubernetes-patch-merge-key'] ?? '',
  };
}

/** What has been derived, per SchemaSet: schemas are immutable and shared, so this is their memory and no state. */
const derived = new WeakMap<SchemaSet, MergeTypes>();

function createMergeTypes(schemas: SchemaSet): MergeTypes {
  // Custom kinds' nodes go with their definitions.
  const byNode = new WeakMap<SchemaNode, MergeType>();
  const types: MergeTypes = {
    ofKind(group, version, kind) {
      const node = schemas.ofKind(group, version, kind);
      return node && types.of(node);
    },
    of(node) {
      let type = byNode.get(node);
      if (!type) {
        type = deriveType(node, types, schemas);
        byNode.set(node, type);
      }
      return type;
    },
  };
  return types;
}

/** The merge types of a set of schemas, derived as they are asked for. */
export function mergeTypesOf(schemas: SchemaSet): MergeTypes {
  let types = derived.get(schemas);
  if (!types) {
    types = createMergeTypes(schemas);
    derived.set(schemas, types);
  }
  return types;
}

export type Atom = 'map' | 'list' | 'scalar';

/** Which of the type's possibilities `value` is: null and misfits take the first of map, scalar, list. */
export function atomOf(type: MergeType, value: unknown): Atom {
  if (typeof value === 'object' && value !== null) {
    if (Array.isArray(value) && type.list) return 'list';
    if (!Array.isArray(value) && type.map) return 'map';
  } else if (value !== null && value !== undefined && type.scalar) return 'scalar';
  if (type.map) return 'map';
  return type.scalar ? 'scalar' : 'list';
}
