/**
 * Says of an object that ajv has refused what the API server's decoder would say of it: the one mismatch that it reports.
 *
 * Go's decoder keeps the first mismatch that it meets in the document and goes on, except at types that read themselves (quantities,
 * times, ints-or-strings): there it stops, and that error is the one reported. Runs only after a refusal; linear in the object.
 */

import { isObject } from '../base/json.ts';
import { describeValue, type GoPlace, goType, unmarshalError } from './go-place.ts';
import type { SchemaNode, SchemaSet } from './node.ts';
import { SCALAR_OF_REF, type ScalarName, scalarError } from './scalars.ts';

const INT32_MAX = 2_147_483_647;
const INT32_MIN = -2_147_483_648;

/** Thrown to leave the walk where the decoder stops. */
class Stop {
  readonly message: string;

  constructor(message: string) {
    this.message = message;
  }
}

function fits(node: SchemaNode, value: unknown): boolean {
  switch (node.type) {
    case 'string':
      return typeof value === 'string';
    case 'boolean':
      return typeof value === 'boolean';
    case 'number':
      return typeof value === 'number';
    case 'integer': {
      const number = value as number;
      const inRange = node.format === 'int32' ? number <= INT32_MAX && number >= INT32_MIN : Math.abs(number) < 2 ** 63;
      return Number.isInteger(value) && inRange;
    }
    case 'array':
      return Array.isArray(value);
    case 'object':
      return isObject(value);
    default:
      return true;
  }
}

const isNumeric = (node: SchemaNode): boolean => node.type === 'integer' || node.type === 'number';

class Explainer {
  readonly #schemas: SchemaSet;
  #first: string | undefined;

  constructor(schemas: SchemaSet) {
    this.#schemas = schemas;
  }

  /** The first mismatch that was met and did not stop the walk. */
  get first(): string | undefined {
    return this.#first;
  }

  visit(node: SchemaNode, value: unknown, place: GoPlace): void {
    const scalar = node.$ref ? SCALAR_OF_REF[node.$ref] : node.format === 'byte' ? 'bytes' : undefined;
    if (scalar) {
      this.#visitScalar(scalar, value, place);
      return;
    }
    if (node['x-reflet-or-boolean'] && typeof value === 'boolean') return;
    if (node['x-reflet-or-list'] && Array.isArray(value)) {
      for (const item of value) this.visit({ $ref: node.$ref! }, item, place);
      return;
    }
    const resolved = this.#schemas.resolve(node);
    if (resolved['x-kubernetes-preserve-unknown-fields'] && !resolved.properties) return;
    if (!fits(resolved, value)) {
      this.#first ??= unmarshalError(place, describeValue(value, isNumeric(resolved)), goType(node));
      return;
    }
    this.#visitMembers(node, resolved, value, place);
  }

  #visitScalar(scalar: ScalarName, value: unknown, place: GoPlace): void {
    const wrong = scalarError(scalar, value);
    if (!wrong) return;
    const message =
      'text' in wrong ? wrong.text : unmarshalError(place, describeValue(value, wrong.type === 'int32'), wrong.type);
    if (scalar !== 'bytes') throw new Stop(message);
    this.#first ??= message;
  }

  #visitMembers(node: SchemaNode, resolved: SchemaNode, value: unknown, place: GoPlace): void {
    if (Array.isArray(value)) {
      for (const item of value) this.visit(resolved.items ?? {}, item, place);
      return;
    }
    if (!isObject(value)) return;
    const struct = node.$ref?.split('/').at(-1) ?? '';
    for (const [key, member] of Object.entries(value)) {
      const property = Object.hasOwn(resolved.properties ?? {}, key) ? resolved.properties?.[key] : undefined;
      if (property) this.visit(property, member, { struct, fields: [...place.fields, key] });
      else if (isObject(resolved.additionalProperties))
        this.visit(resolved.additionalProperties as SchemaNode, member, place);
    }
  }
}

/** What is wrong with `value` as a named type; undefined when nothing is found. */
export function explainMismatch(schemas: SchemaSet, rootName: string, value: unknown): string | undefined {
  const explainer = new Explainer(schemas);
  try {
    explainer.visit({ $ref: rootName }, value, { struct: '', fields: [] });
  } catch (stop) {
    if (stop instanceof Stop) return stop.message;
    throw stop;
  }
  return explainer.first;
}
