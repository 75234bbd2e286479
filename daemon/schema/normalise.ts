/**
 * Brings a decoded object into the form that the API keeps: unknown fields pruned (and listed), nulls and zeros that mean absence
 * dropped, quantities, times and bytes in canonical form, members that are always present filled in.
 *
 * Invariants: works in place and returns the object to use from then on (a new one only where members had to go); never throws on a
 * value of the wrong type, which it leaves for the validator; does not look into raw JSON. It does not apply a kind's own defaults.
 */

import { cloneJson, isObject, withoutUndefined } from '../base/json.ts';
import { moveWrittenEmpty, noteWrittenEmpty } from '../base/written-empty.ts';
import type { SchemaNode, SchemaSet } from './node.ts';
import { normaliseScalar, SCALAR_OF_REF, type ScalarName, zeroScalar } from './scalars.ts';

/** As many as upstream's strict decoder lists; more help nobody. */
const UNKNOWN_FIELDS_MAX = 100;

/** Collects what was pruned while walking. `path` is where the walk stands. */
interface Walk {
  readonly path: (string | number)[];
  readonly unknownFields: string[];
}

type Step = (value: unknown, walk: Walk) => unknown;

interface Field {
  readonly step: Step | undefined;
  /** The type of which a zero means absence. */
  readonly omitZero: SchemaNode['type'] | undefined;
}

interface Normalised {
  readonly value: unknown;
  /** `spec.containers[0].foo`, in the order of the document. */
  readonly unknownFields: readonly string[];
}

/** `spec.containers[0].image` */
function formatPath(path: readonly (string | number)[], last: string): string {
  let text = '';
  for (const part of path) text += typeof part === 'number' ? `[${part}]` : text ? `.${part}` : part;
  return text ? `${text}.${last}` : last;
}

function isZero(type: SchemaNode['type'], value: unknown): boolean {
  switch (type) {
    case 'string':
      return value === '';
    case 'integer':
    case 'number':
      return value === 0;
    case 'boolean':
      return value === false;
    case 'array':
      return Array.isArray(value) && value.length === 0;
    case 'object':
      return isObject(value) && Object.keys(value).length === 0;
    default:
      return false;
  }
}

function note(walk: Walk, key: string): void {
  if (walk.unknownFields.length < UNKNOWN_FIELDS_MAX) walk.unknownFields.push(formatPath(walk.path, key));
}

/** Compiles schemas to steps, each named type once. */
class Compiler {
  readonly #schemas: SchemaSet;
  readonly #named = new Map<string, Step>();
  readonly #zeros = new Map<string, unknown>();

  constructor(schemas: SchemaSet) {
    this.#schemas = schemas;
  }

  /** Undefined when there is nothing to do for such values. */
  compile(node: SchemaNode): Step | undefined {
    if (node.$ref) return this.#compileReference(node.$ref); // a boolean or a list beside it is left as it is: no step changes one
    if (node.format === 'byte') return (value) => normaliseScalar('bytes', value);
    if (node.properties) return this.#compileObject(node);
    if (node.type === 'object' && isObject(node.additionalProperties))
      return this.#compileMap(node.additionalProperties as SchemaNode);
    if (node.type === 'array') return this.#compileArray(node.items ?? {});
    return undefined;
  }

  #compileReference(name: string): Step | undefined {
    const scalar = SCALAR_OF_REF[name];
    if (scalar) return this.#compileScalar(scalar);
    const known = this.#named.get(name);
    if (known) return known;
    let compiled: Step | undefined;
    // Registered before it is compiled, so that a type may contain itself.
    const step: Step = (value, walk) => (compiled ? compiled(value, walk) : value);
    this.#named.set(name, step);
    compiled = this.compile(this.#schemas.named(name));
    if (compiled) this.#named.set(name, compiled);
    return compiled;
  }

  #compileScalar(name: ScalarName): Step | undefined {
    return name === 'raw' || name === 'intOrString' ? undefined : (value) => normaliseScalar(name, value);
  }

  #compileArray(items: SchemaNode): Step {
    const step = this.compile(items);
    const zero = this.#zero(items);
    return (value, walk) => {
      if (!Array.isArray(value)) return value;
      for (let index = 0; index < value.length; index++) {
        if (value[index] === null) value[index] = cloneJson(zero);
        if (!step) continue;
        walk.path.push(index);
        const item = step(value[index], walk);
        walk.path.pop();
        if (item !== value[index]) value[index] = item;
      }
      return value;
    };
  }

  #compileMap(values: SchemaNode): Step {
    const step = this.compile(values);
    const zero = this.#zero(values);
    return (value, walk) => {
      if (!isObject(value)) return value;
      for (const key of Object.keys(value)) {
        if (value[key] === null) value[key] = cloneJson(zero);
        if (!step) continue;
        walk.path.push(key);
        const member = step(value[key], walk);
        walk.path.pop();
        if (member !== value[key]) value[key] = member;
      }
      return value;
    };
  }

  #compileObject(node: SchemaNode): Step {
    const fields = new Map<string, Field>();
    const present: [string, unknown][] = [];
    for (const [name, member] of Object.entries(node.properties ?? {})) {
      const omitZero = member['x-reflet-zero'] === 'omit' ? this.#schemas.resolve(member).type : undefined;
      fields.set(name, { step: this.compile(member), omitZero });
      const zero = this.#presentZero(member);
      if (zero !== undefined) present.push([name, zero]);
    }
    return (value, walk) => {
      if (!isObject(value)) return value;
      const kept = prune(value, fields, walk) ? withoutUndefined(value) : value;
      if (kept !== value) moveWrittenEmpty(value, kept);
      for (const [name, zero] of present) if (kept[name] === undefined) kept[name] = cloneJson(zero);
      return kept;
    };
  }

  /** What stands for an absent member that is always present; undefined when absence is kept. */
  #presentZero(member: SchemaNode): unknown {
    if (member.default === undefined) return undefined;
    return member.$ref ? this.#zero(member) : member.default;
  }

  /** The zero of a type, with the members that are always present. */
  #zero(node: SchemaNode): unknown {
    if (node.$ref && SCALAR_OF_REF[node.$ref]) return zeroScalar(SCALAR_OF_REF[node.$ref]!);
    if (node.$ref && this.#zeros.has(node.$ref)) return this.#zeros.get(node.$ref);
    const zero = this.#computeZero(this.#schemas.resolve(node));
    if (node.$ref) this.#zeros.set(node.$ref, zero);
    return zero;
  }

  #computeZero(node: SchemaNode): unknown {
    if (node.type === 'array') return [];
    if (node.type === 'string') return '';
    if (node.type === 'boolean') return false;
    if (node.type !== 'object') return 0;
    const zero: Record<string, unknown> = {};
    for (const [name, member] of Object.entries(node.properties ?? {})) {
      const value = this.#presentZero(member);
      if (value !== undefined) zero[name] = value;
    }
    return zero;
  }
}

/** Normalises the members in place; true when some are to go, which are then undefined. */
function prune(value: Record<string, unknown>, fields: ReadonlyMap<string, Field>, walk: Walk): boolean {
  let dropped = false;
  for (const key of Object.keys(value)) {
    const field = fields.get(key);
    if (!field) note(walk, key);
    const given = value[key];
    let member: unknown = field && given !== null ? given : undefined;
    if (field?.step && member !== undefined) {
      walk.path.push(key);
      member = field.step(member, walk);
      walk.path.pop();
    }
    if (field?.omitZero && isZero(field.omitZero, member)) {
      if (typeof member === 'object' && member !== null) noteWrittenEmpty(value, key, member);
      member = undefined;
    }
    if (member === undefined) dropped = true;
    if (member !== given) value[key] = member;
  }
  return dropped;
}

export interface Normaliser {
  /** Normalises a value of that schema, in place. See the file's header. */
  normalise(node: SchemaNode, value: unknown): Normalised;
}

/** Compiles each schema when it is first met. */
export function createNormaliser(schemas: SchemaSet): Normaliser {
  const compiler = new Compiler(schemas);
  const steps = new Map<SchemaNode, Step | undefined>();
  return {
    normalise(node, value) {
      if (!steps.has(node)) steps.set(node, compiler.compile(node));
      const walk: Walk = { path: [], unknownFields: [] };
      const step = steps.get(node);
      return { value: step ? step(value, walk) : value, unknownFields: walk.unknownFields };
    },
  };
}
