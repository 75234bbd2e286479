/**
 * The rules that webhooks and policies share: which operations on which resources, selectors, match conditions
 * (`pkg/apis/admissionregistration/validation/validation.go`, and the defaults of v1). Pure.
 */

import {
  duplicate,
  type FieldError,
  type FieldPath,
  invalidValue,
  notSupported,
  required,
  tooMany,
} from '../../../base/field.ts';
import type {
  MatchCondition,
  MatchResources,
  NamedRuleWithOperations,
  RuleWithOperations,
} from '../../types.generated.ts';
import { checkLabelSelector, checkProblems, checkQualifiedName } from '../checks.ts';
import { goValue } from '../go-values.ts';
import { pathSegmentName } from '../names.ts';
import { type ExpressionVariables, expressionErrors } from './expressions.ts';

export const FAILURE_POLICIES = ['Fail', 'Ignore'];
export const MATCH_POLICIES = ['Equivalent', 'Exact'];
const SCOPES = ['*', 'Cluster', 'Namespaced'];
const OPERATIONS = ['*', 'CONNECT', 'CREATE', 'DELETE', 'UPDATE'];
const CONDITIONS_MAX = 64;

/** In place. */
export function setRuleDefaults(rules: readonly RuleWithOperations[] | undefined): void {
  for (const rule of rules ?? []) rule.scope ??= '*';
}

/** In place. */
export function setMatchDefaults(match: MatchResources | undefined): void {
  if (!match) return;
  match.matchPolicy ??= 'Equivalent';
  match.namespaceSelector ??= {};
  match.objectSelector ??= {};
  setRuleDefaults(match.resourceRules);
  setRuleDefaults(match.excludeResourceRules);
}

const wildcardDetail = (others: string) => `if '*' is present, must not specify other ${others}`;

export function checkRule(errors: FieldError[], rule: RuleWithOperations, at: FieldPath): void {
  const { operations = [], apiGroups = [], apiVersions = [], resources = [], scope } = rule;
  if (operations.length === 0) errors.push(required(at.child('operations')));
  if (operations.length > 1 && operations.includes('*')) {
    errors.push(
      invalidValue(
        at.child('operations'),
        goValue('[]admissionregistration.OperationType', operations),
        wildcardDetail('operations'),
      ),
    );
  }
  operations.forEach((operation, index) => {
    if (!OPERATIONS.includes(operation)) {
      errors.push(notSupported(at.child('operations').index(index), operation, OPERATIONS));
    }
  });
  checkList(errors, apiGroups, at.child('apiGroups'), 'API groups');
  checkList(errors, apiVersions, at.child('apiVersions'), 'API versions');
  apiVersions.forEach((version, index) => {
    if (version === '') errors.push(required(at.child('apiVersions').index(index)));
  });
  checkResources(errors, resources, at.child('resources'));
  if (scope !== undefined && !SCOPES.includes(scope)) errors.push(notSupported(at.child('scope'), scope, SCOPES));
}

function checkList(errors: FieldError[], values: readonly string[], at: FieldPath, what: string): void {
  if (values.length === 0) errors.push(required(at));
  if (values.length > 1 && values.includes('*'))
    errors.push(invalidValue(at, goValue('[]string', values), wildcardDetail(what)));
}

function checkResources(errors: FieldError[], resources: readonly string[], at: FieldPath): void {
  if (resources.length === 0) errors.push(required(at));
  const withAllSubresources = new Set<string>();
  const ofAllResources = new Set<string>();
  let hasPlain = false;
  for (const [index, text] of resources.entries()) {
    if (text === '') {
      errors.push(required(at.index(index)));
      continue;
    }
    const slash = text.indexOf('/');
    if (slash < 0) {
      hasPlain = text !== '*';
      continue;
    }
    const [resource, subresource] = [text.slice(0, slash), text.slice(slash + 1)];
    const present = (pattern: string) =>
      errors.push(invalidValue(at.index(index), text, `if '${pattern}' is present, must not specify ${text}`));
    if (withAllSubresources.has(resource)) present(`${resource}/*`);
    if (ofAllResources.has(subresource)) present(`*/${subresource}`);
    if (subresource === '*') withAllSubresources.add(resource);
    if (resource === '*') ofAllResources.add(subresource);
  }
  if (resources.length > 1 && resources.includes('*/*')) {
    errors.push(
      invalidValue(at, goValue('[]string', resources), "if '*/*' is present, must not specify other resources"),
    );
  }
  if (resources.includes('*') && hasPlain) {
    const detail = "if '*' is present, must not specify other resources without subresources";
    errors.push(invalidValue(at, goValue('[]string', resources), detail));
  }
}

function checkNamedRule(errors: FieldError[], rule: NamedRuleWithOperations, at: FieldPath): void {
  const seen = new Set<string>();
  rule.resourceNames?.forEach((name, index) => {
    const place = at.child('resourceNames').index(index);
    checkProblems(errors, place, name, pathSegmentName(name, false));
    if (seen.has(name)) errors.push(duplicate(place, name));
    seen.add(name);
  });
  checkRule(errors, rule, at);
}

/** `matchConstraints` of a policy, `matchResources` of a binding. */
export function checkMatchResources(errors: FieldError[], match: MatchResources, at: FieldPath): void {
  const { matchPolicy, namespaceSelector, objectSelector } = match;
  if (matchPolicy === undefined) errors.push(required(at.child('matchPolicy')));
  else if (!MATCH_POLICIES.includes(matchPolicy)) {
    errors.push(notSupported(at.child('matchPolicy'), matchPolicy, MATCH_POLICIES));
  }
  checkLabelSelector(errors, namespaceSelector, at.child('namespaceSelector'));
  checkLabelSelector(errors, objectSelector, at.child('objectSelector'));
  match.resourceRules?.forEach((rule, index) => {
    checkNamedRule(errors, rule, at.child('resourceRules').index(index));
  });
  match.excludeResourceRules?.forEach((rule, index) => {
    checkNamedRule(errors, rule, at.child('excludeResourceRules').index(index));
  });
}

export function checkMatchConditions(
  errors: FieldError[],
  conditions: readonly MatchCondition[] | undefined,
  variables: ExpressionVariables,
  at: FieldPath,
): void {
  if (!conditions) return;
  if (conditions.length > CONDITIONS_MAX) errors.push(tooMany(at, conditions.length, CONDITIONS_MAX));
  const seen = new Set<string>();
  conditions.slice(0, CONDITIONS_MAX).forEach(({ name = '', expression = '' }, index) => {
    const place = at.index(index);
    const trimmed = expression.trim();
    if (trimmed === '') errors.push(required(place.child('expression')));
    else errors.push(...expressionErrors(trimmed, variables, ['bool'], place.child('expression')));
    if (name === '') errors.push(required(place.child('name')));
    else {
      checkQualifiedName(errors, place.child('name'), name);
      if (seen.has(name)) errors.push(duplicate(place.child('name'), name));
      seen.add(name);
    }
  });
}
