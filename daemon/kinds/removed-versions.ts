/**
 * Versions of Kubernetes' kinds that 1.32 serves no more, and what took their place: so that an old chart or client is told what to write instead
 * of "not found". It says nothing about what is served: the registry is asked first.
 */

export interface RemovedVersion {
  readonly plural: string;
  readonly kind: string;
  /** `1.16` */
  readonly removedIn: string;
  /** The apiVersion to use; undefined when nothing took its place. */
  readonly use: string | undefined;
}

const AUTHORIZATION = [
  'SubjectAccessReview',
  'LocalSubjectAccessReview',
  'SelfSubjectAccessReview',
  'SelfSubjectRulesReview',
];
const RBAC = ['Role', 'RoleBinding', 'ClusterRole', 'ClusterRoleBinding'];
const STORAGE = ['CSIDriver', 'CSINode', 'StorageClass', 'VolumeAttachment'];
const FLOW = ['FlowSchema', 'PriorityLevelConfiguration'];

/** apiVersion → when it went, what to use, and the kinds that it had. */
const TABLE: readonly (readonly [apiVersion: string, removedIn: string, use: string | undefined, kinds: string[]])[] = [
  ['extensions/v1beta1', '1.16', 'apps/v1', ['DaemonSet', 'Deployment', 'ReplicaSet']],
  ['extensions/v1beta1', '1.16', 'networking.k8s.io/v1', ['NetworkPolicy']],
  ['extensions/v1beta1', '1.16', undefined, ['PodSecurityPolicy']],
  ['extensions/v1beta1', '1.22', 'networking.k8s.io/v1', ['Ingress']],
  ['apps/v1beta1', '1.16', 'apps/v1', ['ControllerRevision', 'Deployment', 'StatefulSet']],
  ['apps/v1beta2', '1.16', 'apps/v1', ['ControllerRevision', 'DaemonSet', 'Deployment', 'ReplicaSet', 'StatefulSet']],
  [
    'admissionregistration.k8s.io/v1beta1',
    '1.22',
    'admissionregistration.k8s.io/v1',
    ['MutatingWebhookConfiguration', 'ValidatingWebhookConfiguration'],
  ],
  ['apiextensions.k8s.io/v1beta1', '1.22', 'apiextensions.k8s.io/v1', ['CustomResourceDefinition']],
  ['apiregistration.k8s.io/v1beta1', '1.22', 'apiregistration.k8s.io/v1', ['APIService']],
  ['authentication.k8s.io/v1beta1', '1.22', 'authentication.k8s.io/v1', ['TokenReview']],
  ['authorization.k8s.io/v1beta1', '1.22', 'authorization.k8s.io/v1', AUTHORIZATION],
  ['autoscaling/v2beta1', '1.25', 'autoscaling/v2', ['HorizontalPodAutoscaler']],
  ['autoscaling/v2beta2', '1.26', 'autoscaling/v2', ['HorizontalPodAutoscaler']],
  ['batch/v1beta1', '1.25', 'batch/v1', ['CronJob']],
  ['batch/v2alpha1', '1.21', 'batch/v1', ['CronJob']],
  ['certificates.k8s.io/v1beta1', '1.22', 'certificates.k8s.io/v1', ['CertificateSigningRequest']],
  ['coordination.k8s.io/v1beta1', '1.22', 'coordination.k8s.io/v1', ['Lease']],
  ['discovery.k8s.io/v1beta1', '1.25', 'discovery.k8s.io/v1', ['EndpointSlice']],
  ['events.k8s.io/v1beta1', '1.25', 'events.k8s.io/v1', ['Event']],
  ['flowcontrol.apiserver.k8s.io/v1beta1', '1.26', 'flowcontrol.apiserver.k8s.io/v1', FLOW],
  ['flowcontrol.apiserver.k8s.io/v1beta2', '1.29', 'flowcontrol.apiserver.k8s.io/v1', FLOW],
  ['flowcontrol.apiserver.k8s.io/v1beta3', '1.32', 'flowcontrol.apiserver.k8s.io/v1', FLOW],
  ['networking.k8s.io/v1beta1', '1.22', 'networking.k8s.io/v1', ['Ingress', 'IngressClass']],
  ['node.k8s.io/v1beta1', '1.25', 'node.k8s.io/v1', ['RuntimeClass']],
  ['policy/v1beta1', '1.25', 'policy/v1', ['PodDisruptionBudget']],
  ['policy/v1beta1', '1.25', undefined, ['PodSecurityPolicy']],
  ['rbac.authorization.k8s.io/v1alpha1', '1.22', 'rbac.authorization.k8s.io/v1', RBAC],
  ['rbac.authorization.k8s.io/v1beta1', '1.22', 'rbac.authorization.k8s.io/v1', RBAC],
  ['scheduling.k8s.io/v1alpha1', '1.22', 'scheduling.k8s.io/v1', ['PriorityClass']],
  ['scheduling.k8s.io/v1beta1', '1.22', 'scheduling.k8s.io/v1', ['PriorityClass']],
  ['storage.k8s.io/v1beta1', '1.22', 'storage.k8s.io/v1', STORAGE],
  ['storage.k8s.io/v1beta1', '1.27', 'storage.k8s.io/v1', ['CSIStorageCapacity']],
];

/** Kubernetes' plural of one of these kinds. */
function pluralOf(kind: string): string {
  const word = kind.toLowerCase();
  if (word.endsWith('s')) return `${word}es`;
  return /(policy|capacity)$/.test(word) ? `${word.slice(0, -1)}ies` : `${word}s`;
}

const REMOVED: ReadonlyMap<string, readonly RemovedVersion[]> = Map.groupBy(
  TABLE.flatMap(([apiVersion, removedIn, use, kinds]) =>
    kinds.map((kind) => ({ apiVersion, plural: pluralOf(kind), kind, removedIn, use })),
  ),
  ({ apiVersion }) => apiVersion,
);

/** `name`: the kind or the plural; undefined finds what stands for the whole version. */
export function removedVersion(apiVersion: string, name?: string): RemovedVersion | undefined {
  const all = REMOVED.get(apiVersion) ?? [];
  return name === undefined ? all[0] : all.find(({ kind, plural }) => kind === name || plural === name);
}

/** `apps/v1beta1 Deployment is not served since Kubernetes 1.16: use apps/v1` */
export function describeRemoval(apiVersion: string, { kind, removedIn, use }: RemovedVersion): string {
  const instead = use ? `use ${use}` : 'nothing took its place';
  return `${apiVersion} ${kind} is not served since Kubernetes ${removedIn}: ${instead}`;
}
