/**
 * What keeps plain JSON from becoming an object of a Go type, in the words of the converter that a strategic merge patch's outcome goes through
 * (`apimachinery/pkg/runtime` FromUnstructured); other bodies are read by the JSON decoder, worded in `explain.ts`. Pure.
 */

import { firstFound } from '../base/first-found.ts';
import { goKind, isObject } from '../base/json.ts';
import { goType } from './go-place.ts';
import type { SchemaNode, SchemaSet } from './node.ts';
import { SCALAR_OF_REF, type ScalarName, scalarError } from './scalars.ts';

/** As Go reads JSON into an `interface {}`. */
type GoKind = 'string' | 'bool' | 'int64' | 'float64' | 'slice' | 'map';

function goKindOf(value: unknown): GoKind {
  switch (typeof value) {
    case 'string':
      return 'string';
    case 'boolean':
      return 'bool';
    case 'number':
      return Number.isInteger(value) ? 'int64' : 'float64';
    default:
      return Array.isArray(value) ? 'slice' : 'map';
  }
}

/** Why a value is no plain one; Go converts a whole number to a text (as a character), which is what `cannot convert` refuses. */
function plainProblem(node: SchemaNode, { type, format }: SchemaNode, value: unknown): string | undefined {
  const from = goKindOf(value);
  const isNumber = from === 'int64' || from === 'float64';
  switch (type) {
    case 'string':
      if (from === 'string') return undefined;
      return from === 'int64' ? `cannot convert int64 to ${goType(node)}` : 'unrecognized type: string';
    case 'boolean':
      return from === 'bool' ? undefined : 'unrecognized type: bool';
    case 'integer': {
      const to = format === 'int32' ? 'int32' : 'int64';
      if (from === 'float64') return `cannot convert float64 to ${to}`;
      return isNumber ? undefined : `unrecognized type: ${to}`;
    }
    case 'number':
      return isNumber ? undefined : 'unrecognized type: float64';
    default:
      return undefined;
  }
}

/** Values that read themselves know no place. */
function scalarProblem(name: ScalarName, value: unknown): string | undefined {
  const error = scalarError(name, value);
  if (!error) return undefined;
  return 'text' in error ? error.text : `json: cannot unmarshal ${goKind(value)} into Go value of type ${error.type}`;
}

/** The first thing that does not fit, in the order of the type's fields. */
export function unstructuredProblem(schemas: SchemaSet, node: SchemaNode, value: unknown): string | undefined {
  if (value === null || value === undefined) return undefined;
  const scalar = node.$ref && SCALAR_OF_REF[node.$ref];
  if (scalar) return scalarProblem(scalar, value);
  const schema = schemas.resolve(node);
  if (schema.type === 'array') {
    if (!Array.isArray(value)) return `cannot restore slice from ${goKindOf(value)}`;
    return firstFound(value, (item) => unstructuredProblem(schemas, schema.items ?? {}, item));
  }
  if (schema.type === 'string' && schema.format === 'byte') {
    if (typeof value !== 'string') return `cannot restore slice from ${goKindOf(value)}`;
    const problem = scalarProblem('bytes', value);
    return problem && `error decoding from json: ${problem}`;
  }
  if (schema.type !== 'object') return plainProblem(node, schema, value);
  const entries = schema.additionalProperties;
  if (isObject(entries)) {
    if (!isObject(value)) return `cannot restore map from ${goKindOf(value)}`;
    return firstFound(Object.values(value), (item) => unstructuredProblem(schemas, entries as SchemaNode, item));
  }
  if (!schema.properties) return undefined;
  if (!isObject(value)) return `cannot restore struct from: ${goKindOf(value)}`;
  return firstFound(Object.entries(schema.properties), ([name, member]) =>
    unstructuredProblem(schemas, member, value[name]),
  );
}
