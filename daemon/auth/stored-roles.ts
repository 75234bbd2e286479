/**
 * Roles and bindings read from the store, kept as lists that are dropped when one of their kind changes.
 */

import type { KubeObject } from '../base/object.ts';
import type { Store } from '../store/store.ts';
import type { Binding, PolicyRule, RoleReference, RoleSource, Subject } from './rbac.ts';

const GROUP = '/registry/rbac.authorization.k8s.io/';

interface StoredRole extends KubeObject {
  rules?: PolicyRule[] | null;
}

interface StoredBinding extends KubeObject {
  roleRef: RoleReference;
  subjects?: Subject[];
}

export function createStoredRoles(store: Store): RoleSource {
  const bindings = new Map<string, readonly Binding[]>();
  const forget = { events: () => bindings.clear() };
  store.subscribe(`${GROUP}clusterrolebindings/`, store.revision, forget);
  store.subscribe(`${GROUP}rolebindings/`, store.revision, forget);

  const rulesAt = (key: string) => {
    const entry = store.get(key);
    return entry ? ((entry.value as StoredRole).rules ?? []) : undefined;
  };
  const bindingsUnder = (prefix: string) => {
    const known = bindings.get(prefix);
    if (known) return known;
    const read = store.range(prefix).entries.map(({ value }) => toBinding(value as StoredBinding));
    bindings.set(prefix, read);
    return read;
  };
  return {
    clusterRoleRules: (name) => rulesAt(`${GROUP}clusterroles/${name}`),
    roleRules: (namespace, name) => rulesAt(`${GROUP}roles/${namespace}/${name}`),
    clusterRoleBindings: () => bindingsUnder(`${GROUP}clusterrolebindings/`),
    roleBindings: (namespace) => bindingsUnder(`${GROUP}rolebindings/${namespace}/`),
  };
}

function toBinding({ metadata, roleRef, subjects }: StoredBinding): Binding {
  return { name: metadata?.name ?? '', namespace: metadata?.namespace, roleRef, subjects };
}
