/**
 * Query parameters of the verbs (`meta/v1` ListOptions, CreateOptions, PatchOptions, DeleteOptions), read and checked.
 */

import { goQuote } from '../../base/go-quote.ts';
import { goKind, isObject } from '../../base/json.ts';
import { badRequest, StatusError } from '../../base/status.ts';
import type { Kind } from '../../kinds/kind.ts';
import { checkDeleteOptions } from '../rest/delete-plan.ts';
import type {
  DeleteParameters,
  ListParameters,
  PatchParameters,
  PatchType,
  WatchParameters,
  WriteParameters,
} from '../rest/requests.ts';
import { checkPatchOptions, checkWriteOptions, type GivenOptions } from '../rest/write-options.ts';
import { unknownFormat } from './media-type.ts';
import type { ResponseForm } from './negotiate.ts';
import { isTrue } from './request-info.ts';
import type { IncludeObject } from './transform.ts';

const INT64_LIMIT = 2 ** 63;

const text = (query: URLSearchParams, name: string) => query.get(name) || undefined;

/** As Go's `strconv.ParseInt`; throws 400 with its words. */
export function integer(query: URLSearchParams, name: string): number | undefined {
  const value = query.get(name);
  if (value === null) return undefined;
  const refuse = (why: string) => badRequest(`strconv.ParseInt: parsing ${goQuote(value)}: ${why}`);
  if (!/^[+-]?\d+$/.test(value)) throw refuse('invalid syntax');
  const number = Number(value);
  if (Math.abs(number) >= INT64_LIMIT) throw refuse('value out of range');
  return number;
}

const flag = (query: URLSearchParams, name: string) => (query.has(name) ? isTrue(query.get(name)) : undefined);

export function listParameters(query: URLSearchParams): ListParameters {
  integer(query, 'timeoutSeconds'); // says nothing here and is read all the same
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

/** Of a POST or a PUT. Throws 422. */
export function writeParameters(kind: 'CreateOptions' | 'UpdateOptions', query: URLSearchParams): WriteParameters {
  const given = givenOptions(query);
  checkWriteOptions(kind, given);
  return readOptions(given);
}

/** Throws 422. */
export function patchParameters(type: PatchType, query: URLSearchParams): PatchParameters {
  const given = givenOptions(query);
  const force = flag(query, 'force');
  checkPatchOptions({ type, force, ...given });
  return { ...readOptions(given), type, force };
}

const givenOptions = (query: URLSearchParams): GivenOptions => ({
  fieldManager: text(query, 'fieldManager'),
  dryRun: query.getAll('dryRun'),
  fieldValidation: text(query, 'fieldValidation'),
});

const readOptions = ({ dryRun = [], fieldManager, fieldValidation }: GivenOptions): WriteParameters => ({
  dryRun: dryRun.length > 0,
  fieldManager,
  fieldValidation: fieldValidation as WriteParameters['fieldValidation'],
});

/** The body's DeleteOptions, when there is a body, hold alone; else the query's. Throws 400 and 422. */
export function deleteParameters(query: URLSearchParams, body: unknown): DeleteParameters {
  const { dryRun, ...parameters } =
    body === undefined
      ? {
          gracePeriodSeconds: integer(query, 'gracePeriodSeconds'),
          propagationPolicy: query.get('propagationPolicy') ?? undefined,
          orphanDependents: flag(query, 'orphanDependents'),
          preconditions: { uid: text(query, 'uid'), resourceVersion: text(query, 'resourceVersion') },
          dryRun: query.getAll('dryRun'),
        }
      : readDeleteOptions(body);
  checkDeleteOptions(parameters, dryRun);
  return { ...parameters, dryRun: dryRun.length > 0 };
}

type GivenDeleteOptions = Omit<DeleteParameters, 'dryRun'> & { dryRun: string[] };

/** Where upstream's scheme of meta kinds was made; its messages say so. */
const META_SCHEME = 'k8s.io/apimachinery/pkg/apis/meta/internalversion/scheme/register.go:27';

/** Upstream decodes the body without saying whose fault it is when that fails: 500. */
const undecodable = (why: string): StatusError => new StatusError(500, '', why);

function checkField(value: unknown, field: string, type: string, fits: boolean): void {
  if (value === undefined || value === null || fits) return;
  // Of a number that does not fit, Go tells which.
  const what = typeof value === 'number' && type === 'int64' ? `number ${value}` : goKind(value);
  throw undecodable(`json: cannot unmarshal ${what} into Go struct field ${field} of type ${type}`);
}

/** `DeleteOptions` are known to every group; who names none means them. Throws 500. */
function readDeleteOptions(body: unknown): GivenDeleteOptions {
  if (!isObject(body)) throw undecodable('decoded object cannot be converted to DeleteOptions');
  const { apiVersion, kind, gracePeriodSeconds, propagationPolicy, orphanDependents, preconditions, dryRun } = body;
  if (kind && kind !== 'DeleteOptions')
    throw undecodable(
      `no kind ${JSON.stringify(kind)} is registered for version ${JSON.stringify(apiVersion ?? 'v1')} in scheme ${JSON.stringify(META_SCHEME)}`,
    );
  const at = (field: string) => `DeleteOptions.${field}`;
  checkField(gracePeriodSeconds, at('gracePeriodSeconds'), 'int64', Number.isSafeInteger(gracePeriodSeconds));
  checkField(
    propagationPolicy,
    at('propagationPolicy'),
    'v1.DeletionPropagation',
    typeof propagationPolicy === 'string',
  );
  checkField(orphanDependents, at('orphanDependents'), 'bool', typeof orphanDependents === 'boolean');
  checkField(preconditions, at('preconditions'), 'v1.Preconditions', isObject(preconditions));
  const { uid, resourceVersion } = isObject(preconditions) ? preconditions : {};
  checkField(uid, 'Preconditions.preconditions.uid', 'types.UID', typeof uid === 'string');
  checkField(
    resourceVersion,
    'Preconditions.preconditions.resourceVersion',
    'string',
    typeof resourceVersion === 'string',
  );
  checkField(dryRun, at('dryRun'), '[]string', Array.isArray(dryRun));
  const texts = (dryRun as unknown[] | null | undefined) ?? [];
  for (const text of texts) checkField(text, at('dryRun'), 'string', typeof text === 'string');
  return {
    gracePeriodSeconds: (gracePeriodSeconds as number | null) ?? undefined,
    propagationPolicy: (propagationPolicy as string | null) ?? undefined,
    orphanDependents: (orphanDependents as boolean | null) ?? undefined,
    preconditions: (preconditions as DeleteParameters['preconditions'] | null) ?? undefined,
    dryRun: texts as string[],
  };
}

const PATCH_TYPES: Record<string, PatchType> = {
  'application/json-patch+json': 'json',
  'application/merge-patch+json': 'merge',
  'application/strategic-merge-patch+json': 'strategic',
  'application/apply-patch+yaml': 'apply',
};

/** Custom kinds have no strategies to merge by. */
const CUSTOM_PATCH_TYPES = Object.keys(PATCH_TYPES).filter((name) => PATCH_TYPES[name] !== 'strategic');

/** Throws 415 for any other content type. */
export function patchTypeOf(contentType: string | undefined, { schema }: Pick<Kind, 'schema'>): PatchType {
  const name = contentType?.split(';')[0]?.trim().toLowerCase() ?? '';
  const type = PATCH_TYPES[name];
  if (schema && !CUSTOM_PATCH_TYPES.includes(name)) throw unknownFormat(CUSTOM_PATCH_TYPES);
  // Upstream its router refuses before the API is asked, and says no more than this.
  if (!type) throw new StatusError(415, 'UnsupportedMediaType', '415: Unsupported Media Type', {});
  return type;
}

/** `includeObject` of TableOptions, which nothing but a table looks at. Throws 400 for another value. */
export function includeObject(query: URLSearchParams, { as }: Pick<ResponseForm, 'as'>): IncludeObject {
  if (as !== 'Table') return 'Metadata';
  const value = query.get('includeObject') || 'Metadata';
  if (value === 'None' || value === 'Metadata' || value === 'Object') return value;
  throw badRequest(
    `Unable to convert to Table as requested: includeObject: Invalid value: ${goQuote(value)}: must be 'Metadata', 'Object', 'None', or empty`,
  );
}
