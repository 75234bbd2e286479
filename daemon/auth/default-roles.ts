/**
 * The roles and bindings that every cluster begins with (`plugin/pkg/auth/authorizer/rbac/bootstrappolicy`), cut to what is served here.
 * They are reconciled at start unless annotated `rbac.authorization.kubernetes.io/autoupdate: "false"`.
 */

import type { KubeObject } from '../base/object.ts';
import type { PolicyRule, RoleReference, Subject } from './rbac.ts';

export const AUTOUPDATE = 'rbac.authorization.kubernetes.io/autoupdate';

const READ = ['get', 'list', 'watch'];
const WRITE = ['create', 'delete', 'deletecollection', 'patch', 'update'];
const ALL = [...READ, ...WRITE];

const rule = (groups: string[], resources: string[], verbs: string[]): PolicyRule => ({
  apiGroups: groups,
  resources,
  verbs,
});
const paths = (...nonResourceURLs: string[]): PolicyRule => ({ nonResourceURLs, verbs: ['get'] });

const VIEWED: PolicyRule[] = [
  rule(
    [''],
    [
      'configmaps',
      'endpoints',
      'pods',
      'pods/log',
      'pods/status',
      'serviceaccounts',
      'services',
      'services/status',
      'events',
      'limitranges',
      'namespaces',
      'namespaces/status',
      'replicationcontrollers',
      'resourcequotas',
      'persistentvolumeclaims',
      'persistentvolumeclaims/status',
      'bindings',
    ],
    READ,
  ),
  rule(
    ['apps'],
    [
      'controllerrevisions',
      'daemonsets',
      'daemonsets/status',
      'deployments',
      'deployments/scale',
      'deployments/status',
      'replicasets',
      'replicasets/scale',
      'replicasets/status',
      'statefulsets',
      'statefulsets/scale',
      'statefulsets/status',
    ],
    READ,
  ),
  rule(['autoscaling'], ['horizontalpodautoscalers', 'horizontalpodautoscalers/status'], READ),
  rule(['batch'], ['cronjobs', 'cronjobs/status', 'jobs', 'jobs/status'], READ),
  rule(['policy'], ['poddisruptionbudgets', 'poddisruptionbudgets/status'], READ),
  rule(['networking.k8s.io'], ['ingresses', 'ingresses/status', 'networkpolicies'], READ),
  rule(['discovery.k8s.io'], ['endpointslices'], READ),
];

const EDITED: PolicyRule[] = [
  rule([''], ['pods/attach', 'pods/exec', 'pods/portforward', 'pods/proxy', 'secrets', 'services/proxy'], READ),
  rule([''], ['serviceaccounts'], ['impersonate']),
  rule([''], ['pods', 'pods/attach', 'pods/exec', 'pods/portforward', 'pods/proxy'], WRITE),
  rule([''], ['pods/eviction', 'serviceaccounts/token'], ['create']),
  rule(
    [''],
    [
      'configmaps',
      'events',
      'persistentvolumeclaims',
      'replicationcontrollers',
      'replicationcontrollers/scale',
      'secrets',
      'serviceaccounts',
      'services',
      'services/proxy',
    ],
    WRITE,
  ),
  rule(
    ['apps'],
    [
      'daemonsets',
      'deployments',
      'deployments/rollback',
      'deployments/scale',
      'replicasets',
      'replicasets/scale',
      'statefulsets',
      'statefulsets/scale',
    ],
    WRITE,
  ),
  rule(['autoscaling'], ['horizontalpodautoscalers'], WRITE),
  rule(['batch'], ['cronjobs', 'jobs'], WRITE),
  rule(['policy'], ['poddisruptionbudgets'], WRITE),
  rule(['networking.k8s.io'], ['ingresses', 'networkpolicies'], WRITE),
  rule(['coordination.k8s.io'], ['leases'], ALL),
  ...VIEWED,
];

const ADMINISTERED: PolicyRule[] = [
  rule(['authorization.k8s.io'], ['localsubjectaccessreviews'], ['create']),
  rule(['rbac.authorization.k8s.io'], ['rolebindings', 'roles'], ALL),
  ...EDITED,
];

const SELF_REVIEWS = rule(
  ['authorization.k8s.io'],
  ['selfsubjectaccessreviews', 'selfsubjectrulesreviews'],
  ['create'],
);

const NODE: PolicyRule[] = [
  rule(['authentication.k8s.io'], ['tokenreviews'], ['create']),
  rule(['authorization.k8s.io'], ['localsubjectaccessreviews', 'subjectaccessreviews'], ['create']),
  rule([''], ['services', 'endpoints'], READ),
  rule(['discovery.k8s.io'], ['endpointslices'], READ),
  rule([''], ['nodes'], ['create', ...READ, 'update', 'patch']),
  rule([''], ['nodes/status'], ['update', 'patch']),
  rule(['', 'events.k8s.io'], ['events'], ['create', 'update', 'patch']),
  rule([''], ['pods'], [...READ, 'create', 'delete']),
  rule([''], ['pods/status'], ['update', 'patch']),
  rule([''], ['pods/eviction', 'serviceaccounts/token'], ['create']),
  rule([''], ['secrets', 'configmaps', 'serviceaccounts', 'namespaces'], READ),
  rule(['coordination.k8s.io'], ['leases'], ['create', 'delete', ...READ, 'patch', 'update']),
];

const SCHEDULER: PolicyRule[] = [
  rule(['', 'events.k8s.io'], ['events'], ['create', 'patch', 'update']),
  rule(['coordination.k8s.io'], ['leases'], ['create', ...READ, 'update']),
  rule(
    [''],
    ['nodes', 'namespaces', 'services', 'replicationcontrollers', 'persistentvolumeclaims', 'persistentvolumes'],
    READ,
  ),
  rule([''], ['pods'], [...READ, 'delete']),
  rule([''], ['bindings', 'pods/binding'], ['create']),
  rule([''], ['pods/status'], ['patch', 'update']),
  rule(['apps'], ['replicasets', 'statefulsets'], READ),
];

const CONTROLLERS: PolicyRule[] = [rule(['*'], ['*'], ALL)];

const CLUSTER_ROLES: Record<string, PolicyRule[]> = {
  'cluster-admin': [rule(['*'], ['*'], ['*']), { nonResourceURLs: ['*'], verbs: ['*'] }],
  admin: ADMINISTERED,
  edit: EDITED,
  view: VIEWED,
  'system:basic-user': [SELF_REVIEWS, rule(['authentication.k8s.io'], ['selfsubjectreviews'], ['create'])],
  'system:discovery': [
    paths(
      '/api',
      '/api/*',
      '/apis',
      '/apis/*',
      '/healthz',
      '/livez',
      '/openapi',
      '/openapi/*',
      '/readyz',
      '/version',
      '/version/',
    ),
  ],
  'system:public-info-viewer': [paths('/healthz', '/livez', '/readyz', '/version', '/version/')],
  'system:monitoring': [paths('/healthz', '/healthz/*', '/livez', '/livez/*', '/metrics', '/readyz', '/readyz/*')],
  'system:node': NODE,
  'system:node-proxier': [
    rule([''], ['endpoints', 'services', 'nodes'], READ),
    rule(['discovery.k8s.io'], ['endpointslices'], READ),
    rule(['', 'events.k8s.io'], ['events'], ['create', 'patch', 'update']),
  ],
  'system:kube-scheduler': SCHEDULER,
  'system:kube-controller-manager': CONTROLLERS,
  'system:auth-delegator': [
    rule(['authentication.k8s.io'], ['tokenreviews'], ['create']),
    rule(['authorization.k8s.io'], ['subjectaccessreviews'], ['create']),
  ],
  'system:service-account-issuer-discovery': [
    paths(
      '/.well-known/openid-configuration',
      '/.well-known/openid-configuration/',
      '/openid/v1/jwks',
      '/openid/v1/jwks/',
    ),
  ],
};

const group = (name: string): Subject => ({ kind: 'Group', apiGroup: 'rbac.authorization.k8s.io', name });
const user = (name: string): Subject => ({ kind: 'User', apiGroup: 'rbac.authorization.k8s.io', name });

const CLUSTER_ROLE_BINDINGS: Record<string, Subject[]> = {
  'cluster-admin': [group('system:masters')],
  'system:basic-user': [group('system:authenticated')],
  'system:discovery': [group('system:authenticated')],
  'system:public-info-viewer': [group('system:authenticated'), group('system:unauthenticated')],
  'system:monitoring': [group('system:monitoring')],
  'system:node': [group('system:nodes')],
  'system:kube-scheduler': [user('system:kube-scheduler')],
  'system:kube-controller-manager': [user('system:kube-controller-manager')],
  'system:service-account-issuer-discovery': [group('system:serviceaccounts')],
};

const metadata = (name: string) => ({
  name,
  labels: { 'kubernetes.io/bootstrapping': 'rbac-defaults' },
  annotations: { [AUTOUPDATE]: 'true' },
});

export interface DefaultRole extends KubeObject {
  rules: PolicyRule[];
}

export interface DefaultBinding extends KubeObject {
  roleRef: RoleReference;
  subjects: Subject[];
}

export function defaultClusterRoles(): DefaultRole[] {
  return Object.entries(CLUSTER_ROLES).map(([name, rules]) => ({
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRole',
    metadata: metadata(name),
    rules: structuredClone(rules),
  }));
}

export function defaultClusterRoleBindings(): DefaultBinding[] {
  return Object.entries(CLUSTER_ROLE_BINDINGS).map(([name, subjects]) => ({
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRoleBinding',
    metadata: metadata(name),
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name },
    subjects: structuredClone(subjects),
  }));
}
