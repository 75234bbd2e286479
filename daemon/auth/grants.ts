/**
 * Nobody grants more than they hold: writing a role needs its rules (or the verb `escalate`), binding one needs its rules (or `bind`)
 * (`pkg/registry/rbac/validation`). Holds for API writes and for pushes.
 */

import type { KubeObject } from '../base/object.ts';
import { forbidden } from '../base/status.ts';
import type { Kind } from '../kinds/kind.ts';
import { covers, type PolicyRule, type RoleReference, type RoleSource, SUPERUSERS_GROUP } from './rbac.ts';
import type { Attributes, Authorizer, UserInfo } from './user.ts';

const GROUP = 'rbac.authorization.k8s.io';

interface Granting extends KubeObject {
  rules?: PolicyRule[] | null;
  roleRef?: RoleReference;
}

export interface GrantGuard {
  /** Throws StatusError 403. */
  check(kind: Kind, next: Readonly<KubeObject>, old: Readonly<KubeObject> | undefined, user: UserInfo): void;
}

export function createGrantGuard(
  authorizer: Authorizer & { rulesFor(user: UserInfo, namespace: string): PolicyRule[] },
  roles: RoleSource,
): GrantGuard {
  const holdsVerb = (user: UserInfo, verb: string, resource: string, namespace: string | undefined, name: string) =>
    authorizer.authorize(user, { verb, group: GROUP, resource, namespace, name }).allowed;
  return {
    check(kind, next, _old, user) {
      if (kind.resource.group !== GROUP || user.groups.includes(SUPERUSERS_GROUP)) return;
      const { plural } = kind.resource;
      const { name = '', namespace } = next.metadata ?? {};
      const granting = next as Granting;
      if (plural === 'roles' || plural === 'clusterroles') {
        if (holdsVerb(user, 'escalate', plural, namespace, name)) return;
        requireHeld(granting.rules ?? [], { plural, name, namespace, user });
      } else if (granting.roleRef) {
        const { kind: roleKind, name: roleName } = granting.roleRef;
        const cluster = roleKind === 'ClusterRole';
        if (holdsVerb(user, 'bind', cluster ? 'clusterroles' : 'roles', namespace, roleName)) return;
        const rules = cluster ? roles.clusterRoleRules(roleName) : roles.roleRules(namespace ?? '', roleName);
        if (!rules)
          throw forbidden(
            { group: GROUP, resource: plural },
            name,
            `${cluster ? 'clusterrole' : 'role'}.${GROUP} "${roleName}" not found`,
          );
        requireHeld(rules, { plural, name, namespace, user });
      }
    },
  };

  function requireHeld(
    rules: readonly PolicyRule[],
    at: { plural: string; name: string; namespace: string | undefined; user: UserInfo },
  ): void {
    const held = authorizer.rulesFor(at.user, at.namespace ?? '');
    const missing = rules.filter((rule) => ![...atoms(rule)].every((atom) => held.some((one) => covers(one, atom))));
    if (missing.length === 0) return;
    const groups = at.user.groups.map((group) => JSON.stringify(group)).join(' ');
    const why = `user "${at.user.username}" (groups=[${groups}]) is attempting to grant RBAC permissions not currently held:\n${missing.map(formatRule).join('\n')}`;
    throw forbidden({ group: GROUP, resource: at.plural }, at.name, why);
  }
}

/** Every single request that a rule allows; a `*` of the rule is asked for as `*`, which only a `*` covers. */
function* atoms({
  verbs,
  apiGroups = [],
  resources = [],
  resourceNames = [],
  nonResourceURLs = [],
}: PolicyRule): Iterable<Attributes> {
  for (const verb of verbs) {
    for (const path of nonResourceURLs) yield { verb, path };
    for (const group of apiGroups) {
      for (const full of resources) {
        const [resource = '', subresource] = full.split('/');
        for (const name of resourceNames.length > 0 ? resourceNames : [undefined])
          yield { verb, group, resource, subresource, name };
      }
    }
  }
}

function formatRule({ apiGroups, resources, resourceNames, nonResourceURLs, verbs }: PolicyRule): string {
  const parts: string[] = [];
  const list = (label: string, values: readonly string[] | undefined) => {
    if (values?.length) parts.push(`${label}:[${values.map((value) => JSON.stringify(value)).join(' ')}]`);
  };
  list('APIGroups', apiGroups);
  list('Resources', resources);
  list('ResourceNames', resourceNames);
  list('NonResourceURLs', nonResourceURLs);
  list('Verbs', verbs);
  return `{${parts.join(', ')}}`;
}
