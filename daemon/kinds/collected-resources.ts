/**
 * What the garbage collector and the namespace controller look after: every kept resource that can be listed, watched and deleted.
 */

import { isStorageVersion } from './conversion.ts';
import type { Kind, KindRegistry } from './kind.ts';
import type { Resource } from './resource.ts';

const VERBS = ['list', 'watch', 'delete'];

/** Once, in the version in which it is kept. */
const isCollected = (kind: Kind): boolean =>
  kind.stored && isStorageVersion(kind) && VERBS.every((verb) => kind.verbs?.includes(verb) ?? true);

/** As they are now, and when that changes. */
export interface ServedResources {
  list(): readonly Resource[];
  onChange(listener: () => void): () => void;
}

export function servedResources(registry: KindRegistry): ServedResources {
  return {
    list: () => registry.kinds.filter(isCollected).map(({ resource }) => resource),
    onChange: (listener) => registry.onChange(listener),
  };
}
