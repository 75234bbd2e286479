/**
 * Building admission's answers: from field errors, refusals and StatusErrors to problems with a place. Pure.
 */

import { errorBody, type FieldError } from '../base/field.ts';
import type { JsonObject, KubeObject } from '../base/object.ts';
import { invalid, type StatusError } from '../base/status.ts';
import type { Kind } from '../kinds/kind.ts';
import { parseApiVersion } from '../kinds/resource.ts';
import { NO_RESERVATION } from './allocation/service-allocator.ts';
import type { AdmissionProblem, AdmissionResult } from './contract.ts';
import type { Refusal } from './plugin.ts';

/** More mistakes in one object are not told: the answer would grow with what a hostile client sends. */
const ERRORS_MAX = 500;

/** 422 with one problem a field error. */
export function refuseInvalid(
  kind: Kind,
  object: JsonObject,
  errors: readonly FieldError[],
  warnings: readonly string[],
): AdmissionResult {
  const { kind: name } = kind.resource;
  // Upstream names the type that all versions are converted to: events of `events.k8s.io` are the core group's.
  const group = kind.conversion ? parseApiVersion(kind.conversion.storedAs).group : kind.resource.group;
  const told = errors.slice(0, ERRORS_MAX);
  const error = invalid({ group, kind: name }, (object as KubeObject).metadata?.name ?? '', told);
  return refused(object, told.map(toProblem), error, warnings);
}

/** A plugin's no, or any other answer that stands for one problem. */
export function refuseWith(
  object: JsonObject,
  { error, fieldPath, expected }: Refusal,
  warnings: readonly string[],
): AdmissionResult {
  const problem = { fieldPath, message: error.message, ...(expected ? { expected } : {}) };
  return refused(object, [problem], error, warnings);
}

export function refused(
  object: JsonObject,
  problems: readonly AdmissionProblem[],
  error: StatusError,
  warnings: readonly string[],
): AdmissionResult {
  return { object: object as KubeObject, warnings, problems, error, reservation: NO_RESERVATION };
}

function toProblem(error: FieldError): AdmissionProblem {
  const expected = expectation(error);
  return { fieldPath: error.field, message: errorBody(error), ...(expected ? { expected } : {}) };
}

/** What people are told to write instead, where the error's detail says it. */
function expectation({ type, detail }: FieldError): string | undefined {
  if (type === 'FieldValueNotSupported') return detail.replace(/^supported values: /, 'one of ');
  if (type === 'FieldValueRequired') return detail || 'a value';
  return undefined;
}
