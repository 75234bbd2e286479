/**
 * Query parameters of the verbs (`meta/v1` ListOptions, CreateOptions, PatchOptions, DeleteOptions), read and checked.
 */

import { isObject } from '../../base/json.ts';
import { badRequest, StatusError } from '../../base/status.ts';
import type {
  DeleteParameters,
  ListParameters,
  PatchType,
  WatchParameters,
  WriteParameters,
} from '../rest/requests.ts';
import { isTrue } from './request-info.ts';
import type { IncludeObject } from './transform.ts';

const text = (query: URLSearchParams, name: string) => query.get(name) || undefined;

function integer(query: URLSearchParams, name: string): number | undefined {
  const value = query.get(name);
  if (!value) return undefined;
  if (!/^[+-]?\d{1,18}$/.test(value)) {
    throw badRequest(
      `unable to convert query parameter "${name}": strconv.ParseInt: parsing ${JSON.stringify(value)}: invalid syntax`,
    );
  }
  return Number(value);
}

const flag = (query: URLSearchParams, name: string) => (query.has(name) ? isTrue(query.get(name)) : undefined);

export function listParameters(query: URLSearchParams): ListParameters {
  return {
    labelSelector: text(query, 'labelSelector'),
    fieldSelector: text(query, 'fieldSelector'),
    limit: integer(query, 'limit'),
    continue: text(query, 'continue'),
    resourceVersion: text(query, 'resourceVersion'),
    resourceVersionMatch: text(query, 'resourceVersionMatch'),
    sendInitialEvents: flag(query, 'sendInitialEvents'),
  };
}

/** `name`: the watch is of one object, by path. */
export function watchParameters(query: URLSearchParams, name: string | undefined): WatchParameters {
  const { limit: _limit, ...parameters } = listParameters(query);
  // The user was judged for this name: whatever else is selected, nothing but it is shown.
  const byName = name === undefined ? [] : [`metadata.name=${name.replace(/[\\,=]/g, '\\$&')}`];
  const given = parameters.fieldSelector ? [parameters.fieldSelector] : [];
  return {
    ...parameters,
    fieldSelector: [...given, ...byName].join(',') || undefined,
    allowWatchBookmarks: flag(query, 'allowWatchBookmarks'),
    timeoutSeconds: integer(query, 'timeoutSeconds'),
  };
}

export function writeParameters(query: URLSearchParams): WriteParameters {
  return {
    dryRun: isDryRun(query.getAll('dryRun')),
    fieldManager: text(query, 'fieldManager'),
    fieldValidation: readFieldValidation(text(query, 'fieldValidation')),
  };
}

function readFieldValidation(value: string | undefined): WriteParameters['fieldValidation'] {
  if (value === undefined || value === 'Strict' || value === 'Warn' || value === 'Ignore') return value;
  throw optionsError(
    'fieldValidation',
    `Invalid value: ${JSON.stringify(value)}: fieldValidation parameter unsupported, must be one of "Ignore", "Strict", "Warn"`,
  );
}

const optionsError = (field: string, message: string) =>
  new StatusError(422, 'Invalid', ` "" is invalid: ${field}: ${message}`, {
    causes: [{ field, message, reason: 'FieldValueInvalid' }],
  });

function isDryRun(values: readonly unknown[]): boolean {
  for (const value of values) {
    if (value !== '' && value !== 'All')
      throw optionsError('dryRun', `Unsupported value: ${JSON.stringify(value)}: supported values: "All"`);
  }
  return values.includes('All');
}

/** The body's DeleteOptions, when there is a body, hold alone; else the query's. */
export function deleteParameters(query: URLSearchParams, body: unknown): DeleteParameters {
  if (isObject(body)) return readDeleteOptions(body);
  return {
    gracePeriodSeconds: integer(query, 'gracePeriodSeconds'),
    propagationPolicy: text(query, 'propagationPolicy'),
    orphanDependents: flag(query, 'orphanDependents'),
    dryRun: isDryRun(query.getAll('dryRun')),
  };
}

function readDeleteOptions(body: Record<string, unknown>): DeleteParameters {
  const { kind, gracePeriodSeconds, propagationPolicy, orphanDependents, preconditions, dryRun } = body;
  if (kind !== undefined && kind !== '' && kind !== 'DeleteOptions') {
    throw badRequest(`the body of a DELETE must be of kind DeleteOptions, not ${JSON.stringify(kind)}`);
  }
  const wrong = (field: string, expected: string) => badRequest(`DeleteOptions.${field} must be ${expected}`);
  if (gracePeriodSeconds != null && !Number.isSafeInteger(gracePeriodSeconds))
    throw wrong('gracePeriodSeconds', 'an integer');
  if (propagationPolicy != null && typeof propagationPolicy !== 'string') throw wrong('propagationPolicy', 'a string');
  if (orphanDependents != null && typeof orphanDependents !== 'boolean') throw wrong('orphanDependents', 'a boolean');
  if (preconditions != null && !isObject(preconditions)) throw wrong('preconditions', 'an object');
  if (dryRun != null && !Array.isArray(dryRun)) throw wrong('dryRun', 'a list of strings');
  return {
    gracePeriodSeconds: (gracePeriodSeconds as number | null) ?? undefined,
    propagationPolicy: (propagationPolicy as string | null) ?? undefined,
    orphanDependents: (orphanDependents as boolean | null) ?? undefined,
    preconditions: (preconditions as DeleteParameters['preconditions'] | null) ?? undefined,
    dryRun: isDryRun((dryRun as unknown[] | null) ?? []),
  };
}

const PATCH_TYPES: Record<string, PatchType> = {
  'application/json-patch+json': 'json',
  'application/merge-patch+json': 'merge',
  'application/strategic-merge-patch+json': 'strategic',
  'application/apply-patch+yaml': 'apply',
};

/** Throws 415 for any other content type. */
export function patchTypeOf(contentType: string | undefined): PatchType {
  const type = PATCH_TYPES[contentType?.split(';')[0]?.trim().toLowerCase() ?? ''];
  if (!type) {
    const accepted = Object.keys(PATCH_TYPES).join(', ');
    throw new StatusError(
      415,
      'UnsupportedMediaType',
      `the body of the request was in an unknown format - accepted media types include: ${accepted}`,
    );
  }
  return type;
}

/** `includeObject` of TableOptions. Throws 400 for another value. */
export function includeObject(query: URLSearchParams): IncludeObject {
  const value = query.get('includeObject') || 'Metadata';
  if (value === 'None' || value === 'Metadata' || value === 'Object') return value;
  throw badRequest(`unrecognized includeObject value: ${JSON.stringify(value)}`);
}
