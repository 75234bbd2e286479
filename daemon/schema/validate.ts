/**
 * The structural check of a decoded object, as the API server's decoder does it: types, unknown fields, canonical values.
 *
 * One call does, in this order: normalise (`normalise.ts`: prune, drop nulls and meaningless zeros, canonical quantities and times),
 * then ajv over what is left (`compile.ts`). What ajv refuses is worded as Go's decoder words it (`explain.ts`): kubectl prints it.
 * It does not default and does not judge values: that is a kind's own (`kinds/<plural>/`).
 */

import type { Clock } from '../base/clock.ts';
import { goKind, isObject } from '../base/json.ts';
import type { JsonObject } from '../base/object.ts';
import { badRequest } from '../base/status.ts';
import { coerceEmbedded, type MetadataChecker } from './coerce-embedded.ts';
import { createSchemaCompiler } from './compile.ts';
import { explainMismatch } from './explain.ts';
import type { SchemaNode, SchemaSet } from './node.ts';
import { createNormaliser } from './normalise.ts';
import { pruneCustom, pruneNulls } from './prune-custom.ts';
import { describeStrictError, joinStrictErrors, strictErrors, type TextFindings } from './strict-errors.ts';

/** The `fieldValidation` query parameter. */
type FieldValidation = 'Strict' | 'Warn' | 'Ignore';

interface StructuralResult {
  /** To be used instead of the object passed in, which has been changed. */
  readonly object: JsonObject;
  /** Paths of what was pruned: `spec.containers[0].foo`. */
  readonly unknownFields: readonly string[];
  /** What does not fit its type, worded as the API server's decoder does; undefined when all does. */
  readonly error?: string;
  /** Its schema is what a definition says. */
  readonly isCustom?: boolean;
}

interface CheckOptions {
  /** Nulls of a custom object that may not be are left to its rules (what an apply makes is not decoded again). */
  readonly keepsNulls?: boolean;
}

export interface StructuralChecker {
  /** Checks and normalises `object` in place. `schema` is a node of the set (`ofKind`, `named`). */
  check(object: JsonObject, schema: SchemaNode, options?: CheckOptions): StructuralResult;
  /** Compiles one type after the other, so that the first pod is no slower than the second. It takes a part of the time only: whoever works must not wait. */
  warm(clock: Clock): Promise<void>;
}

/** A start is when there is much else to do: what was pushed meanwhile, or is pushed first, compiles what it needs. */
const WARM_AFTER_MS = 10_000;
/** How much longer than each compilation the pause after it is. */
const WARM_REST = 5;

/** A checker over a set; make one and keep it, since it compiles each kind when it is first met. */
export function createStructuralChecker(schemas: SchemaSet): StructuralChecker {
  const normaliser = createNormaliser(schemas);
  const compiler = createSchemaCompiler(schemas);
  const nameOf = new Map(schemas.names.map((name) => [schemas.named(name), name]));
  const metaName = 'meta/v1/ObjectMeta';
  const meta: MetadataChecker = (value) => {
    const normalised = normaliser.normalise(schemas.named(metaName), value as JsonObject);
    const fits = compiler.validator(metaName)(normalised.value);
    return fits
      ? normalised
      : { ...normalised, error: explainMismatch(schemas, metaName, normalised.value) ?? 'metadata cannot be read' };
  };
  const checkCustom = (schema: SchemaNode, object: JsonObject, keepsNulls: boolean): StructuralResult => {
    const unknownFields: string[] = [];
    pruneCustom(schema, object, unknownFields);
    unknownFields.sort();
    if (!keepsNulls) pruneNulls(schema, object);
    const { metadata } = object;
    if (metadata !== undefined && metadata !== null && !isObject(metadata)) {
      const error = `json: cannot unmarshal ${goKind(metadata)} into Go value of type v1.ObjectMeta`;
      return { object, unknownFields, error, isCustom: true };
    }
    if (isObject(metadata)) {
      const { value, unknownFields: unknown, error } = meta(metadata);
      object['metadata'] = value as JsonObject;
      unknownFields.unshift(...unknown.map((field) => `metadata.${field}`));
      if (error !== undefined) return { object, unknownFields, error, isCustom: true };
    }
    const error = coerceEmbedded(meta, schema, object, unknownFields);
    return { object, unknownFields, isCustom: true, ...(error === undefined ? {} : { error }) };
  };
  return {
    check(object, schema, { keepsNulls = false } = {}) {
      const name = nameOf.get(schema);
      // What has no name among the built-in types is what a custom kind's definition says.
      if (!name) return checkCustom(schema, object, keepsNulls);
      const { value, unknownFields } = normaliser.normalise(schema, object);
      const validate = compiler.validator(name);
      if (validate(value)) return { object: value as JsonObject, unknownFields };
      const [first] = validate.errors ?? [];
      const error = explainMismatch(schemas, name, value) ?? `json: ${first?.instancePath} ${first?.message}`;
      return { object: value as JsonObject, unknownFields, error };
    },
    async warm(clock) {
      const rest = (ms: number) => new Promise<void>((resolve) => clock.after(ms, resolve));
      await rest(WARM_AFTER_MS);
      for (const name of compiler.names) {
        const began = clock.monotonic();
        compiler.validator(name);
        await rest((clock.monotonic() - began) * WARM_REST);
      }
    },
  };
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
  readonly text?: TextFindings | undefined;
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
  const errors = strictErrors(request.text ?? {}, unknownFields);
  if (fieldValidation === 'Strict' && errors.length > 0)
    throw refuse(`strict decoding error: ${joinStrictErrors(errors)}`);
  return { object, warnings: fieldValidation === 'Warn' ? errors.map(describeStrictError) : [] };
}
