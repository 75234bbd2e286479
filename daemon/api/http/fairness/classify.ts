/**
 * Which flow schema a request falls under, and what tells its flow from others (KEP-1040, `apiserver/pkg/util/flowcontrol/rule.go`). Pure.
 */

import type { UserInfo } from '../../../auth/user.ts';
import type {
  FlowSchemaSpec,
  NonResourcePolicyRule,
  PolicyRulesWithSubjects,
  ResourcePolicyRule,
  SubjectFlowcontrol,
} from '../../../kinds/types.generated.ts';
import type { RequestInfo } from '../request-info.ts';

export interface FlowSchemaEntry {
  readonly name: string;
  readonly uid: string;
  readonly spec: FlowSchemaSpec;
}

/** The order in which schemas are tried: by precedence, then by name. */
export function byPrecedence(a: FlowSchemaEntry, b: FlowSchemaEntry): number {
  const difference = (a.spec.matchingPrecedence ?? 0) - (b.spec.matchingPrecedence ?? 0);
  return difference || (a.name < b.name ? -1 : 1);
}

/** The first of `schemas` that takes the request in; undefined when none does. */
export function classify(
  schemas: readonly FlowSchemaEntry[],
  user: UserInfo,
  info: RequestInfo,
): FlowSchemaEntry | undefined {
  return schemas.find(({ spec }) => spec.rules?.some((rule) => matches(rule, user, info)));
}

/** What tells the flows of a schema apart: the user, the namespace, or nothing. */
export function flowOf({ spec }: FlowSchemaEntry, user: UserInfo, { resource }: RequestInfo): string {
  switch (spec.distinguisherMethod?.type) {
    case 'ByUser':
      return user.username;
    case 'ByNamespace':
      return resource?.namespace ?? '';
    default:
      return '';
  }
}

function matches(rule: PolicyRulesWithSubjects, user: UserInfo, info: RequestInfo): boolean {
  if (!rule.subjects.some((subject) => isSubject(subject, user))) return false;
  return info.resource
    ? (rule.resourceRules?.some((one) => matchesResource(one, info)) ?? false)
    : (rule.nonResourceRules?.some((one) => matchesPath(one, info)) ?? false);
}

function isSubject({ kind, user, group, serviceAccount }: SubjectFlowcontrol, { username, groups }: UserInfo): boolean {
  if (kind === 'User') return user?.name === '*' || user?.name === username;
  if (kind === 'Group') return group?.name === '*' || groups.includes(group?.name ?? '');
  if (!serviceAccount) return false;
  const accounts = `system:serviceaccount:${serviceAccount.namespace}:`;
  return serviceAccount.name === '*' ? username.startsWith(accounts) : username === accounts + serviceAccount.name;
}

const holds = (values: readonly string[] | undefined, value: string) =>
  values !== undefined && (values[0] === '*' || values.includes(value));

function matchesResource(rule: ResourcePolicyRule, { resource }: RequestInfo): boolean {
  const { verb, group, plural, subresource, namespace } = resource!;
  return (
    holds(rule.verbs, verb) &&
    holds(rule.apiGroups, group) &&
    holds(rule.resources, subresource ? `${plural}/${subresource}` : plural) &&
    (namespace === undefined ? rule.clusterScope === true : holds(rule.namespaces, namespace))
  );
}

function matchesPath({ verbs, nonResourceURLs }: NonResourcePolicyRule, { method, path }: RequestInfo): boolean {
  return holds(verbs, method.toLowerCase()) && nonResourceURLs.some((url) => matchesUrl(url, path));
}

function matchesUrl(url: string, path: string): boolean {
  if (url === '*' || url === path) return true;
  return url.endsWith('*') && path.startsWith(url.slice(0, -1));
}
