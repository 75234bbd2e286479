/**
 * The cluster as it will be once a tree is in force: what the tree defines exists, what it removes does not, all else is as it stands.
 */

import { type KubeObject, keyOf, type ObjectKey } from '../base/object.ts';
import { registryKey, registryPrefix, type StoredResource } from '../base/registry-key.ts';
import { NAMESPACES, SERVICE_ACCOUNTS } from '../kinds/resources.ts';
import type { ClusterView } from './contract.ts';

const DEFAULT_ACCOUNT = 'default';

/**
 * `defined`: objects of the tree by store key (as they stand in the manifests); `removed`: store keys.
 * A live object counts as it is (a namespace that is terminating stays so), whatever its manifest says.
 */
export function createTreeView(
  cluster: ClusterView,
  defined: ReadonlyMap<string, Readonly<KubeObject>>,
  removed: ReadonlySet<string>,
): ClusterView {
  const view: ClusterView = {
    get(resource, key) {
      const at = registryKey(resource, key);
      if (removed.has(at)) return undefined;
      return cluster.get(resource, key) ?? defined.get(at);
    },
    list: (resource) =>
      listWith(
        resource,
        cluster.list(resource).filter((object) => !removed.has(registryKey(resource, keyOf(object)))),
        defined,
      ),
  };
  return withDefaultAccounts(view);
}

/** What is there, and what comes with the same write (by store key) and is not there yet. */
export function listWith(
  resource: StoredResource,
  present: readonly Readonly<KubeObject>[],
  coming: ReadonlyMap<string, Readonly<KubeObject>>,
): readonly Readonly<KubeObject>[] {
  const prefix = registryPrefix(resource);
  const known = new Set(present.map((object) => registryKey(resource, keyOf(object))));
  const added = [...coming].filter(([key]) => key.startsWith(prefix) && !known.has(key)).map(([, object]) => object);
  return added.length === 0 ? present : [...present, ...added];
}

/** Every namespace has a service account `default`: its controller makes it, though maybe only after the pods of the same push. */
function withDefaultAccounts(cluster: ClusterView): ClusterView {
  return {
    ...cluster,
    get(resource: StoredResource, key: ObjectKey) {
      const found = cluster.get(resource, key);
      const isDefault = resource.plural === SERVICE_ACCOUNTS.plural && key.name === DEFAULT_ACCOUNT;
      if (found || !isDefault || !key.namespace || !cluster.get(NAMESPACES, { name: key.namespace })) return found;
      return {
        apiVersion: 'v1',
        kind: 'ServiceAccount',
        metadata: { name: DEFAULT_ACCOUNT, namespace: key.namespace },
      };
    },
  };
}
