/**
 * How a function of CEL is written down here: its signature as text, what it does, what it costs.
 *
 * `'(string).contains(string): bool'` is a method, `'size(list(A)): int'` a function, `'sets.contains(list(A), list(A)): bool'` a function in a
 * namespace. A single capital stands for any type; a name that is none of CEL's is a library's own type.
 */

import type { Type } from './types.ts';
import * as types from './types.ts';
import { Duration, List, MapValue, Opaque, Optional, Timestamp, TypeValue, Uint, type Value } from './values.ts';

type Run = (...args: never[]) => Value;
/** In units of cost, before the work is done. */
type Cost = (...args: readonly Value[]) => number;

/** What a function does, alone (cost 1), with its cost, or with that and how many steps it takes, where they are more (`budget.ts`). */
export type Implementation = Run | readonly [Run, Cost] | readonly [Run, Cost, Cost] | Metered;

/** Comparisons: they tell each step of theirs, for how far they go nobody knows before. */
interface Metered {
  readonly metered: (step: () => void, ...args: never[]) => Value;
  readonly cost: Cost;
}

export interface Overload {
  readonly name: string;
  readonly isMethod: boolean;
  /** Of a method the first is the target's. */
  readonly parameters: readonly Type[];
  readonly result: Type;
  /** Whether the signature has type parameters. */
  readonly isGeneric: boolean;
  /** Throws `CelError`. */
  readonly run: (step: () => void, args: readonly Value[]) => Value;
  readonly cost: Cost;
  readonly steps: Cost | undefined;
  /** Whether the values are what it takes, where the checker could not know. */
  readonly accepts: (args: readonly Value[]) => boolean;
}

/** The cost of what upstream counts nothing more for. */
export const once: Cost = () => 1;

/** The overloads of a table from signatures to implementations. Throws on a signature that is none: a programmer's error. */
export function defineFunctions(table: Readonly<Record<string, Implementation>>): Overload[] {
  return Object.entries(table).map(([signature, implementation]) => {
    const declared = parseSignature(signature);
    const guards = declared.parameters.map(guardOf);
    return {
      ...declared,
      ...readImplementation(implementation),
      accepts: (args) => guards.every((guard, index) => guard(args[index]!)),
    };
  });
}

function readImplementation(implementation: Implementation): Pick<Overload, 'run' | 'cost' | 'steps'> {
  if ('metered' in implementation) {
    const { metered, cost } = implementation as Metered & { metered: (step: () => void, ...args: Value[]) => Value };
    return { run: (step, args) => metered(step, ...args), cost, steps: undefined };
  }
  const [run, cost = once, steps] = typeof implementation === 'function' ? [implementation] : implementation;
  const call = run as (...args: Value[]) => Value;
  return { run: (_, args) => call(...args), cost, steps };
}

const SIGNATURE = /^(?:\((.+?)\)\.)?([\w.@?[\]!<>=+\-*/%:&|]+?)\((.*)\): (.+)$/;

function parseSignature(
  signature: string,
): Pick<Overload, 'name' | 'isMethod' | 'parameters' | 'result' | 'isGeneric'> {
  // A receiver with parameters of its own: `(list(A)).sum(): A`.
  const [, receiver, name = '', args = '', result = ''] = SIGNATURE.exec(signature) ?? [];
  if (!name) throw new Error(`no signature: ${signature}`);
  const parameters = [...(receiver ? [receiver] : []), ...splitTypes(args)].map(parseType);
  const isGeneric = /\b[A-Z]\b/.test(signature);
  return { name, isMethod: receiver !== undefined, parameters, result: parseType(result), isGeneric };
}

/** At the commas that stand in no parentheses. */
function splitTypes(text: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let from = 0;
  for (let at = 0; at <= text.length; at++) {
    const character = text[at];
    if (character === '(') depth++;
    if (character === ')') depth--;
    if ((character !== ',' && at < text.length) || depth > 0) continue;
    const part = text.slice(from, at).trim();
    if (part) parts.push(part);
    from = at + 1;
  }
  return parts;
}

const SIMPLE: Readonly<Record<string, Type>> = {
  dyn: types.DYN,
  null: types.NULL,
  bool: types.BOOL,
  int: types.INT,
  uint: types.UINT,
  double: types.DOUBLE,
  string: types.STRING,
  bytes: types.BYTES,
  timestamp: types.TIMESTAMP,
  duration: types.DURATION,
};

function parseType(text: string): Type {
  if (SIMPLE[text]) return SIMPLE[text];
  if (/^[A-Z]$/.test(text)) return { kind: 'parameter', name: text };
  const [, name = text, inner = ''] = /^([\w.]+)\((.*)\)$/.exec(text) ?? [];
  const parameters = splitTypes(inner).map(parseType);
  if (name === 'list') return types.listOf(parameters[0]!);
  if (name === 'map') return types.mapOf(parameters[0]!, parameters[1]!);
  if (name === 'optional') return types.optionalOf(parameters[0]!);
  if (name === 'type') return types.typeOf(parameters[0]);
  return types.opaque(name, ...parameters);
}

type Guard = (value: Value) => boolean;

const GUARDS: Partial<Record<Type['kind'], Guard>> = {
  null: (value) => value === null,
  bool: (value) => typeof value === 'boolean',
  int: (value) => typeof value === 'bigint',
  uint: (value) => value instanceof Uint,
  double: (value) => typeof value === 'number',
  string: (value) => typeof value === 'string',
  bytes: (value) => value instanceof Uint8Array,
  timestamp: (value) => value instanceof Timestamp,
  duration: (value) => value instanceof Duration,
  list: (value) => value instanceof List,
  map: (value) => value instanceof MapValue,
  type: (value) => value instanceof TypeValue,
};

const anything: Guard = () => true;

function guardOf(type: Type): Guard {
  if (type.kind !== 'opaque') return GUARDS[type.kind] ?? anything;
  if (type.name !== types.OPTIONAL) return (value) => value instanceof Opaque && value.typeName === type.name;
  const inner = guardOf(type.parameters[0]!);
  return (value) => value instanceof Optional && (value.value === undefined || inner(value.value));
}

/** The steps of taking a text apart. */
export const parsing = (...values: readonly Value[]): number => 20 + 4 * passing(...values);

/** 0.1 a character, as upstream counts the passing over a text. */
export const passing = (...values: readonly Value[]): number => {
  let size = 0;
  for (const value of values) size += typeof value === 'string' || value instanceof Uint8Array ? value.length : 0;
  return Math.ceil(size * 0.1);
};
