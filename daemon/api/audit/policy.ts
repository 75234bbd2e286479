/**
 * The audit policy (`audit.k8s.io/v1` Policy): of which requests how much is written down. The first rule that matches decides; none: nothing. Pure.
 */

import type { Attributes, UserInfo } from '../../auth/user.ts';
import { isObject } from '../../base/json.ts';

export type AuditLevel = 'None' | 'Metadata' | 'Request' | 'RequestResponse';
export type AuditStage = 'RequestReceived' | 'ResponseStarted' | 'ResponseComplete' | 'Panic';

const LEVELS: readonly AuditLevel[] = ['None', 'Metadata', 'Request', 'RequestResponse'];
const STAGES: readonly AuditStage[] = ['RequestReceived', 'ResponseStarted', 'ResponseComplete', 'Panic'];

export interface GroupResources {
  group?: string;
  resources?: readonly string[];
  resourceNames?: readonly string[];
}

export interface AuditRule {
  level: AuditLevel;
  users?: readonly string[];
  userGroups?: readonly string[];
  verbs?: readonly string[];
  resources?: readonly GroupResources[];
  /** `''` is what belongs to no namespace. */
  namespaces?: readonly string[];
  nonResourceURLs?: readonly string[];
  omitStages?: readonly AuditStage[];
  omitManagedFields?: boolean;
}

export interface AuditPolicy {
  rules: readonly AuditRule[];
  omitStages?: readonly AuditStage[];
  omitManagedFields?: boolean;
}

/** Every write but what beats (leases, events, nodes' own status), by user, object and commit; no bodies. */
export const DEFAULT_POLICY: AuditPolicy = {
  omitStages: ['RequestReceived'],
  rules: [
    { level: 'None', resources: [{ group: 'coordination.k8s.io', resources: ['leases'] }] },
    { level: 'None', resources: [{ resources: ['events'] }, { group: 'events.k8s.io', resources: ['events'] }] },
    { level: 'None', userGroups: ['system:nodes'], resources: [{ resources: ['nodes/status', 'pods/status'] }] },
    { level: 'None', resources: [{ group: 'authorization.k8s.io' }, { group: 'authentication.k8s.io' }] },
    { level: 'None', verbs: ['get', 'list', 'watch'] },
    {
      level: 'None',
      nonResourceURLs: ['/livez*', '/readyz*', '/healthz*', '/version', '/metrics', '/git/desired.git/*'],
    },
    { level: 'Metadata' },
  ],
};

export interface AuditDecision {
  level: AuditLevel;
  omitStages: ReadonlySet<AuditStage>;
  omitManagedFields: boolean;
}

/** What is never written down in full, whatever the policy says: it would be the secret itself. */
function isSecret(attributes: Attributes): boolean {
  if (!('resource' in attributes)) return false;
  const { group, resource, subresource } = attributes;
  if (group === '') return resource === 'secrets' || (resource === 'serviceaccounts' && subresource === 'token');
  return group === 'authentication.k8s.io' && resource === 'tokenreviews';
}

/** Of most requests: nothing is written down. */
export const UNWRITTEN: AuditDecision = { level: 'None', omitStages: new Set(), omitManagedFields: false };

export function decideAudit(policy: AuditPolicy, user: UserInfo, attributes: Attributes): AuditDecision {
  const rule = policy.rules.find((one) => matches(one, user, attributes));
  if (!rule || rule.level === 'None') return UNWRITTEN;
  return {
    level: isSecret(attributes) ? 'Metadata' : rule.level,
    omitStages: new Set([...(policy.omitStages ?? []), ...(rule.omitStages ?? [])]),
    omitManagedFields: rule.omitManagedFields ?? policy.omitManagedFields ?? false,
  };
}

function matches(rule: AuditRule, user: UserInfo, attributes: Attributes): boolean {
  if (rule.users?.length && !rule.users.includes(user.username)) return false;
  if (rule.userGroups?.length && !rule.userGroups.some((group) => user.groups.includes(group))) return false;
  if (rule.verbs?.length && !rule.verbs.includes(attributes.verb)) return false;
  if (rule.namespaces?.length || rule.resources?.length) return matchesResource(rule, attributes);
  return !rule.nonResourceURLs?.length || matchesPath(rule.nonResourceURLs, attributes);
}

function matchesPath(patterns: readonly string[], attributes: Attributes): boolean {
  if ('resource' in attributes) return false;
  const { path } = attributes;
  return patterns.some(
    (pattern) =>
      pattern === '*' || pattern === path || (pattern.endsWith('*') && path.startsWith(pattern.replace(/\*+$/, ''))),
  );
}

function matchesResource(rule: AuditRule, attributes: Attributes): boolean {
  if (!('resource' in attributes)) return false;
  if (rule.namespaces?.length && !rule.namespaces.includes(attributes.namespace ?? '')) return false;
  if (!rule.resources?.length) return true;
  const { group, resource, subresource = '', name = '' } = attributes;
  const full = subresource ? `${resource}/${subresource}` : resource;
  return rule.resources.some((one) => {
    if ((one.group ?? '') !== group) return false;
    if (!one.resources?.length) return true;
    if (one.resourceNames?.length && !one.resourceNames.includes(name)) return false;
    return one.resources.some(
      (pattern) =>
        pattern === '*' ||
        pattern === full ||
        (subresource !== '' && pattern === `*/${subresource}`) ||
        pattern === `${resource}/*`,
    );
  });
}

/** Reads a policy's document. Throws with the field and what was expected. */
export function readAuditPolicy(value: unknown, file: string): AuditPolicy {
  const fail = (field: string, expected: string): never => {
    throw new Error(`--audit-policy-file ${file}: ${field}: expected ${expected}`);
  };
  if (!isObject(value)) return fail('the document', 'a Policy');
  if (value['apiVersion'] !== 'audit.k8s.io/v1') fail('apiVersion', 'audit.k8s.io/v1');
  if (value['kind'] !== 'Policy') fail('kind', 'Policy');
  const known = ['apiVersion', 'kind', 'metadata', 'rules', 'omitStages', 'omitManagedFields'];
  for (const field of Object.keys(value)) if (!known.includes(field)) fail(field, `one of ${known.join(', ')}`);
  const { rules, omitStages, omitManagedFields } = value;
  if (!Array.isArray(rules) || rules.length === 0) return fail('rules', 'at least one rule');
  checkStages(omitStages, 'omitStages', fail);
  rules.forEach((rule: unknown, index) => {
    checkRule(rule, `rules[${index}]`, fail);
  });
  if (omitManagedFields !== undefined && typeof omitManagedFields !== 'boolean')
    fail('omitManagedFields', 'true or false');
  return value as unknown as AuditPolicy;
}

type Fail = (field: string, expected: string) => never;

function checkStages(stages: unknown, field: string, fail: Fail): void {
  if (stages === undefined || stages === null) return;
  const isFine = Array.isArray(stages) && stages.every((stage) => STAGES.includes(stage as AuditStage));
  if (!isFine) fail(field, `some of ${STAGES.join(', ')}`);
}

const RULE_LISTS = ['users', 'userGroups', 'verbs', 'namespaces', 'nonResourceURLs'];

function checkRule(rule: unknown, at: string, fail: Fail): void {
  if (!isObject(rule)) return fail(at, 'a rule');
  const known = ['level', 'resources', 'omitStages', 'omitManagedFields', ...RULE_LISTS];
  for (const field of Object.keys(rule))
    if (!known.includes(field)) fail(`${at}.${field}`, `one of ${known.join(', ')}`);
  if (!LEVELS.includes(rule['level'] as AuditLevel)) fail(`${at}.level`, `one of ${LEVELS.join(', ')}`);
  for (const field of RULE_LISTS) checkTexts(rule[field], `${at}.${field}`, fail);
  checkStages(rule['omitStages'], `${at}.omitStages`, fail);
  const { resources, namespaces, nonResourceURLs } = rule;
  checkPaths(nonResourceURLs, `${at}.nonResourceURLs`, fail);
  if (nonResourceURLs && (resources || namespaces))
    fail(`${at}.nonResourceURLs`, 'a rule for resources or for paths, not for both');
  if (resources === undefined || resources === null) return;
  if (!Array.isArray(resources) || !resources.every(isObject))
    return fail(`${at}.resources`, 'a list of groups and resources');
  resources.forEach((one: Record<string, unknown>, index) => {
    const place = `${at}.resources[${index}]`;
    if (one['group'] !== undefined && typeof one['group'] !== 'string') fail(`${place}.group`, 'a name');
    if (typeof one['group'] === 'string' && one['group'].includes('/'))
      fail(`${place}.group`, 'a group without its version');
    checkTexts(one['resources'], `${place}.resources`, fail);
    checkTexts(one['resourceNames'], `${place}.resourceNames`, fail);
    if (Array.isArray(one['resourceNames']) && !(Array.isArray(one['resources']) && one['resources'].length > 0))
      fail(`${place}.resourceNames`, 'resources that they are names of');
  });
}

function checkPaths(urls: unknown, at: string, fail: Fail): void {
  for (const [index, url] of ((urls ?? []) as readonly string[]).entries()) {
    if (url === '*') continue;
    const place = `${at}[${index}]`;
    if (!url.startsWith('/')) fail(place, 'a path that begins with / (or * alone)');
    if (url.slice(0, -1).includes('*')) fail(place, '* as the last character only');
  }
}

function checkTexts(list: unknown, field: string, fail: Fail): void {
  if (list === undefined || list === null) return;
  if (!Array.isArray(list) || !list.every((one) => typeof one === 'string')) fail(field, 'a list of texts');
}
