/**
 * Where an object stands in the store: `/registry/<group or core>/<plural>/[<namespace>/]<name>`.
 * The one place that builds these keys. Names have been validated before (no `/` in them); this file does not check them.
 */

import type { ObjectKey } from './object.ts';

export interface StoredResource {
  readonly group: string;
  readonly plural: string;
}

const CORE_EVENTS: StoredResource = { group: '', plural: 'events' };

/** The resource under which a resource's objects are kept: `events.k8s.io` is a second view on the core group's events. */
export function storedResource(resource: StoredResource): StoredResource {
  return resource.group === 'events.k8s.io' && resource.plural === 'events' ? CORE_EVENTS : resource;
}

/** The prefix of all keys of a resource, or of those in one namespace; ends with `/`. */
export function registryPrefix(resource: StoredResource, namespace?: string): string {
  const { group, plural } = storedResource(resource);
  const all = `/registry/${group || 'core'}/${plural}/`;
  return namespace ? `${all}${namespace}/` : all;
}

/** The key of one object. */
export function registryKey(resource: StoredResource, key: ObjectKey): string {
  return registryPrefix(resource, key.namespace) + key.name;
}
