/**
 * The cluster as it stands in the store. Every write is judged by a few kinds of objects that hardly ever change: their lists are kept, the very same
 * array until one of the objects in it is written, so that whoever works something out of a list can keep that with it.
 */

import type { KubeObject } from '../base/object.ts';
import { registryKey, registryPrefix, type StoredResource } from '../base/registry-key.ts';
import {
  LIMIT_RANGES,
  MUTATING_WEBHOOK_CONFIGURATIONS,
  PRIORITY_CLASSES,
  RESOURCE_QUOTAS,
  VALIDATING_ADMISSION_POLICIES,
  VALIDATING_ADMISSION_POLICY_BINDINGS,
  VALIDATING_WEBHOOK_CONFIGURATIONS,
} from '../kinds/resources.ts';
import type { Store } from '../store/store.ts';
import type { ClusterView } from './contract.ts';

type List = readonly Readonly<KubeObject>[];

const KEPT: readonly StoredResource[] = [
  LIMIT_RANGES,
  MUTATING_WEBHOOK_CONFIGURATIONS,
  PRIORITY_CLASSES,
  RESOURCE_QUOTAS,
  VALIDATING_ADMISSION_POLICIES,
  VALIDATING_ADMISSION_POLICY_BINDINGS,
  VALIDATING_WEBHOOK_CONFIGURATIONS,
];

/** Of one kind: as many namespaces as a large cluster has. A full cache is dropped as a whole. */
const NAMESPACES_MAX = 10_000;
/** The place of the list of all namespaces. */
const ALL = '';

/** Follows the store for as long as it lives. */
export function createClusterView(store: Pick<Store, 'get' | 'range' | 'subscribe' | 'revision'>): ClusterView {
  const read = (resource: StoredResource, namespace?: string): List =>
    store.range(registryPrefix(resource, namespace)).entries.map(({ value }) => value);
  const kept = new Map(KEPT.map((resource) => [resource.plural, { resource, lists: new Map<string, List>() }]));
  for (const { resource, lists } of kept.values()) {
    store.subscribe(registryPrefix(resource), store.revision, {
      events(batch) {
        lists.delete(ALL);
        for (const { value } of batch) lists.delete(value.metadata?.namespace ?? ALL);
      },
    });
  }
  return {
    get: (resource, key) => store.get(registryKey(resource, key))?.value,
    list(resource, namespace) {
      const of = kept.get(resource.plural);
      if (of?.resource.group !== resource.group) return read(resource, namespace);
      const known = of.lists.get(namespace ?? ALL);
      if (known) return known;
      const list = read(resource, namespace);
      if (of.lists.size >= NAMESPACES_MAX) of.lists.clear();
      of.lists.set(namespace ?? ALL, list);
      return list;
    },
  };
}
