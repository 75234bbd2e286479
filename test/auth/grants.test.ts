import { describe, expect, it } from 'vitest';
import { defaultClusterRoleBindings, defaultClusterRoles } from '../../daemon/auth/default-roles.ts';
import { createGrantGuard } from '../../daemon/auth/grants.ts';
import { type Binding, createRbacAuthorizer, type PolicyRule, type RoleSource } from '../../daemon/auth/rbac.ts';
import { reconcileBinding, reconcileRole } from '../../daemon/auth/reconcile-roles.ts';
import type { KubeObject } from '../../daemon/base/object.ts';
import { StatusError } from '../../daemon/base/status.ts';
import { createKindRegistry } from '../../daemon/kinds/registry.ts';

const GROUP = 'rbac.authorization.k8s.io';
const registry = createKindRegistry();
const jane = { username: 'jane', groups: ['devs', 'system:authenticated'] };
const pods = (...verbs: string[]): PolicyRule => ({ apiGroups: [''], resources: ['pods'], verbs });

/** What jane may is `held`; the roles that can be bound are `roles`. */
function guard(held: PolicyRule[], roles: Record<string, PolicyRule[]> = {}) {
  const own: Binding = {
    name: 'own',
    roleRef: { kind: 'ClusterRole', name: 'held' },
    subjects: [{ kind: 'User', name: 'jane' }],
  };
  const source: RoleSource = {
    clusterRoleRules: (name) => (name === 'held' ? held : roles[name]),
    roleRules: () => undefined,
    clusterRoleBindings: () => [own],
    roleBindings: () => [],
  };
  const { check } = createGrantGuard(createRbacAuthorizer(source), source);
  return (plural: string, object: object, old?: object, isNamed = true): string | undefined => {
    const kind = registry.byResource(GROUP, 'v1', plural)!;
    try {
      check(kind, object as KubeObject, old as KubeObject | undefined, jane, { isNamed });
      return undefined;
    } catch (error) {
      if (error instanceof StatusError) return `${error.code} ${error.message}`;
      throw error;
    }
  };
}

const role = (...rules: PolicyRule[]) => ({ metadata: { name: 'r', namespace: 'ns' }, rules });
const binding = (name: string) => ({
  metadata: { name: 'b', namespace: 'ns' },
  roleRef: { kind: 'ClusterRole', name },
});

describe('grants', () => {
  it('take what is held, and tell what is missing, gathered by resource', () => {
    const check = guard([pods('get', 'list')]);
    expect(check('roles', role(pods('get')))).toBeUndefined();
    const all = role(pods('get', 'delete', 'patch'), { apiGroups: [''], resources: ['secrets'], verbs: ['get'] });
    expect(check('roles', all)).toBe(
      `403 roles.${GROUP} "r" is forbidden: user "jane" (groups=["devs" "system:authenticated"]) is attempting to grant RBAC permissions not currently held:\n` +
        '{APIGroups:[""], Resources:["pods"], Verbs:["delete" "patch"]}\n{APIGroups:[""], Resources:["secrets"], Verbs:["get"]}',
    );
    expect(check('roles', role(pods('*')))).toContain('Verbs:["*"]');
  });

  it('are not made by who only removes finalizers, and made again by any other change', () => {
    const check = guard([]);
    const old = role(pods('get'));
    expect(check('roles', { ...old, metadata: { ...old.metadata, finalizers: [] } }, old)).toBeUndefined();
    expect(check('roles', { ...old, metadata: { ...old.metadata, labels: { a: 'b' } } }, old)).toContain('403');
  });

  it('need cluster-admin for an aggregationRule, to set it and to change what has one', () => {
    const check = guard([pods('get')]);
    const gathering = { metadata: { name: 'g' }, rules: [], aggregationRule: { clusterRoleSelectors: [{}] } };
    const refusal = `403 clusterroles.${GROUP} "g" is forbidden: must have cluster-admin privileges to use the aggregationRule`;
    expect(check('clusterroles', gathering)).toBe(refusal);
    expect(check('clusterroles', { ...gathering, aggregationRule: undefined }, gathering)).toBe(refusal);
  });

  it('may be escalated and bound by who has the verb for it', () => {
    const on = (verb: string, resource: string, names?: string[]): PolicyRule => ({
      ...{ apiGroups: [GROUP], resources: [resource], verbs: [verb] },
      ...(names ? { resourceNames: names } : {}),
    });
    expect(guard([on('escalate', 'roles')])('roles', role(pods('*')))).toBeUndefined();
    const own = guard([on('escalate', 'roles', ['r'])]);
    expect(own('roles', role(pods('*')), role())).toBeUndefined();
    // A POST names nothing, as far as its authorization is concerned.
    expect(own('roles', role(pods('*')), undefined, false)).toContain('403');
    const roles = { big: [pods('*')], small: [pods('get')] };
    expect(guard([], roles)('rolebindings', binding('big'))).toContain('403');
    expect(guard([on('bind', 'clusterroles', ['big'])], roles)('rolebindings', binding('big'))).toBeUndefined();
    expect(guard([on('bind', 'clusterroles', ['small'])], roles)('rolebindings', binding('big'))).toContain('403');
    expect(guard([pods('*')], roles)('rolebindings', binding('big'))).toBeUndefined();
    expect(guard([])('rolebindings', binding('none'))).toBe(`404 clusterroles.${GROUP} "none" not found`);
  });

  it('cover subresources by `*/scale`, paths by prefix, and never names by other names', () => {
    const scale = { apiGroups: ['apps'], resources: ['deployments/scale'], verbs: ['update'] };
    expect(guard([{ ...scale, resources: ['*/scale'] }])('roles', role(scale))).toBeUndefined();
    const named = { ...pods('get'), resourceNames: ['a'] };
    expect(guard([named])('roles', role(pods('get')))).toContain('403');
    expect(guard([named])('roles', role({ ...named, resourceNames: ['b'] }))).toContain('ResourceNames:["b"]');
    const path = (url: string) => ({ nonResourceURLs: [url], verbs: ['get'] });
    expect(guard([path('/api*')])('clusterroles', role(path('/apis/*')))).toBeUndefined();
    expect(guard([path('/api')])('clusterroles', role(path('/api/*')))).toContain('NonResourceURLs:["/api/*"]');
  });
});

describe('the default roles of a start', () => {
  it('get back what is missing, keep what was added, and leave alone what was taken over', () => {
    const wanted = defaultClusterRoles().find(({ metadata }) => metadata?.name === 'system:monitoring')!;
    expect(reconcileRole(wanted, wanted)).toBeUndefined();
    const added = { verbs: ['get'], nonResourceURLs: ['/more'] };
    const [first] = wanted.rules;
    const live = { ...wanted, rules: [{ ...first!, nonResourceURLs: first!.nonResourceURLs!.slice(1) }, added] };
    const rules = reconcileRole(live, wanted)?.object.rules ?? [];
    expect(rules).toContainEqual(added);
    expect(rules).toContainEqual({ nonResourceURLs: ['/healthz'], verbs: ['get'] });
    const annotations = { 'rbac.authorization.kubernetes.io/autoupdate': 'false' };
    expect(reconcileRole({ ...live, metadata: { ...live.metadata, annotations } }, wanted)).toBeUndefined();
  });

  it('takes back what earlier releases granted to all controllers together', () => {
    const wanted = defaultClusterRoles().find(({ metadata }) => metadata?.name === 'system:kube-controller-manager')!;
    const everything = {
      ...{ apiGroups: ['*'], resources: ['*'] },
      verbs: ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'],
    };
    const added = { apiGroups: ['example.com'], resources: ['things'], verbs: ['get'] };
    const rules = reconcileRole({ ...wanted, rules: [everything, added] }, wanted)?.object.rules ?? [];
    expect(rules).toContainEqual(added);
    expect(rules.filter(({ verbs }) => verbs.includes('delete')).map(({ resources }) => resources)).toEqual([
      ['secrets'],
    ]);
  });

  it('bind subjects again, another role anew, and nodes no longer as a group', () => {
    const wanted = (name: string) => defaultClusterRoleBindings().find(({ metadata }) => metadata?.name === name)!;
    const discovery = wanted('system:discovery');
    expect(reconcileBinding({ ...discovery, subjects: [] }, discovery)?.object.subjects).toEqual(discovery.subjects);
    const other = { ...discovery, roleRef: { ...discovery.roleRef, name: 'x' } };
    expect(reconcileBinding(other, discovery)).toEqual({ object: discovery, replace: true });
    const nodes = wanted('system:node');
    const group = { kind: 'Group', apiGroup: GROUP, name: 'system:nodes' };
    expect(reconcileBinding({ ...nodes, subjects: [group] }, nodes)?.object.subjects).toEqual([]);
  });
});
