/**
 * Compiles schemas to ajv validators, each named type once and only when a kind that uses it is first met.
 * What it checks is what the API server's decoder checks: the types of values, no more. Whether a field is required or a value makes
 * sense is said by a kind's own validation, in the API server's own words; unknown fields are pruned before (`normalise.ts`).
 */

import { Ajv, type ValidateFunction } from 'ajv';
import { isObject } from '../base/json.ts';
import type { SchemaNode, SchemaSet } from './node.ts';
import { SCALAR_OF_REF, type ScalarName, scalarError } from './scalars.ts';

const INT32_MAX = 2_147_483_647;
const INT32_MIN = -2_147_483_648;
/** The nearest doubles within an int64. */
const INT64_MAX = 2 ** 63 - 1024;
const INT64_MIN = -(2 ** 63);

/** The keyword of our own for the scalars of `scalars.ts`. */
const SCALAR_KEYWORD = 'x-reflet-scalar';

const idOf = (name: string): string => `/${name}`;

/** The ajv schema of a node. References stay references, so that each named type is compiled once. */
function toAjv(node: SchemaNode): Record<string, unknown> {
  if (node.$ref) {
    const scalar = SCALAR_OF_REF[node.$ref];
    if (node['x-reflet-or-boolean']) return { anyOf: [{ type: 'boolean' }, { $ref: idOf(node.$ref) }] };
    if (node['x-reflet-or-list'])
      return { anyOf: [{ $ref: idOf(node.$ref) }, { type: 'array', items: { $ref: idOf(node.$ref) } }] };
    if (scalar === 'raw') return {};
    return scalar ? { [SCALAR_KEYWORD]: scalar } : { $ref: idOf(node.$ref) };
  }
  switch (node.type) {
    case 'string':
      return node.format === 'byte' ? { [SCALAR_KEYWORD]: 'bytes' } : { type: 'string' };
    case 'integer':
      return node.format === 'int32'
        ? { type: 'integer', minimum: INT32_MIN, maximum: INT32_MAX }
        : { type: 'integer', minimum: INT64_MIN, maximum: INT64_MAX };
    case 'array':
      return { type: 'array', items: toAjv(node.items ?? {}) };
    case 'object':
      return objectToAjv(node);
    default:
      return node.type ? { type: node.type } : {};
  }
}

function objectToAjv(node: SchemaNode): Record<string, unknown> {
  if (node['x-kubernetes-preserve-unknown-fields'] && !node.properties) return {};
  const properties = Object.entries(node.properties ?? {}).map(([name, member]) => [name, toAjv(member)]);
  return {
    type: 'object',
    ...(properties.length ? { properties: Object.fromEntries(properties) } : {}),
    ...(isObject(node.additionalProperties)
      ? { additionalProperties: toAjv(node.additionalProperties as SchemaNode) }
      : {}),
  };
}

/** Validators of named types. They stop at the first error. */
export interface SchemaCompiler {
  /** Of the types that are validated, each after those that it consists of. */
  readonly names: readonly string[];
  validator(name: string): ValidateFunction;
}

export function createSchemaCompiler(schemas: SchemaSet): SchemaCompiler {
  const ajv = new Ajv({ strict: false, allErrors: false, inlineRefs: false, validateFormats: false });
  ajv.addKeyword({
    keyword: SCALAR_KEYWORD,
    errors: false,
    compile: (name: ScalarName) => (value: unknown) => scalarError(name, value) === undefined,
  });
  for (const name of schemas.names) {
    if (SCALAR_OF_REF[name]) continue;
    ajv.addSchema({ ...toAjv(schemas.named(name)), $id: idOf(name) });
  }
  /** ajv looks its schemas up by address, which costs as much as the check of a small object. */
  const compiled = new Map<string, ValidateFunction>();
  return {
    names: leavesFirst(schemas).filter((name) => !SCALAR_OF_REF[name]),
    validator(name) {
      const known = compiled.get(name);
      if (known) return known;
      const validate = ajv.getSchema(idOf(name)) as ValidateFunction | undefined;
      if (!validate) throw new Error(`no schema is named ${name}`);
      compiled.set(name, validate);
      return validate;
    },
  };
}

function leavesFirst(schemas: SchemaSet): string[] {
  const ordered = new Set<string>();
  const entered = new Set<string>();
  const visit = (name: string) => {
    if (entered.has(name)) return;
    entered.add(name);
    for (const reference of referencesOf(schemas.named(name))) visit(reference);
    ordered.add(name);
  };
  for (const name of schemas.names) visit(name);
  return [...ordered];
}

function referencesOf(node: SchemaNode): string[] {
  if (node.$ref) return [node.$ref];
  const members = [...Object.values(node.properties ?? {}), ...(node.items ? [node.items] : [])];
  if (isObject(node.additionalProperties)) members.push(node.additionalProperties as SchemaNode);
  return members.flatMap(referencesOf);
}
