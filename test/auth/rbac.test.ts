import { describe, expect, it } from 'vitest';
import { defaultClusterRoleBindings, defaultClusterRoles } from '../../daemon/auth/default-roles.ts';
import {
  type Binding,
  createRbacAuthorizer,
  type PolicyRule,
  type RoleSource,
  refusal,
} from '../../daemon/auth/rbac.ts';

function source(extra: { roles?: Record<string, PolicyRule[]>; bindings?: Binding[] } = {}): RoleSource {
  const clusterRoles = new Map(defaultClusterRoles().map((role) => [role.metadata!.name!, role.rules]));
  const clusterBindings = defaultClusterRoleBindings().map(({ metadata, ...rest }) => ({
    name: metadata!.name!,
    ...rest,
  }));
  return {
    clusterRoleRules: (name) => clusterRoles.get(name),
    roleRules: (namespace, name) => extra.roles?.[`${namespace}/${name}`],
    clusterRoleBindings: () => [...clusterBindings, ...(extra.bindings ?? []).filter(({ namespace }) => !namespace)],
    roleBindings: (namespace) => (extra.bindings ?? []).filter((one) => one.namespace === namespace),
  };
}

const jane = { username: 'jane', groups: ['system:authenticated'] };
const pods = (verb: string, namespace?: string, name?: string, subresource?: string) => ({
  verb,
  group: '',
  resource: 'pods',
  subresource,
  namespace,
  name,
});
const roleRef = (kind: string, name: string) => ({ kind, name });

describe('rbac', () => {
  it('lets system:masters do everything and strangers almost nothing', () => {
    const { authorize } = createRbacAuthorizer(source());
    expect(authorize({ username: 'root', groups: ['system:masters'] }, pods('delete', 'x')).allowed).toBe(true);
    expect(authorize(jane, pods('list', 'x')).allowed).toBe(false);
    expect(authorize(jane, { verb: 'get', path: '/apis/apps/v1' }).allowed).toBe(true);
    expect(
      authorize({ username: 'system:anonymous', groups: ['system:unauthenticated'] }, { verb: 'get', path: '/api' })
        .allowed,
    ).toBe(false);
    expect(
      authorize({ username: 'system:anonymous', groups: ['system:unauthenticated'] }, { verb: 'get', path: '/livez' })
        .allowed,
    ).toBe(true);
  });

  it('binds a ClusterRole within a namespace only, and says by what', () => {
    const bindings = [
      {
        name: 'b',
        namespace: 'team',
        roleRef: roleRef('ClusterRole', 'view'),
        subjects: [{ kind: 'User', name: 'jane' }],
      },
    ];
    const { authorize } = createRbacAuthorizer(source({ bindings }));
    expect(authorize(jane, pods('list', 'team'))).toEqual({
      allowed: true,
      reason: 'RBAC: allowed by RoleBinding "b/team" of ClusterRole "view" to User "jane"',
    });
    expect(authorize(jane, pods('list', 'other')).allowed).toBe(false);
    expect(authorize(jane, pods('list')).allowed).toBe(false);
    expect(authorize(jane, { verb: 'get', group: '', resource: 'secrets', namespace: 'team' }).allowed).toBe(false);
  });

  it('honours resourceNames, subresources and service accounts of the binding’s namespace', () => {
    const roles = {
      'team/one': [
        { verbs: ['get'], apiGroups: [''], resources: ['pods'], resourceNames: ['a'] },
        { verbs: ['*'], apiGroups: ['*'], resources: ['*/log'] },
      ],
    };
    const bindings = [
      {
        name: 'b',
        namespace: 'team',
        roleRef: roleRef('Role', 'one'),
        subjects: [{ kind: 'ServiceAccount', name: 'robot' }],
      },
    ];
    const { authorize } = createRbacAuthorizer(source({ roles, bindings }));
    const robot = { username: 'system:serviceaccount:team:robot', groups: [] };
    expect(authorize(robot, pods('get', 'team', 'a')).allowed).toBe(true);
    expect(authorize(robot, pods('get', 'team', 'b')).allowed).toBe(false);
    expect(authorize(robot, pods('list', 'team')).allowed).toBe(false);
    expect(authorize(robot, pods('get', 'team', 'b', 'log')).allowed).toBe(true);
    expect(
      authorize({ ...robot, username: 'system:serviceaccount:other:robot' }, pods('get', 'team', 'a')).allowed,
    ).toBe(false);
  });

  it('words refusals as the API server does', () => {
    expect(refusal(jane, pods('list', 'x'))).toBe(
      'User "jane" cannot list resource "pods" in API group "" in the namespace "x"',
    );
    expect(refusal(jane, pods('get', undefined, 'a', 'log'))).toBe(
      'User "jane" cannot get resource "pods/log" in API group "" at the cluster scope',
    );
  });
});
