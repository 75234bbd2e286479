/**
 * The types of CEL, as expressions are checked with them: how they are written, and which may stand for which. Pure.
 *
 * A type may carry what a schema says beyond CEL (`listType`, `maxElements`): values are made by it and costs estimated with it, but it does
 * not count when types are compared.
 */

export type SimpleName =
  | 'dyn'
  | 'error'
  | 'null'
  | 'bool'
  | 'int'
  | 'uint'
  | 'double'
  | 'string'
  | 'bytes'
  | 'timestamp'
  | 'duration';

interface Size {
  /** The most characters, bytes or elements that a value has; unbounded when not given. */
  readonly maxElements?: number;
  /** The fewest bytes that a value takes in JSON. */
  readonly minBytes?: number;
}

export interface SimpleType extends Size {
  readonly kind: SimpleName;
}

export interface ListType extends Size {
  readonly kind: 'list';
  readonly element: Type;
  /** `x-kubernetes-list-type`: sets and maps are equal in any order, and `+` merges them. */
  readonly listType?: 'set' | 'map';
  /** `x-kubernetes-list-map-keys`. */
  readonly mapKeys?: readonly string[];
}

export interface MapType extends Size {
  readonly kind: 'map';
  readonly key: Type;
  readonly value: Type;
}

export interface ObjectField {
  readonly type: Type;
  /** As the property is called in JSON, where its name in CEL is escaped. */
  readonly property: string;
}

/** An object with declared fields. */
export interface ObjectType extends Size {
  readonly kind: 'object';
  readonly name: string;
  /** By their names in CEL. */
  readonly fields: ReadonlyMap<string, ObjectField>;
}

/** `optional_type(int)`, `kubernetes.Quantity`: nothing is known of its inside. */
export interface OpaqueType extends Size {
  readonly kind: 'opaque';
  readonly name: string;
  readonly parameters: readonly Type[];
}

/** `type(int)`, the type of a type. */
export interface TypeType extends Size {
  readonly kind: 'type';
  readonly of: Type | undefined;
}

/** Stands for any type in a signature. */
export interface ParameterType extends Size {
  readonly kind: 'parameter';
  readonly name: string;
}

export type Type = SimpleType | ListType | MapType | ObjectType | OpaqueType | TypeType | ParameterType;

const simple = (kind: SimpleName): SimpleType => ({ kind });

export const DYN = simple('dyn');
export const ERROR = simple('error');
export const NULL = simple('null');
export const BOOL = simple('bool');
export const INT = simple('int');
export const UINT = simple('uint');
export const DOUBLE = simple('double');
export const STRING = simple('string');
export const BYTES = simple('bytes');
export const TIMESTAMP = simple('timestamp');
export const DURATION = simple('duration');

export const listOf = (element: Type): ListType => ({ kind: 'list', element });
export const mapOf = (key: Type, value: Type): MapType => ({ kind: 'map', key, value });
export const opaque = (name: string, ...parameters: Type[]): OpaqueType => ({ kind: 'opaque', name, parameters });
export const typeOf = (of: Type | undefined): TypeType => ({ kind: 'type', of });
export const optionalOf = (inner: Type): OpaqueType => opaque(OPTIONAL, inner);

/** An object whose fields are called in JSON as in CEL. */
export function objectOf(name: string, fields: Readonly<Record<string, Type>>): ObjectType {
  return {
    kind: 'object',
    name,
    fields: new Map(Object.entries(fields).map(([key, type]) => [key, { type, property: key }])),
  };
}

export const OPTIONAL = 'optional_type';

/** What an optional holds; undefined for what is none. */
export function optionalInner(type: Type): Type | undefined {
  return type.kind === 'opaque' && type.name === OPTIONAL ? type.parameters[0] : undefined;
}

/** As people are told of it: `list(map(string, int))`. */
export function formatType(type: Type): string {
  switch (type.kind) {
    case 'list':
      return `list(${formatType(type.element)})`;
    case 'map':
      return `map(${formatType(type.key)}, ${formatType(type.value)})`;
    case 'object':
    case 'parameter':
      return type.name;
    case 'opaque':
      return type.parameters.length === 0 ? type.name : `${type.name}(${type.parameters.map(formatType).join(', ')})`;
    case 'type':
      return type.of ? `type(${formatType(type.of)})` : 'type';
    case 'error':
      return '!error!';
    default:
      return type.kind;
  }
}

export const isDynOrError = (type: Type): boolean => type.kind === 'dyn' || type.kind === 'error';

/** The types that parameters have been found to stand for, by name; what a failed attempt found out is taken back. */
export class Substitutions {
  readonly #types = new Map<string, Type>();
  #trail: { readonly name: string; readonly before: Type | undefined }[] = [];

  get(name: string): Type | undefined {
    return this.#types.get(name);
  }

  set(name: string, type: Type): void {
    this.#trail.push({ name, before: this.#types.get(name) });
    this.#types.set(name, type);
  }

  /** Keeps what `attempt` sets only when it succeeds. */
  try(attempt: () => boolean): boolean {
    const outer = this.#trail;
    this.#trail = [];
    const succeeded = attempt();
    if (!succeeded) {
      for (const { name, before } of this.#trail.reverse()) {
        if (before) this.#types.set(name, before);
        else this.#types.delete(name);
      }
      this.#trail = outer;
    } else this.#trail = outer.concat(this.#trail);
    return succeeded;
  }
}

/** Whether a value of `to` may stand where `from` is asked, as cel-go decides it. Adds what it finds out to `found`, unless it is not so. */
export function isAssignable(found: Substitutions, from: Type, to: Type): boolean {
  if (from === to) return true;
  return found.try(() => matches(found, from, to));
}

/** The same for lists of types; all or none. */
export function areAssignable(found: Substitutions, from: readonly Type[], to: readonly Type[]): boolean {
  if (from.length !== to.length) return false;
  return found.try(() => from.every((type, index) => matches(found, type, to[index]!)));
}

function matches(found: Substitutions, from: Type, to: Type): boolean {
  if (to.kind === 'parameter') {
    const answer = substitute(found, from, to.name);
    if (answer !== 'try the other way') return answer;
  }
  if (from.kind === 'parameter') return substitute(found, to, from.name) === true;
  if (isDynOrError(from) || isDynOrError(to)) return true;
  if (from.kind === 'null') return isNullable(to);
  if (to.kind === 'null') return isNullable(from);
  if (from.kind !== to.kind) return false;
  if (from.kind === 'list' && to.kind === 'list') return matches(found, from.element, to.element);
  if (from.kind === 'map' && to.kind === 'map') {
    return matches(found, from.key, to.key) && matches(found, from.value, to.value);
  }
  if (from.kind === 'object' && to.kind === 'object') return from === to || from.name === to.name;
  if (from.kind !== 'opaque' || to.kind !== 'opaque') return true;
  const { parameters } = to;
  if (from.name !== to.name || from.parameters.length !== parameters.length) return false;
  return from.parameters.every((type, index) => matches(found, type, parameters[index]!));
}

function substitute(found: Substitutions, type: Type, name: string): boolean | 'try the other way' {
  if (type.kind === 'parameter' && type.name === name) return true;
  const known = found.get(name);
  if (!known) {
    if (isReferenced(found, name, type)) return 'try the other way';
    found.set(name, type);
    return true;
  }
  if (type.kind === 'parameter' && known.kind === 'parameter' && type.name === known.name) return true;
  if (!matches(found, type, known)) return false;
  const general = mostGeneral(type, known);
  if (!isReferenced(found, name, general)) found.set(name, general);
  return true;
}

/** True when the type holds the parameter: it would hold itself. */
function isReferenced(found: Substitutions, name: string, type: Type): boolean {
  switch (type.kind) {
    case 'parameter': {
      if (type.name === name) return true;
      const known = found.get(type.name);
      return known !== undefined && isReferenced(found, name, known);
    }
    case 'list':
      return isReferenced(found, name, type.element);
    case 'map':
      return isReferenced(found, name, type.key) || isReferenced(found, name, type.value);
    case 'opaque':
      return type.parameters.some((inner) => isReferenced(found, name, inner));
    default:
      return false;
  }
}

const isNullable = ({ kind }: Type): boolean =>
  kind === 'null' || kind === 'object' || kind === 'opaque' || kind === 'timestamp' || kind === 'duration';

/** Of two types of which one may stand for the other, the one that says less. */
export function mostGeneral(a: Type, b: Type): Type {
  return isEqualOrLessSpecific(a, b) ? a : b;
}

function isEqualOrLessSpecific(a: Type, b: Type): boolean {
  if (a.kind === 'dyn' || a.kind === 'error' || a.kind === 'parameter') return true;
  if (b.kind === 'dyn' || b.kind === 'error' || b.kind === 'parameter' || a.kind !== b.kind) return false;
  if (a.kind === 'list' && b.kind === 'list') return isEqualOrLessSpecific(a.element, b.element);
  if (a.kind === 'map' && b.kind === 'map') {
    return isEqualOrLessSpecific(a.key, b.key) && isEqualOrLessSpecific(a.value, b.value);
  }
  if (a.kind !== 'opaque' || b.kind !== 'opaque') return true;
  const { parameters } = b;
  return a.name === b.name && a.parameters.every((type, index) => isEqualOrLessSpecific(type, parameters[index]!));
}

/** The type with its parameters replaced; those of which nothing was found out are `dyn`, or stay when `keep` is set. */
export function resolveType(found: Substitutions, type: Type, keep = false): Type {
  switch (type.kind) {
    case 'parameter': {
      const known = found.get(type.name);
      if (known) return resolveType(found, known, keep);
      return keep ? type : DYN;
    }
    case 'list':
      return { ...type, element: resolveType(found, type.element, keep) };
    case 'map':
      return { ...type, key: resolveType(found, type.key, keep), value: resolveType(found, type.value, keep) };
    case 'opaque':
      if (type.parameters.length === 0) return type;
      return { ...type, parameters: type.parameters.map((inner) => resolveType(found, inner, keep)) };
    case 'type':
      return type.of ? typeOf(resolveType(found, type.of, keep)) : type;
    default:
      return type;
  }
}
