/**
 * The structural check of a decoded object, as the API server's decoder does it: types, unknown fields, canonical values.
 *
 * One call does, in this order: normalise (`normalise.ts`: prune, drop nulls and meaningless zeros, canonical quantities and times),
 * then ajv over what is left (`compile.ts`). What ajv refuses is worded as Go's decoder words it (`explain.ts`): kubectl prints it.
 * It does not default and does not judge values: that is a kind's own (`kinds/<plural>/`).
 */

import type { JsonObject } from '../base/object.ts';
import { badRequest } from '../base/status.ts';
import { createSchemaCompiler } from './compile.ts';
import { explainMismatch } from './explain.ts';
import type { SchemaNode, SchemaSet } from './node.ts';
import { createNormaliser } from './normalise.ts';

/** The `fieldValidation` query parameter. */
type FieldValidation = 'Strict' | 'Warn' | 'Ignore';

interface StructuralResult {
  /** To be used instead of the object passed in, which has been changed. */
  readonly object: JsonObject;
  /** Paths of what was pruned: `spec.containers[0].foo`. */
  readonly unknownFields: readonly string[];
  /** What does not fit its type, worded as the API server's decoder does; undefined when all does. */
  readonly error?: string;
}

export interface StructuralChecker {
  /** Checks and normalises `object` in place. `schema` is a node of the set (`ofKind`, `named`). */
  check(object: JsonObject, schema: SchemaNode): StructuralResult;
}

/** A checker over a set; make one and keep it, since it compiles each kind when it is first met. */
export function createStructuralChecker(schemas: SchemaSet): StructuralChecker {
  const normaliser = createNormaliser(schemas);
  const compiler = createSchemaCompiler(schemas);
  const nameOf = new Map(schemas.names.map((name) => [schemas.named(name), name]));
  return {
    check(object, schema) {
      const name = nameOf.get(schema);
      if (!name) throw new Error('the schema is no named type of the set');
      const { value, unknownFields } = normaliser.normalise(schema, object);
      const validate = compiler.validator(name);
      if (validate(value)) return { object: value as JsonObject, unknownFields };
      const [first] = validate.errors ?? [];
      const error = explainMismatch(schemas, name, value) ?? `json: ${first?.instancePath} ${first?.message}`;
      return { object: value as JsonObject, unknownFields, error };
    },
  };
}

/** `unknown field "spec.foo"` for each path. */
export function describeUnknownFields(paths: readonly string[]): string[] {
  return paths.map((path) => `unknown field ${JSON.stringify(path)}`);
}

export interface StructuralRequest {
  /** As decoded; it is changed. */
  readonly object: JsonObject;
  readonly schema: SchemaNode;
  readonly version: string;
  readonly kind: string;
  /** The kind that the endpoint takes; `kind` when not given. */
  readonly targetKind?: string;
  readonly fieldValidation: FieldValidation;
  /** What the text's decoder found, worded: `duplicate field "spec.foo"`. */
  readonly strictErrors?: readonly string[];
}

/**
 * Checks a request's object; returns the object to go on with and the texts of warnings.
 * Throws BadRequest (400) as the API server words it when a type does not fit, or for what `Strict` forbids.
 */
export function checkStructure(
  checker: StructuralChecker,
  request: StructuralRequest,
): { object: JsonObject; warnings: string[] } {
  const { object, unknownFields, error } = checker.check(request.object, request.schema);
  const { kind, version, targetKind = kind, fieldValidation } = request;
  const refuse = (why: string) =>
    badRequest(`${kind} in version "${version}" cannot be handled as a ${targetKind}: ${why}`);
  if (error !== undefined) throw refuse(error);
  const strictErrors = [...(request.strictErrors ?? []), ...describeUnknownFields(unknownFields)];
  if (fieldValidation === 'Strict' && strictErrors.length > 0)
    throw refuse(`strict decoding error: ${strictErrors.join(', ')}`);
  return { object, warnings: fieldValidation === 'Warn' ? strictErrors : [] };
}
