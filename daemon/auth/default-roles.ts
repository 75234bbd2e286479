/**
 * The roles and bindings that every cluster begins with (`plugin/pkg/auth/authorizer/rbac/bootstrappolicy`), and reflet's own.
 * Data only: `reconcile-roles.ts` says how they are brought about at start; the controllers' are in `controller-roles.ts`.
 */

import type { KubeObject } from '../base/object.ts';
import { CONTROLLER_ROLES, SYSTEM_ROLES } from './controller-roles.ts';
import type { PolicyRule, RoleReference, Subject } from './rbac.ts';
import { ACCESS_REVIEWS, ALL, EVENTS, paths, READ, rule, TOKEN_REVIEWS, WRITE, words } from './rule-notation.ts';

const AGGREGATE_TO = 'rbac.authorization.k8s.io/aggregate-to-';
/** `"false"`: the object is people's, and is not reconciled. */
export const AUTOUPDATE = 'rbac.authorization.kubernetes.io/autoupdate';
const BOOTSTRAPPING = { 'kubernetes.io/bootstrapping': 'rbac-defaults' };

const certificates = 'certificates.k8s.io';

const VIEWED: PolicyRule[] = [
  rule(
    'core',
    'configmaps endpoints persistentvolumeclaims persistentvolumeclaims/status pods replicationcontrollers replicationcontrollers/scale serviceaccounts services services/status',
    READ,
  ),
  rule(
    'core',
    'bindings events limitranges namespaces/status pods/log pods/status replicationcontrollers/status resourcequotas resourcequotas/status',
    READ,
  ),
  rule('core', 'namespaces', READ),
  rule('discovery.k8s.io', 'endpointslices', READ),
  rule(
    'apps',
    'controllerrevisions daemonsets daemonsets/status deployments deployments/scale deployments/status replicasets replicasets/scale replicasets/status statefulsets statefulsets/scale statefulsets/status',
    READ,
  ),
  rule('autoscaling', 'horizontalpodautoscalers horizontalpodautoscalers/status', READ),
  rule('batch', 'cronjobs cronjobs/status jobs jobs/status', READ),
  rule(
    'extensions',
    'daemonsets daemonsets/status deployments deployments/scale deployments/status ingresses ingresses/status networkpolicies replicasets replicasets/scale replicasets/status replicationcontrollers/scale',
    READ,
  ),
  rule('policy', 'poddisruptionbudgets poddisruptionbudgets/status', READ),
  rule('networking.k8s.io', 'ingresses ingresses/status networkpolicies', READ),
];

const EDITED: PolicyRule[] = [
  rule('core', 'pods/attach pods/exec pods/portforward pods/proxy secrets services/proxy', READ),
  rule('core', 'serviceaccounts', 'impersonate'),
  rule('core', 'pods pods/attach pods/exec pods/portforward pods/proxy', WRITE),
  rule('core', 'pods/eviction', 'create'),
  rule(
    'core',
    'configmaps events persistentvolumeclaims replicationcontrollers replicationcontrollers/scale secrets serviceaccounts services services/proxy',
    WRITE,
  ),
  rule('core', 'serviceaccounts/token', 'create'),
  rule(
    'apps',
    'daemonsets deployments deployments/rollback deployments/scale replicasets replicasets/scale statefulsets statefulsets/scale',
    WRITE,
  ),
  rule('autoscaling', 'horizontalpodautoscalers', WRITE),
  rule('batch', 'cronjobs jobs', WRITE),
  rule(
    'extensions',
    'daemonsets deployments deployments/rollback deployments/scale ingresses networkpolicies replicasets replicasets/scale replicationcontrollers/scale',
    WRITE,
  ),
  rule('policy', 'poddisruptionbudgets', WRITE),
  rule('networking.k8s.io', 'ingresses networkpolicies', WRITE),
  rule('coordination.k8s.io', 'leases', ALL),
];

const ADMINISTERED: PolicyRule[] = [
  rule('authorization.k8s.io', 'localsubjectaccessreviews', 'create'),
  rule('rbac.authorization.k8s.io', 'rolebindings roles', ALL),
];

/** What the node authorizer grants every node; what it judges one by one is in `node-authorizer.ts`. */
export const NODE_RULES: readonly PolicyRule[] = [
  TOKEN_REVIEWS,
  rule('authorization.k8s.io', 'localsubjectaccessreviews subjectaccessreviews', 'create'),
  rule('core', 'services', READ),
  rule('core', 'nodes', 'create get list watch'),
  rule('core', 'nodes/status', 'patch update'),
  rule('core', 'nodes', 'patch update'),
  EVENTS,
  rule('core', 'pods', READ),
  rule('core', 'pods', 'create delete'),
  rule('core', 'pods/status', 'patch update'),
  rule('core', 'pods/eviction', 'create'),
  rule('core', 'configmaps secrets', READ),
  rule('core', 'persistentvolumeclaims persistentvolumes', 'get'),
  rule('core', 'endpoints', 'get'),
  rule(certificates, 'certificatesigningrequests', 'create get list watch'),
  rule('coordination.k8s.io', 'leases', 'create delete get patch update'),
  rule('storage.k8s.io', 'volumeattachments', 'get'),
  rule('core', 'serviceaccounts/token', 'create'),
  rule('core', 'persistentvolumeclaims/status', 'get patch update'),
  rule('storage.k8s.io', 'csidrivers', READ),
  rule('storage.k8s.io', 'csinodes', 'create delete get patch update'),
  rule('node.k8s.io', 'runtimeclasses', READ),
];

const SCHEDULER: PolicyRule[] = [
  EVENTS,
  rule('coordination.k8s.io', 'leases', 'create'),
  rule('coordination.k8s.io', 'leases', 'get list update watch', 'kube-scheduler'),
  rule('core', 'nodes', READ),
  rule('core', 'pods', 'delete get list watch'),
  rule('core', 'bindings pods/binding', 'create'),
  rule('core', 'pods/status', 'patch update'),
  rule('core', 'replicationcontrollers services', READ),
  rule('apps extensions', 'replicasets', READ),
  rule('apps', 'statefulsets', READ),
  rule('policy', 'poddisruptionbudgets', READ),
  rule('core', 'persistentvolumeclaims persistentvolumes', READ),
  TOKEN_REVIEWS,
  ACCESS_REVIEWS,
  rule('storage.k8s.io', 'csinodes', READ),
  rule('core', 'namespaces', READ),
  rule('storage.k8s.io', 'csidrivers', READ),
  rule('storage.k8s.io', 'csistoragecapacities', READ),
];

/** As metrics-server brings it. */
const MEASURED: PolicyRule[] = [rule('metrics.k8s.io', 'nodes pods', READ)];

const CLUSTER_ROLES: Record<string, readonly PolicyRule[]> = {
  'cluster-admin': [rule('*', '*', '*'), paths('*', '*')],
  'system:aggregate-to-admin': ADMINISTERED,
  'system:aggregate-to-edit': EDITED,
  'system:aggregate-to-view': VIEWED,
  'system:aggregated-metrics-reader': MEASURED,
  'system:auth-delegator': [TOKEN_REVIEWS, ACCESS_REVIEWS],
  'system:basic-user': [
    rule('authorization.k8s.io', 'selfsubjectaccessreviews selfsubjectrulesreviews', 'create'),
    rule('authentication.k8s.io', 'selfsubjectreviews', 'create'),
  ],
  'system:certificates.k8s.io:certificatesigningrequests:nodeclient': [
    rule(certificates, 'certificatesigningrequests/nodeclient', 'create'),
  ],
  'system:certificates.k8s.io:certificatesigningrequests:selfnodeclient': [
    rule(certificates, 'certificatesigningrequests/selfnodeclient', 'create'),
  ],
  ...signerApprovers('kube-apiserver-client kube-apiserver-client-kubelet kubelet-serving legacy-unknown'),
  'system:coredns': [
    rule('core', 'endpoints services pods namespaces', 'list watch'),
    rule('discovery.k8s.io', 'endpointslices', 'list watch'),
    rule('core', 'nodes', 'get'),
  ],
  'system:discovery': [
    paths('/api /api/* /apis /apis/* /healthz /livez /openapi /openapi/* /readyz /version /version/'),
  ],
  'system:kube-aggregator': [rule('core', 'endpoints services', READ)],
  // What holds the informers that all controllers share, and issues tokens; the rest have a role each.
  'system:kube-controller-manager': [
    EVENTS,
    rule('coordination.k8s.io', 'leases', 'create'),
    rule('coordination.k8s.io', 'leases', 'get update', 'kube-controller-manager'),
    rule('core', 'secrets serviceaccounts', 'create'),
    rule('core', 'secrets', 'delete'),
    rule('core', 'configmaps namespaces secrets serviceaccounts', 'get'),
    rule('core', 'secrets serviceaccounts', 'update'),
    TOKEN_REVIEWS,
    ACCESS_REVIEWS,
    rule('*', '*', 'list watch'),
    rule('core', 'serviceaccounts/token', 'create'),
  ],
  'system:kube-dns': [rule('core', 'endpoints services', 'list watch')],
  'system:kube-scheduler': SCHEDULER,
  'system:kubelet-api-admin': [
    rule('core', 'nodes', READ),
    rule('core', 'nodes', 'proxy'),
    rule('core', 'nodes/log nodes/metrics nodes/proxy nodes/stats', '*'),
  ],
  'system:monitoring': [paths('/healthz /healthz/* /livez /livez/* /metrics /metrics/slis /readyz /readyz/*')],
  'system:node': NODE_RULES,
  'system:node-bootstrapper': [rule(certificates, 'certificatesigningrequests', 'create get list watch')],
  'system:node-problem-detector': [rule('core', 'nodes', 'get'), rule('core', 'nodes/status', 'patch'), EVENTS],
  'system:node-proxier': [
    rule('core', 'endpoints services', 'list watch'),
    rule('core', 'nodes', READ),
    EVENTS,
    rule('discovery.k8s.io', 'endpointslices', 'list watch'),
  ],
  'system:persistent-volume-provisioner': [
    rule('core', 'persistentvolumes', 'create delete get list watch'),
    rule('core', 'persistentvolumeclaims', 'get list update watch'),
    rule('storage.k8s.io', 'storageclasses', READ),
    rule('core', 'events', 'watch'),
    EVENTS,
  ],
  'system:public-info-viewer': [paths('/healthz /livez /readyz /version /version/')],
  'system:service-account-issuer-discovery': [paths('/.well-known/openid-configuration /openid/v1/jwks')],
  'system:volume-scheduler': [
    rule('core', 'persistentvolumes', 'get list patch update watch'),
    rule('storage.k8s.io', 'storageclasses', READ),
    rule('core', 'persistentvolumeclaims', 'get list patch update watch'),
  ],
  // Who may read the repository, open branches in it for others to judge, and ask what would become of them.
  'reflet:contributor': [
    paths('/git/desired.git', 'create get'),
    paths('/reflet/v1/plan', 'post'),
    paths('/reflet/v1/commits /reflet/v1/status'),
  ],
};

function signerApprovers(signers: string): Record<string, readonly PolicyRule[]> {
  return Object.fromEntries(
    words(signers).map((signer) => [
      `system:certificates.k8s.io:${signer}-approver`,
      [rule(certificates, 'signers', 'approve', `kubernetes.io/${signer}`)],
    ]),
  );
}

/** Roles whose rules the aggregation controller gathers by label; they begin with what it will find. */
const AGGREGATED: Record<string, readonly PolicyRule[]> = {
  admin: [...EDITED, ...VIEWED, ...MEASURED, ...ADMINISTERED],
  edit: [...EDITED, ...VIEWED, ...MEASURED],
  view: [...VIEWED, ...MEASURED],
};

/** Into which aggregated role a role's rules go. */
const CONTRIBUTES_TO: Record<string, string> = {
  'system:aggregate-to-admin': 'admin',
  'system:aggregate-to-edit': 'edit',
  'system:aggregate-to-view': 'view',
  'system:aggregated-metrics-reader': 'view',
  edit: 'admin',
  view: 'edit',
};

const RBAC_GROUP = 'rbac.authorization.k8s.io';
const group = (name: string): Subject => ({ kind: 'Group', apiGroup: RBAC_GROUP, name });
const user = (name: string): Subject => ({ kind: 'User', apiGroup: RBAC_GROUP, name });
const systemAccount = (name: string): Subject => ({ kind: 'ServiceAccount', name, namespace: 'kube-system' });

const CLUSTER_ROLE_BINDINGS: Record<string, readonly Subject[]> = {
  'cluster-admin': [group('system:masters')],
  'system:basic-user': [group('system:authenticated')],
  // Nodes renew their own certificates.
  'system:certificates.k8s.io:certificatesigningrequests:selfnodeclient': [group('system:nodes')],
  'system:coredns': [systemAccount('coredns')],
  'system:discovery': [group('system:authenticated')],
  'system:kube-controller-manager': [user('system:kube-controller-manager')],
  'system:kube-dns': [systemAccount('kube-dns')],
  'system:kube-scheduler': [user('system:kube-scheduler')],
  'system:monitoring': [group('system:monitoring')],
  // Nodes have their rights from the node authorizer.
  'system:node': [],
  'system:node-proxier': [user('system:kube-proxy')],
  'system:public-info-viewer': [group('system:authenticated'), group('system:unauthenticated')],
  'system:service-account-issuer-discovery': [group('system:serviceaccounts')],
  'system:volume-scheduler': [user('system:kube-scheduler')],
};

export interface DefaultRole extends KubeObject {
  aggregationRule?: { clusterRoleSelectors: { matchLabels: Record<string, string> }[] };
  rules: PolicyRule[];
}

export interface DefaultBinding extends KubeObject {
  roleRef: RoleReference;
  subjects: Subject[];
}

const metadata = (name: string) => {
  const target = CONTRIBUTES_TO[name];
  const labels = { ...BOOTSTRAPPING, ...(target === undefined ? {} : { [`${AGGREGATE_TO}${target}`]: 'true' }) };
  return { name, labels, annotations: { [AUTOUPDATE]: 'true' } };
};

const clusterRole = (name: string, rules: readonly PolicyRule[]): DefaultRole => ({
  apiVersion: `${RBAC_GROUP}/v1`,
  kind: 'ClusterRole',
  metadata: metadata(name),
  rules: structuredClone([...rules]),
});

const controllerRoleName = (account: string): string => `system:controller:${account}`;

export function defaultClusterRoles(): DefaultRole[] {
  const aggregated = Object.entries(AGGREGATED).map(([name, rules]) => ({
    ...clusterRole(name, rules),
    aggregationRule: { clusterRoleSelectors: [{ matchLabels: { [`${AGGREGATE_TO}${name}`]: 'true' } }] },
  }));
  const controllers = Object.entries(CONTROLLER_ROLES).map(([account, rules]) =>
    clusterRole(controllerRoleName(account), rules),
  );
  const others = Object.entries(CLUSTER_ROLES).map(([name, rules]) => clusterRole(name, rules));
  return [...others, ...controllers, ...aggregated];
}

const binding = (kind: 'Role' | 'ClusterRole', name: string, role: string, subjects: readonly Subject[]) => ({
  apiVersion: `${RBAC_GROUP}/v1`,
  kind: `${kind}Binding`,
  metadata: metadata(name),
  roleRef: { apiGroup: RBAC_GROUP, kind, name: role },
  subjects: structuredClone([...subjects]),
});

export function defaultClusterRoleBindings(): DefaultBinding[] {
  const controllers = Object.keys(CONTROLLER_ROLES).map((account): [string, readonly Subject[]] => [
    controllerRoleName(account),
    [systemAccount(account)],
  ]);
  return [...Object.entries(CLUSTER_ROLE_BINDINGS), ...controllers].map(([name, subjects]) =>
    binding('ClusterRole', name, name, subjects),
  );
}

const EXTENSION_READER = 'extension-apiserver-authentication-reader';

/** Within `kube-system`: by which extension API servers find whose certificates to trust, and what single controllers may do there alone. */
export function defaultRoles(): DefaultRole[] {
  const roles: Record<string, readonly PolicyRule[]> = {
    [EXTENSION_READER]: [rule('core', 'configmaps', READ, 'extension-apiserver-authentication')],
    ...Object.fromEntries(Object.entries(SYSTEM_ROLES).map(([account, rules]) => [controllerRoleName(account), rules])),
  };
  return Object.entries(roles).map(([name, rules]) => ({
    apiVersion: `${RBAC_GROUP}/v1`,
    kind: 'Role',
    metadata: { ...metadata(name), namespace: 'kube-system' },
    rules: structuredClone([...rules]),
  }));
}

export function defaultRoleBindings(): DefaultBinding[] {
  const managers = [user('system:kube-controller-manager'), user('system:kube-scheduler')];
  const bindings = [
    binding('Role', `system::${EXTENSION_READER}`, EXTENSION_READER, managers),
    ...Object.keys(SYSTEM_ROLES).map((account) =>
      binding('Role', controllerRoleName(account), controllerRoleName(account), [systemAccount(account)]),
    ),
  ];
  return bindings.map((one) => ({ ...one, metadata: { ...one.metadata, namespace: 'kube-system' } }));
}
