/**
 * JSON as values of CEL and back. Lists and objects are wrapped, not copied: what an expression does not look at costs nothing.
 * By a declared type: texts of a format become times, durations and bytes; fields are found by their names in CEL. Without one as it stands.
 */

import { formatDuration, formatTimestamp, parseDate, parseDuration, parseTimestamp } from './time.ts';
import { DYN, type ListType, type ObjectType, type Type } from './types.ts';
import {
  Duration,
  EntryMap,
  keyOf,
  List,
  MapValue,
  Optional,
  Timestamp,
  TypeValue,
  Uint,
  type Value,
} from './values.ts';

/** The value of a JSON value of a type; what does not fit the type is taken as it stands. */
export function fromJson(value: unknown, type: Type = DYN): Value {
  switch (typeof value) {
    case 'string':
      return fromText(value, type);
    case 'boolean':
      return value;
    case 'bigint':
      return value;
    case 'number':
      return type.kind !== 'double' && Number.isInteger(value) ? BigInt(value) : value;
    case 'object':
      break;
    default:
      return null;
  }
  if (value === null) return null;
  if (Array.isArray(value)) return new JsonList(value, type);
  if (type.kind === 'object') return new JsonObject(value as Record<string, unknown>, type);
  return new JsonMap(value as Record<string, unknown>, type.kind === 'map' ? type.value : DYN);
}

function fromText(text: string, type: Type): Value {
  switch (type.kind) {
    case 'timestamp':
      return parseTimestamp(text) ?? parseDate(text) ?? text;
    case 'duration':
      return parseDuration(text) ?? text;
    case 'bytes':
      return new Uint8Array(Buffer.from(text, 'base64'));
    default:
      return text;
  }
}

class JsonList extends List {
  readonly #items: readonly unknown[];
  readonly #element: Type;
  readonly #made: Value[] = [];

  constructor(items: readonly unknown[], type: Type) {
    super(type.kind === 'list' ? identityOf(type) : undefined);
    this.#items = items;
    this.#element = type.kind === 'list' ? type.element : DYN;
  }

  get size(): number {
    return this.#items.length;
  }

  at(index: number): Value {
    this.#made[index] ??= fromJson(this.#items[index], this.#element);
    return this.#made[index];
  }
}

/** What tells the elements of a set or of a map apart. */
function identityOf({ listType, mapKeys }: ListType): ((element: Value) => string | undefined) | undefined {
  if (listType === 'set') return (element) => keyOf(element);
  if (listType !== 'map' || !mapKeys) return undefined;
  return (element) => {
    if (!(element instanceof MapValue)) return undefined;
    // The length in front keeps `ab`, `c` and `a`, `bc` apart.
    const parts = mapKeys.map((key) => keyOf(element.get(escapeName(key) ?? key) ?? null) ?? '');
    return parts.map((part) => `${part.length}:${part}`).join('');
  };
}

class JsonMap extends MapValue {
  readonly typeName = 'map';
  readonly #members: Readonly<Record<string, unknown>>;
  readonly #value: Type;
  readonly #made = new Map<string, Value>();
  #keys: string[] | undefined;

  constructor(members: Readonly<Record<string, unknown>>, value: Type) {
    super();
    this.#members = members;
    this.#value = value;
  }

  get size(): number {
    return this.keys().length;
  }

  get(key: Value): Value | undefined {
    if (typeof key !== 'string' || !this.has(key)) return undefined;
    const known = this.#made.get(key);
    if (known !== undefined) return known;
    const made = fromJson(this.#members[key], this.#value);
    this.#made.set(key, made);
    return made;
  }

  has(key: Value): boolean {
    return typeof key === 'string' && Object.hasOwn(this.#members, key) && this.#members[key] !== undefined;
  }

  keys(): string[] {
    this.#keys ??= Object.keys(this.#members).filter((key) => this.#members[key] !== undefined);
    return this.#keys;
  }
}

class JsonObject extends MapValue {
  readonly typeName: string;
  readonly #members: Readonly<Record<string, unknown>>;
  readonly #type: ObjectType;
  readonly #made = new Map<string, Value>();

  constructor(members: Readonly<Record<string, unknown>>, type: ObjectType) {
    super();
    this.typeName = type.name;
    this.#members = members;
    this.#type = type;
  }

  get size(): number {
    return this.keys().length;
  }

  get(key: Value): Value | undefined {
    if (typeof key !== 'string') return undefined;
    const known = this.#made.get(key);
    if (known !== undefined) return known;
    const field = this.#type.fields.get(key);
    if (!field || !Object.hasOwn(this.#members, field.property)) return undefined;
    const value = this.#members[field.property];
    if (value === undefined) return undefined;
    const made = fromJson(value, field.type);
    this.#made.set(key, made);
    return made;
  }

  has(key: Value): boolean {
    return this.get(key) !== undefined;
  }

  keys(): string[] {
    return [...this.#type.fields.keys()].filter((key) => this.has(key));
  }
}

/** Bounds the nesting of what is written back. */
const DEPTH_MAX = 64;

/** The JSON value of a value; undefined for what JSON cannot say. */
export function toJson(value: Value, depth = 0): unknown {
  if (depth > DEPTH_MAX) return undefined;
  if (value === null || typeof value === 'string' || typeof value === 'boolean' || typeof value === 'number')
    return value;
  if (typeof value === 'bigint') return Number(value);
  if (value instanceof Uint) return Number(value.value);
  if (value instanceof Timestamp) return formatTimestamp(value);
  if (value instanceof Duration) return formatDuration(value);
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
  if (value instanceof List) return [...value].map((element) => toJson(element, depth + 1));
  if (value instanceof Optional) return value.value === undefined ? undefined : toJson(value.value, depth + 1);
  if (value instanceof EntryMap || value instanceof MapValue) {
    return Object.fromEntries([...value.keys()].map((key) => [String(key), toJson(value.get(key)!, depth + 1)]));
  }
  return value instanceof TypeValue ? value.name : undefined;
}

/** Names that the grammar keeps for itself: as fields they are escaped, `__in__`. */
const RESERVED = new Set([
  ...['true', 'false', 'null', 'in', 'as', 'break', 'const', 'continue', 'else', 'for', 'function'],
  ...['if', 'import', 'let', 'loop', 'package', 'namespace', 'return', 'var', 'void', 'while'],
]);

const ESCAPES: Readonly<Record<string, string>> = {
  __: '__underscores__',
  '.': '__dot__',
  '-': '__dash__',
  '/': '__slash__',
};

/** The name in CEL of a property of a schema: `a.b-c` is `a__dot__b__dash__c`. Undefined for one that has none. */
export function escapeName(property: string): string | undefined {
  if (RESERVED.has(property)) return `__${property}__`;
  if (!/^[A-Za-z_.\-/][A-Za-z0-9_.\-/]*$/.test(property)) return undefined;
  return property.replace(/__|[.\-/]/g, (found) => ESCAPES[found]!);
}
