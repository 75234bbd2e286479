/**
 * The `Resource` constant of every served kind: what names it in paths, keys and messages.
 * Nothing about what a kind does stands here (that is `kinds/<plural>/kind.ts`).
 */

import type { Resource } from './resource.ts';
import type {
  Binding,
  CertificateSigningRequest,
  ClusterRole,
  ClusterRoleBinding,
  ComponentStatus,
  ConfigMap,
  ControllerRevision,
  CustomResourceDefinition,
  Deployment,
  EndpointSlice,
  Endpoints,
  Event,
  EventEvents,
  Eviction,
  FlowSchema,
  Job,
  Lease,
  LimitRange,
  LocalSubjectAccessReview,
  MutatingWebhookConfiguration,
  Namespace,
  Node,
  NodeMetrics,
  Pod,
  PodDisruptionBudget,
  PodMetrics,
  PodTemplate,
  PriorityClass,
  PriorityLevelConfiguration,
  ReplicaSet,
  ResourceQuota,
  Role,
  RoleBinding,
  Secret,
  SelfSubjectAccessReview,
  SelfSubjectReview,
  SelfSubjectRulesReview,
  Service,
  ServiceAccount,
  SubjectAccessReview,
  TokenReview,
  ValidatingAdmissionPolicy,
  ValidatingAdmissionPolicyBinding,
  ValidatingWebhookConfiguration,
} from './types.generated.ts';

const core = { group: '', version: 'v1' };
const apps = { group: 'apps', version: 'v1' };
const batch = { group: 'batch', version: 'v1' };
const flowcontrol = { group: 'flowcontrol.apiserver.k8s.io', version: 'v1' };
const rbac = { group: 'rbac.authorization.k8s.io', version: 'v1' };
const authorization = { group: 'authorization.k8s.io', version: 'v1' };
const authentication = { group: 'authentication.k8s.io', version: 'v1' };

export const NAMESPACES: Resource<Namespace> = { ...core, plural: 'namespaces', kind: 'Namespace', namespaced: false };
export const COMPONENT_STATUSES: Resource<ComponentStatus> = {
  ...core,
  plural: 'componentstatuses',
  kind: 'ComponentStatus',
  namespaced: false,
};
export const NODES: Resource<Node> = { ...core, plural: 'nodes', kind: 'Node', namespaced: false };
export const PODS: Resource<Pod> = { ...core, plural: 'pods', kind: 'Pod', namespaced: true };
export const CONFIG_MAPS: Resource<ConfigMap> = { ...core, plural: 'configmaps', kind: 'ConfigMap', namespaced: true };
export const SECRETS: Resource<Secret> = { ...core, plural: 'secrets', kind: 'Secret', namespaced: true };
export const SERVICES: Resource<Service> = { ...core, plural: 'services', kind: 'Service', namespaced: true };
export const ENDPOINTS: Resource<Endpoints> = { ...core, plural: 'endpoints', kind: 'Endpoints', namespaced: true };
export const SERVICE_ACCOUNTS: Resource<ServiceAccount> = {
  ...core,
  plural: 'serviceaccounts',
  kind: 'ServiceAccount',
  namespaced: true,
};
export const LIMIT_RANGES: Resource<LimitRange> = {
  ...core,
  plural: 'limitranges',
  kind: 'LimitRange',
  namespaced: true,
};
export const RESOURCE_QUOTAS: Resource<ResourceQuota> = {
  ...core,
  plural: 'resourcequotas',
  kind: 'ResourceQuota',
  namespaced: true,
};
export const EVENTS: Resource<Event> = { ...core, plural: 'events', kind: 'Event', namespaced: true };
/** A subresource body (`pods/x/binding`) and a create-only resource of its own. */
export const BINDINGS: Resource<Binding> = { ...core, plural: 'bindings', kind: 'Binding', namespaced: true };

export const DEPLOYMENTS: Resource<Deployment> = {
  ...apps,
  plural: 'deployments',
  kind: 'Deployment',
  namespaced: true,
};
export const POD_TEMPLATES: Resource<PodTemplate> = {
  ...core,
  plural: 'podtemplates',
  kind: 'PodTemplate',
  namespaced: true,
};
export const REPLICA_SETS: Resource<ReplicaSet> = {
  ...apps,
  plural: 'replicasets',
  kind: 'ReplicaSet',
  namespaced: true,
};
export const CONTROLLER_REVISIONS: Resource<ControllerRevision> = {
  ...apps,
  plural: 'controllerrevisions',
  kind: 'ControllerRevision',
  namespaced: true,
};

export const JOBS: Resource<Job> = { ...batch, plural: 'jobs', kind: 'Job', namespaced: true };
export const ENDPOINT_SLICES: Resource<EndpointSlice> = {
  group: 'discovery.k8s.io',
  version: 'v1',
  plural: 'endpointslices',
  kind: 'EndpointSlice',
  namespaced: true,
};
export const LEASES: Resource<Lease> = {
  group: 'coordination.k8s.io',
  version: 'v1',
  plural: 'leases',
  kind: 'Lease',
  namespaced: true,
};
/** The second view on the objects of {@link EVENTS}. */
export const EVENTS_K8S_IO: Resource<EventEvents> = {
  group: 'events.k8s.io',
  version: 'v1',
  plural: 'events',
  kind: 'Event',
  namespaced: true,
};
/** A subresource body only: `pods/x/eviction`. */
export const EVICTIONS: Resource<Eviction> = {
  group: 'policy',
  version: 'v1',
  plural: 'evictions',
  kind: 'Eviction',
  namespaced: true,
};

export const POD_DISRUPTION_BUDGETS: Resource<PodDisruptionBudget> = {
  group: 'policy',
  version: 'v1',
  plural: 'poddisruptionbudgets',
  kind: 'PodDisruptionBudget',
  namespaced: true,
};

export const PRIORITY_CLASSES: Resource<PriorityClass> = {
  group: 'scheduling.k8s.io',
  version: 'v1',
  plural: 'priorityclasses',
  kind: 'PriorityClass',
  namespaced: false,
};

export const CERTIFICATE_SIGNING_REQUESTS: Resource<CertificateSigningRequest> = {
  group: 'certificates.k8s.io',
  version: 'v1',
  plural: 'certificatesigningrequests',
  kind: 'CertificateSigningRequest',
  namespaced: false,
};

export const FLOW_SCHEMAS: Resource<FlowSchema> = {
  ...flowcontrol,
  plural: 'flowschemas',
  kind: 'FlowSchema',
  namespaced: false,
};
export const PRIORITY_LEVEL_CONFIGURATIONS: Resource<PriorityLevelConfiguration> = {
  ...flowcontrol,
  plural: 'prioritylevelconfigurations',
  kind: 'PriorityLevelConfiguration',
  namespaced: false,
};

export const CUSTOM_RESOURCE_DEFINITIONS: Resource<CustomResourceDefinition> = {
  group: 'apiextensions.k8s.io',
  version: 'v1',
  plural: 'customresourcedefinitions',
  kind: 'CustomResourceDefinition',
  namespaced: false,
};

export const ROLES: Resource<Role> = { ...rbac, plural: 'roles', kind: 'Role', namespaced: true };
export const ROLE_BINDINGS: Resource<RoleBinding> = {
  ...rbac,
  plural: 'rolebindings',
  kind: 'RoleBinding',
  namespaced: true,
};
export const CLUSTER_ROLES: Resource<ClusterRole> = {
  ...rbac,
  plural: 'clusterroles',
  kind: 'ClusterRole',
  namespaced: false,
};
export const CLUSTER_ROLE_BINDINGS: Resource<ClusterRoleBinding> = {
  ...rbac,
  plural: 'clusterrolebindings',
  kind: 'ClusterRoleBinding',
  namespaced: false,
};

export const SUBJECT_ACCESS_REVIEWS: Resource<SubjectAccessReview> = {
  ...authorization,
  plural: 'subjectaccessreviews',
  kind: 'SubjectAccessReview',
  namespaced: false,
};
export const LOCAL_SUBJECT_ACCESS_REVIEWS: Resource<LocalSubjectAccessReview> = {
  ...authorization,
  plural: 'localsubjectaccessreviews',
  kind: 'LocalSubjectAccessReview',
  namespaced: true,
};
export const SELF_SUBJECT_ACCESS_REVIEWS: Resource<SelfSubjectAccessReview> = {
  ...authorization,
  plural: 'selfsubjectaccessreviews',
  kind: 'SelfSubjectAccessReview',
  namespaced: false,
};
export const SELF_SUBJECT_RULES_REVIEWS: Resource<SelfSubjectRulesReview> = {
  ...authorization,
  plural: 'selfsubjectrulesreviews',
  kind: 'SelfSubjectRulesReview',
  namespaced: false,
};
export const SELF_SUBJECT_REVIEWS: Resource<SelfSubjectReview> = {
  ...authentication,
  plural: 'selfsubjectreviews',
  kind: 'SelfSubjectReview',
  namespaced: false,
};
export const TOKEN_REVIEWS: Resource<TokenReview> = {
  ...authentication,
  plural: 'tokenreviews',
  kind: 'TokenReview',
  namespaced: false,
};

const admissionregistration = { group: 'admissionregistration.k8s.io', version: 'v1' } as const;

export const VALIDATING_ADMISSION_POLICIES: Resource<ValidatingAdmissionPolicy> = {
  ...admissionregistration,
  plural: 'validatingadmissionpolicies',
  kind: 'ValidatingAdmissionPolicy',
  namespaced: false,
};

export const VALIDATING_ADMISSION_POLICY_BINDINGS: Resource<ValidatingAdmissionPolicyBinding> = {
  ...admissionregistration,
  plural: 'validatingadmissionpolicybindings',
  kind: 'ValidatingAdmissionPolicyBinding',
  namespaced: false,
};

export const VALIDATING_WEBHOOK_CONFIGURATIONS: Resource<ValidatingWebhookConfiguration> = {
  ...admissionregistration,
  plural: 'validatingwebhookconfigurations',
  kind: 'ValidatingWebhookConfiguration',
  namespaced: false,
};

export const MUTATING_WEBHOOK_CONFIGURATIONS: Resource<MutatingWebhookConfiguration> = {
  ...admissionregistration,
  plural: 'mutatingwebhookconfigurations',
  kind: 'MutatingWebhookConfiguration',
  namespaced: false,
};

const metrics = { group: 'metrics.k8s.io', version: 'v1beta1' };

export const NODE_METRICS: Resource<NodeMetrics> = {
  ...metrics,
  plural: 'nodes',
  kind: 'NodeMetrics',
  namespaced: false,
};
export const POD_METRICS: Resource<PodMetrics> = { ...metrics, plural: 'pods', kind: 'PodMetrics', namespaced: true };
