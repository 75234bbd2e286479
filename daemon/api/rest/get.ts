/**
 * GET of one object: from memory, never copied.
 */

import { registryKey } from '../../base/registry-key.ts';
import { notFound } from '../../base/status.ts';
import type { Entry } from '../../store/store.ts';
import type { RestContext } from './context.ts';
import type { ReadEntry, Target } from './requests.ts';
import { parseRevision, readerOf, tooLargeRevision } from './revision.ts';
import { readEntry } from './view.ts';

/** Throws 404, 400 or 500 for a `resourceVersion` that is none, and 504 when `resourceVersion` asks for something newer than there is. */
export function getObject(context: RestContext, target: Target, options: { resourceVersion?: string } = {}): ReadEntry {
  const atLeast = parseRevision(options.resourceVersion, readerOf(target.kind)) ?? 0;
  if (atLeast > context.store.revision) throw tooLargeRevision(atLeast, context.store.revision);
  return readEntry(target.kind, storedEntry(context, target));
}

/** The entry as it is kept. Throws 404. */
export function storedEntry(context: RestContext, target: Target): Entry {
  const entry = context.store.get(keyOfTarget(target));
  if (!entry) throw notFound(groupResource(target), target.name);
  return entry;
}

export function keyOfTarget({ kind, namespace, name }: Target): string {
  return registryKey(kind.resource, { namespace: kind.resource.namespaced ? namespace : undefined, name });
}

/** What messages call the kind's resource. */
export function groupResource({ kind }: Pick<Target, 'kind'>): { group: string; resource: string } {
  return { group: kind.resource.group, resource: kind.resource.plural };
}
