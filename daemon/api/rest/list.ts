/**
 * LIST: a snapshot at one revision, whole or in pages. From memory; objects are never copied.
 *
 * A page continues the snapshot of the first one, whatever was written in between; when that snapshot is gone: 410 with a token that goes on
 * from the same place in the newest state.
 */

import { registryKey, registryPrefix } from '../../base/registry-key.ts';
import { badRequest, expired, StatusError } from '../../base/status.ts';
import { requireShown } from '../../kinds/conversion.ts';
import type { Page } from '../../store/store.ts';
import type { RestContext } from './context.ts';
import { type ContinuePoint, decodeContinue, encodeContinue } from './continue-token.ts';
import { checkListOptions } from './list-options.ts';
import type { ListPage, ListParameters, ReadEntry, Scope } from './requests.ts';
import { parseRevision, readerOf, tooLargeRevision } from './revision.ts';
import { parseSelection, type Selection } from './selection.ts';
import { readEntry } from './view.ts';

/** Keys read at once while looking for matches of a selector. */
const SCAN_CHUNK = 1_000;

const CONTINUE_EXPIRED =
  'The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter, or use the continue token in this response to retrieve the remainder of the results. Continuing with the provided token results in an inconsistent list - objects that were created, modified, or deleted between the time the first chunk was returned and now may show up in the list.';
const LIST_EXPIRED = 'The resourceVersion for the provided list is too old.';

/** Throws 400, 410, 422 and 504 as the API server does, and ConversionNeeded. */
export function listObjects(context: RestContext, scope: Scope, parameters: ListParameters = {}): ListPage {
  checkListOptions(parameters);
  const selection = parseSelection(scope.kind, parameters);
  const prefix = prefixOf(scope);
  const point = parameters.continue ? decodeContinue(parameters.continue) : undefined;
  const revision = snapshotRevision(context, scope, parameters, point);
  try {
    const only = exactKey(scope, selection);
    if (only !== undefined && revision === undefined && !point) return listOne(context, scope, selection, only);
    return readPage(context, scope, selection, {
      prefix,
      revision,
      limit: hasLimit(parameters) ? parameters.limit : undefined,
      from: point ? prefix + point.start : undefined,
    });
  } catch (error) {
    throw explainExpired(error, point);
  }
}

export function prefixOf({ kind, namespace }: Scope): string {
  return registryPrefix(kind.resource, kind.resource.namespaced ? namespace : undefined);
}

/** The key of the only object that a selection by name can give; undefined when several can. */
export function exactKey({ kind, namespace }: Scope, { name }: Selection): string | undefined {
  if (!name || (kind.resource.namespaced && !namespace)) return undefined;
  return registryKey(kind.resource, { namespace: kind.resource.namespaced ? namespace : undefined, name });
}

/** The revision that must be read; undefined: the newest. */
function snapshotRevision(
  context: RestContext,
  { kind }: Scope,
  parameters: ListParameters,
  point: ContinuePoint | undefined,
): number | undefined {
  const { resourceVersion = '' } = parameters;
  if (point) {
    if (resourceVersion !== '' && resourceVersion !== '0')
      throw badRequest('specifying resource version is not allowed when using continue');
    return point.revision === -1 ? undefined : point.revision;
  }
  // Without a match, a paged list has always meant the exact revision, an unpaged one "not older than".
  const exact =
    parameters.resourceVersionMatch === 'Exact' || (!parameters.resourceVersionMatch && hasLimit(parameters));
  const asked = parseRevision(resourceVersion, exact ? 'storage' : readerOf(kind));
  if (!asked) return undefined;
  if (asked > context.store.revision) throw tooLargeRevision(asked, context.store.revision);
  return exact ? asked : undefined;
}

/** Zero and less mean no limit, as upstream reads them. Any state at all (`0`) is given whole, as by the watch cache. */
function hasLimit({ limit, resourceVersion, continue: token }: ListParameters): boolean {
  return limit !== undefined && limit > 0 && (resourceVersion !== '0' || Boolean(token));
}

function listOne(context: RestContext, scope: Scope, selection: Selection, key: string): ListPage {
  const entry = context.store.get(key);
  const entries = entry ? select(scope, selection, [entry]) : [];
  return { entries, metadata: { resourceVersion: String(context.store.revision) } };
}

interface Reading {
  prefix: string;
  revision: number | undefined;
  limit: number | undefined;
  from: string | undefined;
}

function readPage(context: RestContext, scope: Scope, selection: Selection, reading: Reading): ListPage {
  const { prefix, limit } = reading;
  if (!selection.matches) {
    const page = context.store.range(prefix, reading);
    return toListPage(prefix, page, select(scope, selection, page.entries), page.remaining);
  }
  if (limit === undefined) {
    const page = context.store.range(prefix, reading);
    return toListPage(prefix, page, select(scope, selection, page.entries), undefined);
  }
  return readMatching(context, scope, selection, { ...reading, limit });
}

/** Reads on until the page is full: a selector may match rarely. */
function readMatching(
  context: RestContext,
  scope: Scope,
  selection: Selection,
  reading: Reading & { limit: number },
): ListPage {
  const found: ReadEntry[] = [];
  let { from, revision } = reading;
  for (;;) {
    const chunk = Math.max(reading.limit - found.length, Math.min(SCAN_CHUNK, reading.limit * 10));
    const page = context.store.range(reading.prefix, { from, revision, limit: chunk });
    revision = page.revision;
    for (const [index, entry] of page.entries.entries()) {
      const [match] = select(scope, selection, [entry]);
      if (!match) continue;
      found.push(match);
      if (found.length < reading.limit) continue;
      const next = page.entries[index + 1]?.key ?? page.next;
      return toListPage(reading.prefix, { revision, next }, found, undefined);
    }
    if (!page.next) return toListPage(reading.prefix, { revision }, found, undefined);
    from = page.next;
  }
}

function select(scope: Scope, selection: Selection, entries: Page['entries']): readonly ReadEntry[] {
  const { kind } = scope;
  if (kind.conversion)
    requireShown(
      kind,
      entries.map(({ value }) => value),
    );
  const shown = kind.conversion ? entries.map((entry) => readEntry(kind, entry)) : entries;
  const { matches } = selection;
  return matches ? shown.filter(({ value }) => matches(value)) : shown;
}

function toListPage(
  prefix: string,
  page: { revision: number; next?: string },
  entries: readonly ReadEntry[],
  remaining: number | undefined,
): ListPage {
  const { revision, next } = page;
  if (!next) return { entries, metadata: { resourceVersion: String(revision) } };
  const token = encodeContinue({ revision, start: next.slice(prefix.length) });
  return {
    entries,
    metadata: {
      resourceVersion: String(revision),
      continue: token,
      ...(remaining ? { remainingItemCount: remaining } : {}),
    },
  };
}

function explainExpired(error: unknown, point: ContinuePoint | undefined): unknown {
  if (!(error instanceof StatusError) || error.code !== 410) return error;
  if (!point) return expired(LIST_EXPIRED);
  const explained = expired(CONTINUE_EXPIRED);
  explained.status.metadata = { continue: encodeContinue({ revision: -1, start: point.start }) };
  return explained;
}
