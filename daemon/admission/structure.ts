/**
 * The first step of admission: is the decoded object one of its kind at all? Unknown fields are pruned and, as `fieldValidation` says,
 * refused, warned of or ignored; values of the wrong type are refused.
 */

import { isObject } from '../base/json.ts';
import type { JsonObject } from '../base/object.ts';
import { badRequest, internalError } from '../base/status.ts';
import type { SchemaNode } from '../schema/node.ts';
import { describeStrictError, joinStrictErrors, strictErrors } from '../schema/strict-errors.ts';
import type { StructuralChecker } from '../schema/validate.ts';
import type { AdmissionEnvironment, AdmissionProblem, AdmissionRequest, AdmissionResult } from './contract.ts';
import { locateMismatch } from './locate.ts';
import { refused } from './result.ts';
import { suggestField } from './suggest.ts';

/** The object to go on with and warnings, or the refusal. */
export function checkRequestStructure(
  environment: AdmissionEnvironment,
  request: AdmissionRequest,
): { object: JsonObject; warnings: string[] } | { refusal: AdmissionResult } {
  if (request.structureChecked) return { object: request.object, warnings: [] };
  const { group, version, kind } = request.kind.resource;
  const schema = environment.schemas.ofKind(group, version, kind);
  if (!schema) return { refusal: refused(request.object, [], internalError(`no schema of kind ${kind}`), []) };
  const { object, unknownFields, error, isCustom } = checkKeepingReset(environment.structure, request.object, schema);
  const refuse = (why: string) => badRequest(`${kind} in version "${version}" cannot be handled as a ${kind}: ${why}`);
  if (error !== undefined) {
    const named = placeOfMismatch(error);
    const place = locateMismatch(environment.schemas, schema, object, named);
    const problem = { message: error, ...(place ?? { fieldPath: named }) };
    return { refusal: refused(object, [problem], refuse(error), []) };
  }
  // The text of a custom object is decoded whole before its definition is asked what there is.
  const text = isCustom ? { ...request.text, inTextOrder: undefined } : (request.text ?? {});
  const errors = strictErrors(text, unknownFields);
  if (request.fieldValidation !== 'Strict' || errors.length === 0)
    return { object, warnings: request.fieldValidation === 'Warn' ? errors.map(describeStrictError) : [] };
  const problems = errors.map((strict): AdmissionProblem => {
    if (strict.problem !== 'unknown') return { fieldPath: '', message: describeStrictError(strict) };
    const { path: fieldPath } = strict;
    const expected = suggestField(environment.schemas, schema, fieldPath);
    return { fieldPath, message: `unknown field "${fieldPath}"`, ...(expected ? { expected } : {}) };
  });
  return { refusal: refused(object, problems, refuse(`strict decoding error: ${joinStrictErrors(errors)}`), []) };
}

/**
 * The structural check drops empty lists, as Go's encoder does. An empty `metadata.managedFields` alone says something: forget who owns what.
 * Of custom objects it says nothing: upstream reads it as none.
 */
export function checkKeepingReset(
  structure: StructuralChecker,
  object: JsonObject,
  schema: SchemaNode,
): ReturnType<StructuralChecker['check']> {
  const sent = isObject(object.metadata) ? object.metadata.managedFields : undefined;
  const isReset = Array.isArray(sent) && sent.length === 0;
  const result = structure.check(object, schema);
  if (isReset && !result.isCustom && isObject(result.object.metadata)) result.object.metadata.managedFields = [];
  return result;
}

/** Go's decoder names the field without the positions in lists: `Go struct field Container.spec.containers.image of type string`. */
function placeOfMismatch(error: string): string {
  return /Go struct field \w+\.([\w.]+) of type/.exec(error)?.[1] ?? '';
}
