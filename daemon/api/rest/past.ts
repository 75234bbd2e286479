/**
 * LIST at a revision that memory has let go of: from the history of desired state (`git/history/`), whole or in pages. Only for who asks for exactly
 * that revision (`resourceVersionMatch=Exact`), because it shows desired objects alone and says so in a warning.
 *
 * Selectors and pages are those of an ordinary list; a `continue` token of such a list goes on in the past.
 */

import { isObject } from '../../base/json.ts';
import { badRequest, expired, type StatusError } from '../../base/status.ts';
import { settled } from '../../kinds/conversion.ts';
import type { Kind } from '../../kinds/kind.ts';
import type { RestContext } from './context.ts';
import { listObjects, prefixOf } from './list.ts';
import { checkListOptions } from './list-options.ts';
import type { ListPage, ListParameters, ReadEntry, Scope } from './requests.ts';
import { parseRevision } from './revision.ts';
import { parseSelection } from './selection.ts';

export interface PastObjects {
  /** All of the kind, in the order of their keys in the store. */
  readonly objects: readonly { readonly key: string; readonly entry: ReadEntry }[];
  readonly warnings: readonly string[];
}

/** What remembers desired state for longer than the store does. */
export interface Past {
  /** The revisions of the commit that would be seen only in part at this one. */
  inside(revision: number): { first: number; last: number } | undefined;
  /** As of a revision; throws 410 for what is not remembered either. */
  objectsAt(kind: Kind, revision: number): Promise<PastObjects>;
}

export interface PastPage extends ListPage {
  readonly warnings: readonly string[];
}

/** Where a list of the past begins or goes on. */
interface PastPoint {
  revision: number;
  /** Key relative to the list's prefix. */
  start: string;
}

/** {@link listObjects}, and beyond it into the past; never inside a commit. Throws 400, 410, 422 and 504. */
export async function listPresentOrPast(
  context: RestContext,
  scope: Scope,
  parameters: ListParameters,
): Promise<PastPage> {
  const { past, store } = context;
  const paged = past && pagedRevision(parameters);
  const halved = paged && past.inside(paged);
  if (halved) throw insideCommit(paged, halved);
  const point = past && pointOf(parameters);
  if (!past || !point) return { ...(await settled(() => listObjects(context, scope, parameters))), warnings: [] };
  checkListOptions(parameters);
  const cut = past.inside(point.revision);
  if (cut) throw insideCommit(point.revision, cut);
  const isRemembered = point.revision >= store.compactedRevision && !parameters.continue;
  if (isRemembered) return { ...(await settled(() => listObjects(context, scope, parameters))), warnings: [] };
  return pageOfPast(scope, parameters, point, await past.objectsAt(scope.kind, point.revision));
}

/** Without a match, a paged list has always meant the exact revision; the past does not answer for it, but it shows no half commit either. */
function pagedRevision({
  limit = 0,
  resourceVersion,
  resourceVersionMatch,
  ...more
}: ListParameters): number | undefined {
  return limit > 0 && !resourceVersionMatch && !more.continue ? parseRevision(resourceVersion) : undefined;
}

/** Undefined: an ordinary list. */
function pointOf({ continue: token, resourceVersion, resourceVersionMatch }: ListParameters): PastPoint | undefined {
  if (token) return resourceVersion ? undefined : decodePoint(token);
  const revision = resourceVersionMatch === 'Exact' ? parseRevision(resourceVersion) : undefined;
  return revision ? { revision, start: '' } : undefined;
}

/** 410 with its reason: a commit is seen whole or not at all. */
export function insideCommit(revision: number, { first, last }: { first: number; last: number }): StatusError {
  const error = expired(
    `revision ${revision} lies inside a commit (revisions ${first} to ${last}), which is seen whole or not at all: read ${first - 1}, before it, or ${last}, after it`,
  );
  error.status.details = { causes: [{ reason: 'InsideCommit', message: `revisions ${first} to ${last}` }] };
  return error;
}

/** What an ordinary list's tokens (`continue-token.ts`) have not: this one goes on in the past. */
const TOKEN_VERSION = 'reflet.dev/past';
/** A token this long was not made here. */
const TOKEN_LENGTH_MAX = 4096;

const encodePoint = ({ revision, start }: PastPoint): string =>
  Buffer.from(JSON.stringify({ v: TOKEN_VERSION, rv: revision, start })).toString('base64url');

/** Undefined for the token of an ordinary list. Throws 400. */
function decodePoint(token: string): PastPoint | undefined {
  const value = token.length > TOKEN_LENGTH_MAX ? undefined : parseToken(token);
  if (!isObject(value) || value['v'] !== TOKEN_VERSION) return undefined;
  const { rv, start } = value;
  if (typeof rv === 'number' && Number.isSafeInteger(rv) && rv > 0 && typeof start === 'string')
    return { revision: rv, start };
  throw badRequest('continue key is not valid: it was not made by this server');
}

function parseToken(token: string): unknown {
  try {
    return JSON.parse(Buffer.from(token, 'base64url').toString('utf8'));
  } catch {
    return undefined;
  }
}

/** One page of what the past gave. Pure. */
export function pageOfPast(
  scope: Scope,
  parameters: ListParameters,
  { revision, start }: PastPoint,
  { objects, warnings }: PastObjects,
): PastPage {
  const { matches } = parseSelection(scope.kind, parameters);
  const prefix = prefixOf(scope);
  const from = prefix + start;
  const found = objects.filter(
    ({ key, entry }) => key.startsWith(prefix) && key >= from && (!matches || matches(entry.value)),
  );
  const limit = parameters.limit !== undefined && parameters.limit > 0 ? parameters.limit : found.length;
  const next = found[limit];
  const remaining = found.length - limit;
  return {
    entries: found.slice(0, limit).map(({ entry }) => entry),
    metadata: {
      ...(revision > 0 ? { resourceVersion: String(revision) } : {}),
      ...(next
        ? {
            continue: encodePoint({ revision, start: next.key.slice(prefix.length) }),
            ...(matches ? {} : { remainingItemCount: remaining }),
          }
        : {}),
    },
    warnings,
  };
}
