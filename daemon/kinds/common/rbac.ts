/**
 * What the four kinds of role-based access control share (`pkg/apis/rbac/validation`).
 */

import { type FieldError, type FieldPath, invalidValue, notSupported, path, required } from '../../base/field.ts';
import { deepEqual } from '../../base/json.ts';
import type { KubeObject } from '../../base/object.ts';
import type { TableDefinition } from '../kind.ts';
import type { PolicyRule, RoleRef, Subject } from '../types.generated.ts';
import { checkProblems } from './checks.ts';
import { goValue } from './go-values.ts';
import { pathSegmentName, subdomainName } from './names.ts';
import { AGE_COLUMN, age, column, NAME_COLUMN, nameOf, wideColumn } from './table.ts';

const GROUP = 'rbac.authorization.k8s.io';
const SUBJECT_KINDS = ['ServiceAccount', 'User', 'Group'];
const ROLE_REF = path('roleRef');

export function checkRules(
  errors: FieldError[],
  rules: readonly PolicyRule[] | undefined | null,
  namespaced: boolean,
): void {
  rules?.forEach((rule, index) => {
    checkRule(errors, rule, namespaced, path('rules').index(index));
  });
}

function checkRule(errors: FieldError[], rule: PolicyRule, namespaced: boolean, at: FieldPath): void {
  if (!rule.verbs?.length) errors.push(required(at.child('verbs'), 'verbs must contain at least one value'));
  const urls = rule.nonResourceURLs ?? [];
  if (urls.length > 0) {
    const field = at.child('nonResourceURLs');
    if (namespaced)
      errors.push(invalidValue(field, goValue('[]string', urls), 'namespaced rules cannot apply to non-resource URLs'));
    if (rule.apiGroups?.length || rule.resources?.length || rule.resourceNames?.length) {
      const detail = 'rules cannot apply to both regular resources and non-resource URLs';
      errors.push(invalidValue(field, goValue('[]string', urls), detail));
    }
    return;
  }
  if (!rule.apiGroups?.length) {
    errors.push(required(at.child('apiGroups'), 'resource rules must supply at least one api group'));
  }
  if (!rule.resources?.length) {
    errors.push(required(at.child('resources'), 'resource rules must supply at least one resource'));
  }
}

interface AnyBinding extends KubeObject {
  roleRef: RoleRef;
  subjects?: Subject[];
}

export function setBindingDefaults(binding: AnyBinding): void {
  binding.roleRef ??= { apiGroup: '', kind: '', name: '' };
  binding.roleRef.apiGroup ||= GROUP;
  for (const subject of binding.subjects ?? []) {
    if (subject.kind === 'User' || subject.kind === 'Group') subject.apiGroup ||= GROUP;
  }
}

/** `kinds` are those that a binding of this kind may refer to. */
export function checkBinding(
  binding: Readonly<AnyBinding>,
  kinds: readonly string[],
  namespaced: boolean,
): FieldError[] {
  const errors: FieldError[] = [];
  const { apiGroup = '', kind = '', name = '' } = binding.roleRef ?? {};
  if (apiGroup !== GROUP) errors.push(notSupported(ROLE_REF.child('apiGroup'), apiGroup, [GROUP]));
  if (!kinds.includes(kind)) errors.push(notSupported(ROLE_REF.child('kind'), kind, kinds));
  if (!name) errors.push(required(ROLE_REF.child('name')));
  else checkProblems(errors, ROLE_REF.child('name'), name, pathSegmentName(name, false));
  binding.subjects?.forEach((subject, index) => {
    checkSubject(errors, subject, namespaced, path('subjects').index(index));
  });
  return errors;
}

function checkSubject(errors: FieldError[], subject: Subject, namespaced: boolean, at: FieldPath): void {
  const { kind = '', name = '', apiGroup = '', namespace = '' } = subject;
  if (!name) errors.push(required(at.child('name')));
  if (kind === 'ServiceAccount') {
    if (name) checkProblems(errors, at.child('name'), name, subdomainName(name, false));
    if (apiGroup) errors.push(notSupported(at.child('apiGroup'), apiGroup, ['']));
    if (!namespaced && !namespace) errors.push(required(at.child('namespace')));
  } else if (kind === 'User' || kind === 'Group') {
    if (apiGroup !== GROUP) errors.push(notSupported(at.child('apiGroup'), apiGroup, [GROUP]));
  } else {
    errors.push(notSupported(at.child('kind'), kind, SUBJECT_KINDS));
  }
}

/** What a binding refers to is part of what it is. */
export function checkRoleRefUnchanged(
  errors: FieldError[],
  binding: Readonly<AnyBinding>,
  old: Readonly<AnyBinding>,
): void {
  if (!deepEqual(binding.roleRef, old.roleRef)) {
    errors.push(invalidValue(ROLE_REF, goValue('rbac.RoleRef', binding.roleRef), 'cannot change roleRef'));
  }
}

/** The table of both kinds of bindings. */
export function bindingTable<T extends AnyBinding>(): TableDefinition<T> {
  const named = (object: Readonly<T>, kind: string) =>
    (object.subjects ?? [])
      .filter((subject) => subject.kind === kind)
      .map(({ name, namespace }) => (kind === 'ServiceAccount' ? `${namespace ?? ''}/${name}` : name))
      .join(', ');
  return {
    columns: [
      NAME_COLUMN,
      column('Role', 'The role that is given.'),
      AGE_COLUMN,
      wideColumn('Users', 'The users to whom it is given.'),
      wideColumn('Groups', 'The groups to which it is given.'),
      wideColumn('ServiceAccounts', 'The service accounts to which it is given.'),
    ],
    cells: (object, now) => [
      nameOf(object),
      `${object.roleRef.kind}/${object.roleRef.name}`,
      age(object, now),
      named(object, 'User'),
      named(object, 'Group'),
      named(object, 'ServiceAccount'),
    ],
  };
}
