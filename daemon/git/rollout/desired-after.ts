/**
 * The objects of git as they will be once a candidate is in force: what it changes laid over the published state. Pure.
 */

import type { DesiredState, ObjectChanges } from '../desired-state.ts';
import type { ManifestDocument, ManifestFile } from '../manifest-file.ts';

export interface DefinedObject {
  readonly file: ManifestFile;
  readonly document: ManifestDocument;
}

export interface DesiredAfter {
  get(storeKey: string): DefinedObject | undefined;
  /** What the candidate changes, by key; the first of two documents that say the same object. */
  readonly changed: ReadonlyMap<string, DefinedObject>;
  readonly removed: ReadonlySet<string>;
}

export function desiredAfter(state: DesiredState, { changed, removed }: ObjectChanges): DesiredAfter {
  const byKey = new Map<string, DefinedObject>();
  for (const { file, document } of changed) {
    const key = document.names?.storeKey;
    if (key !== undefined && !byKey.has(key)) byKey.set(key, { file, document });
  }
  const gone = new Set(removed.map(({ names }) => names.storeKey));
  return {
    get: (key) => byKey.get(key) ?? (gone.has(key) ? undefined : state.objects.get(key)),
    changed: byKey,
    removed: gone,
  };
}
