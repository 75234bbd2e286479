/**
 * Nobody grants more than they hold: writing a role needs its rules (or the verb `escalate`), binding one needs its rules (or `bind`)
 * (`pkg/registry/rbac/<kind>/policybased`). Holds for API writes and for pushes.
 */

import { deepEqual } from '../base/json.ts';
import type { KubeObject } from '../base/object.ts';
import { forbidden, notFound } from '../base/status.ts';
import type { Kind } from '../kinds/kind.ts';
import { type PolicyRule, type RoleReference, type RoleSource, SUPERUSERS_GROUP } from './rbac.ts';
import { formatList, missingRules } from './rule-coverage.ts';
import type { RuleAuthorizer, UserInfo } from './user.ts';

const GROUP = 'rbac.authorization.k8s.io';
/** Only a `*` on everything gathers whatever others label. */
const FULL_AUTHORITY: readonly PolicyRule[] = [
  { verbs: ['*'], apiGroups: ['*'], resources: ['*'] },
  { verbs: ['*'], nonResourceURLs: ['*'] },
];

interface Granting extends KubeObject {
  rules?: PolicyRule[] | null;
  roleRef?: RoleReference;
  aggregationRule?: object | null;
}

/** Roles that the same push brings, before the cluster's: undefined for one that it does not bring. */
export type RolesOfPush = (role: RoleReference, namespace: string) => readonly PolicyRule[] | undefined;

export interface GrantRequest {
  readonly pushed?: RolesOfPush | undefined;
  /** False: only the body says what the object is called, so that `escalate` on that name alone does not suffice. */
  readonly isNamed?: boolean;
}

export interface GrantGuard {
  /** Throws StatusError: 403, and 404 for a binding whose role does not exist. */
  check(
    kind: Kind,
    next: Readonly<KubeObject>,
    old: Readonly<KubeObject> | undefined,
    user: UserInfo,
    how?: GrantRequest,
  ): void;
}

interface Place {
  plural: string;
  name: string;
  namespace: string;
  user: UserInfo;
}

export function createGrantGuard(authorizer: RuleAuthorizer, roles: RoleSource): GrantGuard {
  const holdsVerb = ({ user, namespace }: Place, verb: string, resource: string, name: string) =>
    authorizer.authorize(user, { verb, group: GROUP, resource, name, ...(namespace ? { namespace } : {}) }).allowed;

  function requireHeld(rules: readonly PolicyRule[], at: Place, refusal?: string): void {
    const { rules: held, error } = authorizer.rulesFor(at.user, at.namespace);
    const missing = missingRules(held, rules);
    if (missing.length === 0) return;
    const told = `user "${at.user.username}" (groups=${formatList(at.user.groups)}) is attempting to grant RBAC permissions not currently held:\n${missing.join('\n')}`;
    const why = error ? `${told}; resolution errors: [${error}]` : told;
    throw forbidden({ group: GROUP, resource: at.plural }, at.name, refusal ?? why);
  }

  function checkRole(next: Granting, old: Granting | undefined, at: Place, isNamed: boolean): void {
    if (holdsVerb(at, 'escalate', at.plural, isNamed ? at.name : '')) return;
    requireHeld(next.rules ?? [], at);
    if (next.aggregationRule || old?.aggregationRule)
      requireHeld(FULL_AUTHORITY, at, 'must have cluster-admin privileges to use the aggregationRule');
  }

  function checkBinding(role: RoleReference, at: Place, pushed: RolesOfPush | undefined): void {
    const isCluster = role.kind === 'ClusterRole';
    if (holdsVerb(at, 'bind', isCluster ? 'clusterroles' : 'roles', role.name)) return;
    const rules =
      pushed?.(role, at.namespace) ??
      (isCluster ? roles.clusterRoleRules(role.name) : roles.roleRules(at.namespace, role.name));
    if (!rules) throw notFound({ group: GROUP, resource: isCluster ? 'clusterroles' : 'roles' }, role.name);
    requireHeld(rules, at);
  }

  return {
    check(kind, next, old, user, { pushed, isNamed = true } = {}) {
      if (kind.resource.group !== GROUP || user.groups.includes(SUPERUSERS_GROUP)) return;
      if (old && grantsTheSame(next, old)) return;
      const { name = '', namespace = '' } = next.metadata ?? {};
      const at = { plural: kind.resource.plural, name, namespace, user };
      const { roleRef } = next as Granting;
      if (at.plural === 'roles' || at.plural === 'clusterroles') checkRole(next, old, at, isNamed);
      else if (roleRef) checkBinding(roleRef, at, pushed);
    },
  };
}

/** Upstream's `IsOnlyMutatingGCFields`: whoever only removes finalizers and owners grants nothing. */
function grantsTheSame(next: Readonly<KubeObject>, old: Readonly<KubeObject>): boolean {
  return deepEqual(withoutBookkeeping(next), withoutBookkeeping(old));
}

function withoutBookkeeping(object: Readonly<KubeObject>): object {
  const {
    finalizers: _f,
    ownerReferences: _o,
    managedFields: _m,
    resourceVersion: _r,
    ...metadata
  } = object.metadata ?? {};
  return { ...object, metadata };
}
