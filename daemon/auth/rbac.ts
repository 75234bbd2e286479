/**
 * Role-based access control (`rbac.authorization.k8s.io/v1`): which rules a user has, and whether one covers a request.
 * Pure over a `RoleSource`; the wording of reasons and the matching rules are those of `plugin/pkg/auth/authorizer/rbac`.
 */

import { bindingsFor } from './binding-index.ts';
import type {
  Attributes,
  AuthorizationResult,
  NonResourceAttributes,
  ResourceAttributes,
  RuleAuthorizer,
  UserInfo,
} from './user.ts';

/** `rbac/v1` PolicyRule. */
export interface PolicyRule {
  verbs: string[];
  apiGroups?: string[];
  resources?: string[];
  resourceNames?: string[];
  nonResourceURLs?: string[];
}

export interface Subject {
  kind: string;
  name: string;
  namespace?: string;
  apiGroup?: string;
}

export interface RoleReference {
  apiGroup?: string;
  kind: string;
  name: string;
}

export interface Binding {
  name: string;
  /** Undefined for a ClusterRoleBinding. */
  namespace?: string;
  roleRef: RoleReference;
  subjects?: readonly Subject[];
}

/** Roles and bindings as they stand; read anew for each decision, so it must be cheap. A list of bindings stays the same one until one changes. */
export interface RoleSource {
  clusterRoleRules(name: string): readonly PolicyRule[] | undefined;
  roleRules(namespace: string, name: string): readonly PolicyRule[] | undefined;
  clusterRoleBindings(): readonly Binding[];
  roleBindings(namespace: string): readonly Binding[];
}

export const SUPERUSERS_GROUP = 'system:masters';

export function createRbacAuthorizer(source: RoleSource): RuleAuthorizer {
  return {
    authorize: (user, attributes) => authorize(source, user, attributes),
    rulesFor(user, namespace) {
      const bound = [...bindingsOf(source, user, namespace)];
      const missing = bound.flatMap(({ binding, rules }) => (rules ? [] : [roleNotFound(binding.roleRef)]));
      return {
        rules: bound.flatMap(({ rules }) => [...(rules ?? [])]),
        incomplete: false,
        ...(missing.length > 0 ? { error: aggregate(missing) } : {}),
      };
    },
  };
}

function authorize(source: RoleSource, user: UserInfo, attributes: Attributes): AuthorizationResult {
  if (user.groups.includes(SUPERUSERS_GROUP)) return { allowed: true, reason: '' };
  const namespace = 'resource' in attributes ? (attributes.namespace ?? '') : '';
  const missing: string[] = [];
  for (const { binding, subject, rules } of bindingsOf(source, user, namespace)) {
    if (!rules) missing.push(roleNotFound(binding.roleRef));
    else if (rules.some((rule) => covers(rule, attributes)))
      return { allowed: true, reason: describe(binding, subject) };
  }
  return { allowed: false, reason: missing.length > 0 ? `RBAC: ${aggregate(missing)}` : '' };
}

/** What is said of a binding whose role is not there. */
function roleNotFound({ kind, name }: RoleReference): string {
  return `${kind.toLowerCase()}.rbac.authorization.k8s.io "${name}" not found`;
}

/** As `utilerrors.NewAggregate` words several errors. */
function aggregate(messages: readonly string[]): string {
  const distinct = [...new Set(messages)];
  return distinct.length === 1 ? distinct[0]! : `[${distinct.join(', ')}]`;
}

function* bindingsOf(source: RoleSource, user: UserInfo, namespace: string) {
  for (const bound of bindingsFor(source.clusterRoleBindings(), user, ''))
    yield { ...bound, rules: source.clusterRoleRules(bound.binding.roleRef.name) };
  if (!namespace) return;
  for (const bound of bindingsFor(source.roleBindings(namespace), user, namespace)) {
    const { kind, name } = bound.binding.roleRef;
    const rules = kind === 'ClusterRole' ? source.clusterRoleRules(name) : source.roleRules(namespace, name);
    yield { ...bound, rules };
  }
}

/** Whether `rule` allows the request, by itself. */
export function covers(rule: PolicyRule, attributes: Attributes): boolean {
  return 'resource' in attributes ? coversResource(rule, attributes) : coversPath(rule, attributes);
}

const includesOrAll = (list: readonly string[] | undefined, value: string) =>
  list !== undefined && (list.includes('*') || list.includes(value));

function coversResource(rule: PolicyRule, { verb, group, resource, subresource, name }: ResourceAttributes): boolean {
  if (!includesOrAll(rule.verbs, verb) || !includesOrAll(rule.apiGroups, group)) return false;
  const full = subresource ? `${resource}/${subresource}` : resource;
  const anywhere =
    subresource !== undefined && subresource !== '' && (rule.resources?.includes(`*/${subresource}`) ?? false);
  if (!includesOrAll(rule.resources, full) && !anywhere) return false;
  return !rule.resourceNames?.length || rule.resourceNames.includes(name ?? '');
}

function coversPath(rule: PolicyRule, { verb, path }: NonResourceAttributes): boolean {
  if (!includesOrAll(rule.verbs, verb)) return false;
  return (rule.nonResourceURLs ?? []).some(
    (pattern) =>
      pattern === '*' || pattern === path || (pattern.endsWith('*') && path.startsWith(pattern.replace(/\*+$/, ''))),
  );
}

function describe(binding: Binding, subject: Subject): string {
  const bindingKind = binding.namespace ? 'RoleBinding' : 'ClusterRoleBinding';
  const bindingName = binding.namespace ? `${binding.name}/${binding.namespace}` : binding.name;
  const who = subject.kind === 'ServiceAccount' ? `${subject.name}/${subject.namespace}` : subject.name;
  return `RBAC: allowed by ${bindingKind} "${bindingName}" of ${binding.roleRef.kind} "${binding.roleRef.name}" to ${subject.kind} "${who}"`;
}

/** The message of a refusal, without the resource's own prefix: `User "jane" cannot list resource "pods" in API group "" in the namespace "x"`. */
export function refusal(user: UserInfo, attributes: Attributes, reason = ''): string {
  const tail = reason ? `: ${reason}` : '';
  if (!('resource' in attributes))
    return `User "${user.username}" cannot ${attributes.verb} path "${attributes.path}"${tail}`;
  const { verb, group, resource, subresource, namespace } = attributes;
  const full = subresource ? `${resource}/${subresource}` : resource;
  const where = namespace ? `in the namespace "${namespace}"` : 'at the cluster scope';
  return `User "${user.username}" cannot ${verb} resource "${full}" in API group "${group}" ${where}${tail}`;
}
