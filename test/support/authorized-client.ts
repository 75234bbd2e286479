/** A client that asks the default roles before each call, as the API server would: what a loop is not allowed to do fails, and is told of. */

import {
  defaultClusterRoleBindings,
  defaultClusterRoles,
  defaultRoleBindings,
  defaultRoles,
} from '../../daemon/auth/default-roles.ts';
import { type Binding, createRbacAuthorizer, refusal } from '../../daemon/auth/rbac.ts';
import type { KubeObject, ObjectKey } from '../../daemon/base/object.ts';
import { forbidden } from '../../daemon/base/status.ts';
import type { Client } from '../../daemon/client/client.ts';
import type { ActingUser } from '../../daemon/controllers/accounts.ts';
import type { Resource } from '../../daemon/kinds/resource.ts';

const nameOf = ({ metadata }: KubeObject): string => metadata?.name ?? '';
const clusterRoles = new Map(defaultClusterRoles().map((role) => [nameOf(role), role.rules]));
const roles = new Map(defaultRoles().map((role) => [`${role.metadata?.namespace}/${nameOf(role)}`, role.rules]));
const toBinding = ({ metadata, roleRef, subjects }: ReturnType<typeof defaultRoleBindings>[number]): Binding => ({
  name: metadata?.name ?? '',
  namespace: metadata?.namespace,
  roleRef,
  subjects,
});
const clusterRoleBindings = defaultClusterRoleBindings().map(toBinding);
const roleBindings = defaultRoleBindings().map(toBinding);

/** By nothing but the roles that every cluster begins with. */
const defaultAuthorizer = createRbacAuthorizer({
  clusterRoleRules: (name) => clusterRoles.get(name),
  roleRules: (namespace, name) => roles.get(`${namespace}/${name}`),
  clusterRoleBindings: () => clusterRoleBindings,
  roleBindings: (namespace) => roleBindings.filter((one) => one.namespace === namespace),
});

/** `refused` gathers what was not allowed, in the server's words. Lists and watches are the shared informers'. */
export function authorizedClient(client: Client, { username, groups }: ActingUser, refused: Set<string>): Client {
  const user = { username, groups: [...groups, 'system:authenticated'] };
  const check = ({ group, plural, namespaced }: Resource, verb: string, key: ObjectKey, subresource = ''): void => {
    const namespace = namespaced ? key.namespace : undefined;
    const attributes = {
      verb,
      group,
      resource: plural,
      subresource,
      name: key.name,
      ...(namespace ? { namespace } : {}),
    };
    if (defaultAuthorizer.authorize(user, attributes).allowed) return;
    const message = refusal(user, attributes);
    refused.add(message);
    throw forbidden({ group, resource: plural }, key.name, message);
  };
  const keyOf = ({ metadata }: KubeObject): ObjectKey => ({
    namespace: metadata?.namespace,
    name: metadata?.name ?? '',
  });
  return {
    list: (resource, options) => client.list(resource, options),
    watch: (resource, options) => client.watch(resource, options),
    async get(resource, key) {
      check(resource, 'get', key);
      return client.get(resource, key);
    },
    async create(resource, object, options) {
      check(resource, 'create', { ...keyOf(object), name: '' });
      return client.create(resource, object, options);
    },
    async update(resource, object, options) {
      check(resource, 'update', keyOf(object), options?.subresource);
      return client.update(resource, object, options);
    },
    async patch(resource, key, patch, options) {
      check(resource, 'patch', key, options.subresource);
      return client.patch(resource, key, patch, options);
    },
    async delete(resource, key, options) {
      check(resource, 'delete', key);
      return client.delete(resource, key, options);
    },
    async createSubresource(resource, key, subresource, body, options) {
      check(resource, subresource === 'finalize' ? 'update' : 'create', key, subresource);
      return client.createSubresource(resource, key, subresource, body, options);
    },
  };
}
