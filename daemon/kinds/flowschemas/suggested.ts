/**
 * The flow schemas that every cluster begins with (`apiserver/pkg/apis/flowcontrol/bootstrap`). Mandatory ones are always as they stand here;
 * suggested ones are the user's to change. Pure.
 */

import type {
  FlowSchemaSpec,
  NonResourcePolicyRule,
  PolicyRulesWithSubjects,
  ResourcePolicyRule,
  SubjectFlowcontrol,
} from '../types.generated.ts';

const ALL = ['*'];
const LEADER_VERBS = ['get', 'create', 'update'];
const EVERY_RESOURCE: ResourcePolicyRule = {
  verbs: ALL,
  apiGroups: ALL,
  resources: ALL,
  clusterScope: true,
  namespaces: ALL,
};
const EVERY_PATH: NonResourcePolicyRule = { verbs: ALL, nonResourceURLs: ALL };
const LEASES: ResourcePolicyRule = {
  verbs: LEADER_VERBS,
  apiGroups: ['coordination.k8s.io'],
  resources: ['leases'],
  namespaces: ALL,
};
const BY_USER = { type: 'ByUser' };
const BY_NAMESPACE = { type: 'ByNamespace' };

const group = (name: string): SubjectFlowcontrol => ({ kind: 'Group', group: { name } });
const user = (name: string): SubjectFlowcontrol => ({ kind: 'User', user: { name } });
const systemAccount = (name: string): SubjectFlowcontrol => ({
  kind: 'ServiceAccount',
  serviceAccount: { name, namespace: 'kube-system' },
});

const EVERYBODY = [group('system:unauthenticated'), group('system:authenticated')];
const everything = (...subjects: SubjectFlowcontrol[]): PolicyRulesWithSubjects[] => [
  { subjects, resourceRules: [EVERY_RESOURCE], nonResourceRules: [EVERY_PATH] },
];

function schema(
  level: string,
  matchingPrecedence: number,
  distinguisherMethod: { type: string } | undefined,
  rules: PolicyRulesWithSubjects[],
): FlowSchemaSpec {
  return {
    priorityLevelConfiguration: { name: level },
    matchingPrecedence,
    ...(distinguisherMethod ? { distinguisherMethod } : {}),
    rules,
  };
}

export const MANDATORY_FLOW_SCHEMAS: Readonly<Record<string, FlowSchemaSpec>> = {
  exempt: schema('exempt', 1, undefined, everything(group('system:masters'))),
  'catch-all': schema('catch-all', 10_000, BY_USER, everything(...EVERYBODY)),
};

export const SUGGESTED_FLOW_SCHEMAS: Readonly<Record<string, FlowSchemaSpec>> = {
  'system-nodes': schema('system', 500, BY_USER, everything(group('system:nodes'))),
  'system-node-high': schema('node-high', 400, BY_USER, [
    {
      subjects: [group('system:nodes')],
      resourceRules: [
        { verbs: ALL, apiGroups: [''], resources: ['nodes', 'nodes/status'], clusterScope: true, namespaces: ALL },
        { verbs: ALL, apiGroups: ['coordination.k8s.io'], resources: ['leases'], namespaces: ALL },
      ],
    },
  ]),
  probes: schema('exempt', 2, undefined, [
    {
      subjects: EVERYBODY,
      nonResourceRules: [{ verbs: ['get'], nonResourceURLs: ['/healthz', '/readyz', '/livez'] }],
    },
  ]),
  'system-leader-election': schema('leader-election', 100, BY_USER, [
    {
      subjects: [user('system:kube-controller-manager'), user('system:kube-scheduler'), systemAccount('*')],
      resourceRules: [LEASES],
    },
  ]),
  'endpoint-controller': schema('workload-high', 150, BY_USER, [
    {
      subjects: [
        user('system:kube-controller-manager'),
        systemAccount('endpoint-controller'),
        systemAccount('endpointslicemirroring-controller'),
      ],
      resourceRules: [{ verbs: LEADER_VERBS, apiGroups: [''], resources: ['endpoints'], namespaces: ALL }],
    },
  ]),
  'workload-leader-election': schema('leader-election', 200, BY_USER, [
    { subjects: [systemAccount('*')], resourceRules: [LEASES] },
  ]),
  'kube-controller-manager': schema(
    'workload-high',
    800,
    BY_NAMESPACE,
    everything(user('system:kube-controller-manager')),
  ),
  'kube-scheduler': schema('workload-high', 800, BY_NAMESPACE, everything(user('system:kube-scheduler'))),
  'kube-system-service-accounts': schema('workload-high', 900, BY_NAMESPACE, everything(systemAccount('*'))),
  'service-accounts': schema('workload-low', 9_000, BY_USER, everything(group('system:serviceaccounts'))),
  'global-default': schema('global-default', 9_900, BY_USER, everything(...EVERYBODY)),
};
