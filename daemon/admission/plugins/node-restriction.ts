/**
 * NodeRestriction: a node writes its own Node, Lease and the status of its own pods, makes no pods but mirror pods, and gets tokens for its own pods only
 * (`plugin/pkg/admission/noderestriction`). What it may read is the node authorizer's to say. Messages are upstream's.
 */

import { nodeOf } from '../../auth/node-identity.ts';
import { deepEqual } from '../../base/json.ts';
import type { KubeObject } from '../../base/object.ts';
import { notFound } from '../../base/status.ts';
import { podReferences } from '../../kinds/common/pod/references.ts';
import { NODES, PODS } from '../../kinds/resources.ts';
import type { Node, PersistentVolumeClaim, Pod, TokenRequest } from '../../kinds/types.generated.ts';
import type { AdmissionEnvironment } from '../contract.ts';
import { type Attributes, type Plugin, type Refusal, refuse } from '../plugin.ts';

const LEASE_NAMESPACE = 'kube-node-lease';
const MIRROR_ANNOTATION = 'kubernetes.io/config.mirror';
const RESTRICTED_NAMESPACE = 'node-restriction.kubernetes.io';

/** `kubelet/pkg/apis/well_known_labels.go`: what a kubelet may say of its host. */
const NODE_LABELS: ReadonlySet<string> = new Set([
  'kubernetes.io/hostname',
  'topology.kubernetes.io/zone',
  'topology.kubernetes.io/region',
  'failure-domain.beta.kubernetes.io/zone',
  'failure-domain.beta.kubernetes.io/region',
  'beta.kubernetes.io/instance-type',
  'node.kubernetes.io/instance-type',
  'beta.kubernetes.io/os',
  'beta.kubernetes.io/arch',
  'kubernetes.io/os',
  'kubernetes.io/arch',
]);
const NODE_LABEL_NAMESPACES = ['kubelet.kubernetes.io', 'node.kubernetes.io'];

type Judge = (node: string, attributes: Attributes, environment: AdmissionEnvironment) => Refusal | undefined;

const JUDGES: Readonly<Record<string, Judge>> = {
  '/pods': judgePod,
  '/nodes': judgeNode,
  '/persistentvolumeclaims': judgeClaim,
  '/serviceaccounts': judgeToken,
  'coordination.k8s.io/leases': judgeLease,
  'storage.k8s.io/csinodes': (node, attributes) =>
    nameOf(attributes) === node
      ? undefined
      : refuse(attributes, 'metadata.name', 'can only access CSINode with the same name as the requesting node'),
};

export const nodeRestriction: Plugin = {
  name: 'NodeRestriction',

  mutate(attributes, environment) {
    const node = nodeOf(attributes.user);
    if (node === undefined) return undefined;
    if (node === '')
      return refuse(attributes, '', `could not determine node from user ${JSON.stringify(attributes.user.username)}`);
    const { group, plural } = attributes.kind.resource;
    return JUDGES[`${group}/${plural}`]?.(node, attributes, environment);
  },
};

/** Of the object that is written; `''` when the server shall name it: then it is nobody's own. */
const nameOf = ({ operation, requestedName, name }: Attributes): string =>
  operation === 'create' ? requestedName : name;

/** `CREATE`, as messages name operations. */
const operationOf = ({ operation }: Attributes): string => operation.toUpperCase();

function judgePod(node: string, attributes: Attributes, environment: AdmissionEnvironment): Refusal | undefined {
  const { subresource, operation, old } = attributes;
  if (subresource === 'status') return judgePodStatus(node, attributes);
  if (subresource === 'eviction') {
    const pod = livePod(attributes, environment, attributes.name);
    if ('error' in pod) return pod;
    return pod.spec?.nodeName === node
      ? undefined
      : refuse(attributes, '', `node ${node} can only evict pods with spec.nodeName set to itself`);
  }
  if (subresource !== '') {
    const why = `unexpected pod subresource ${JSON.stringify(subresource)}, only 'status' and 'eviction' are allowed`;
    return refuse(attributes, '', why);
  }
  if (operation === 'create') return judgeNewPod(node, attributes, environment);
  if (operation === 'delete') {
    if ((old as Pod | undefined)?.spec?.nodeName === node) return undefined;
    return refuse(attributes, '', `node "${node}" can only delete pods with spec.nodeName set to itself`);
  }
  const why = `unexpected operation "${operationOf(attributes)}", node "${node}" can only create and delete mirror pods`;
  return refuse(attributes, '', why);
}

function livePod({ namespace = '' }: Attributes, environment: AdmissionEnvironment, name: string): Pod | Refusal {
  const pod = environment.cluster.get(PODS, { namespace, name }) as Pod | undefined;
  return pod ?? { error: notFound({ group: '', resource: 'pod' }, name), fieldPath: '' };
}

function judgeNewPod(node: string, attributes: Attributes, environment: AdmissionEnvironment): Refusal | undefined {
  const pod = attributes.object as Pod;
  const no = (fieldPath: string, why: string) => refuse(attributes, fieldPath, why);
  if (pod.metadata?.annotations?.[MIRROR_ANNOTATION] === undefined)
    return no(
      'metadata.annotations',
      `pod does not have "${MIRROR_ANNOTATION}" annotation, node "${node}" can only create mirror pods`,
    );
  if (pod.spec?.nodeName !== node)
    return no('spec.nodeName', `node "${node}" can only create pods with spec.nodeName set to itself`);
  return judgeOwner(node, attributes, environment) ?? judgeReferences(node, attributes, pod);
}

function judgeOwner(node: string, attributes: Attributes, environment: AdmissionEnvironment): Refusal | undefined {
  const no = (why: string) => refuse(attributes, 'metadata.ownerReferences', why);
  const [owner, ...more] = attributes.object?.metadata?.ownerReferences ?? [];
  if (more.length > 0) return no(`node "${node}" can only create pods with a single owner reference set to itself`);
  if (owner?.apiVersion !== 'v1' || owner.kind !== 'Node' || owner.name !== node)
    return no(`node "${node}" can only create pods with an owner reference set to itself`);
  if (!owner.controller)
    return no(`node "${node}" can only create pods with a controller owner reference set to itself`);
  if (owner.blockOwnerDeletion) return no(`node "${node}" must not set blockOwnerDeletion on an owner reference`);
  const live = environment.cluster.get(NODES, { name: node });
  if (!live) return { error: notFound({ group: '', resource: 'node' }, node), fieldPath: 'metadata.ownerReferences' };
  const uid = live.metadata?.uid ?? '';
  return owner.uid === uid ? undefined : no(`node ${node} UID mismatch: expected ${owner.uid} got ${uid}`);
}

/** What the API would have to hand out for it, a mirror pod may not name. */
function judgeReferences(node: string, attributes: Attributes, pod: Pod): Refusal | undefined {
  const { serviceAccount, secrets, configMaps, claims } = podReferences(pod);
  const bundle = pod.spec?.volumes?.some(({ projected }) => projected?.sources?.some((one) => one.clusterTrustBundle));
  const named = [
    serviceAccount !== '' && 'a service account',
    secrets.size > 0 && 'secrets',
    configMaps.size > 0 && 'configmaps',
    bundle && 'clustertrustbundles',
    claims.size > 0 && 'persistentvolumeclaims',
  ].find((one) => one !== false && one !== undefined);
  return named ? refuse(attributes, 'spec', `node "${node}" can not create pods that reference ${named}`) : undefined;
}

function judgePodStatus(node: string, attributes: Attributes): Refusal | undefined {
  const old = attributes.old as Pod | undefined;
  if (attributes.operation !== 'update' || !old)
    return refuse(attributes, '', `unexpected operation "${operationOf(attributes)}"`);
  if (old.spec?.nodeName !== node)
    return refuse(
      attributes,
      '',
      `node "${node}" can only update pod status for pods with spec.nodeName set to itself`,
    );
  const pod = attributes.object as Pod;
  if (!deepEqual(old.metadata?.labels ?? {}, pod.metadata?.labels ?? {}))
    return refuse(attributes, 'metadata.labels', `node "${node}" cannot update labels through pod status`);
  const claims = (one: Pod) =>
    (one.status as { resourceClaimStatuses?: unknown[] } | undefined)?.resourceClaimStatuses ?? [];
  if (!deepEqual(claims(old), claims(pod)))
    return refuse(attributes, 'status.resourceClaimStatuses', `node "${node}" cannot update resource claim statues`);
  return undefined;
}

function judgeNode(node: string, attributes: Attributes): Refusal | undefined {
  const name = nameOf(attributes);
  if (name !== node)
    return refuse(attributes, 'metadata.name', `node "${node}" is not allowed to modify node ${JSON.stringify(name)}`);
  if (attributes.operation === 'delete') return undefined;
  const next = attributes.object as Node;
  const old = attributes.old as Node | undefined;
  const source = next.spec?.configSource;
  if (source && !deepEqual(source, old?.spec?.configSource)) {
    const why = old
      ? `node "${node}" is not allowed to update configSource to a new non-nil configSource`
      : `node "${node}" is not allowed to create pods with a non-nil configSource`;
    return refuse(attributes, 'spec.configSource', why);
  }
  if (old && !deepEqual(next.spec?.taints ?? [], old.spec?.taints ?? []))
    return refuse(attributes, 'spec.taints', `node "${node}" is not allowed to modify taints`);
  // One whose owner is missing is collected, and could be made anew with other taints and labels (CVE-2025-5187).
  if (old && !deepEqual(next.metadata?.ownerReferences ?? [], old.metadata?.ownerReferences ?? []))
    return refuse(attributes, 'metadata.ownerReferences', `node "${node}" is not allowed to modify ownerReferences`);
  const labels = forbiddenLabels(next, old);
  if (labels.length === 0) return undefined;
  const why = old
    ? `is not allowed to modify labels: ${labels.join(', ')}`
    : `node "${node}" is not allowed to set the following labels: ${labels.join(', ')}`;
  return refuse(attributes, 'metadata.labels', why);
}

/** Of the labels that are added, changed or removed: those that would draw workloads to the node. Sorted. */
function forbiddenLabels(next: Readonly<KubeObject>, old: Readonly<KubeObject> | undefined): string[] {
  const [wanted, present] = [next.metadata?.labels ?? {}, old?.metadata?.labels ?? {}];
  const changed = [...new Set([...Object.keys(wanted), ...Object.keys(present)])].filter(
    (key) => wanted[key] !== present[key],
  );
  return changed.filter(isForbidden).sort();
}

const isWithin = (namespace: string, domain: string): boolean =>
  namespace === domain || namespace.endsWith(`.${domain}`);

function isForbidden(label: string): boolean {
  const slash = label.indexOf('/');
  const namespace = slash < 0 ? '' : label.slice(0, slash);
  if (isWithin(namespace, RESTRICTED_NAMESPACE)) return true;
  const isKubernetes = isWithin(namespace, 'kubernetes.io') || isWithin(namespace, 'k8s.io');
  return isKubernetes && !NODE_LABELS.has(label) && !NODE_LABEL_NAMESPACES.some((one) => isWithin(namespace, one));
}

function judgeClaim(node: string, attributes: Attributes): Refusal | undefined {
  if (attributes.subresource !== 'status') return refuse(attributes, '', 'may only update PVC status');
  if (attributes.operation !== 'update')
    return refuse(attributes, '', `unexpected operation "${operationOf(attributes)}"`);
  const [old, next] = [attributes.old, attributes.object].map((one) => withoutReported(one as PersistentVolumeClaim));
  if (deepEqual(old, next)) return undefined;
  const why = `node "${node}" is not allowed to update fields other than status.capacity and status.conditions`;
  return refuse(attributes, 'status', why);
}

function withoutReported({ metadata, status, ...rest }: PersistentVolumeClaim): object {
  const {
    capacity: _c,
    conditions: _o,
    allocatedResources: _a,
    allocatedResourceStatuses: _s,
    ...kept
  } = { ...status };
  return { ...rest, metadata: { ...metadata, resourceVersion: '', managedFields: undefined }, status: kept };
}

function judgeToken(node: string, attributes: Attributes, environment: AdmissionEnvironment): Refusal | undefined {
  if (attributes.operation !== 'create' || attributes.subresource !== 'token') return undefined;
  const no = (why: string) => refuse(attributes, 'spec.boundObjectRef', why);
  const bound = (attributes.object as TokenRequest).spec?.boundObjectRef;
  if (bound?.apiVersion !== 'v1' || bound.kind !== 'Pod' || !bound.name)
    return no('node requested token not bound to a pod');
  if (!bound.uid) return no('node requested token with a pod binding without a uid');
  const pod = livePod(attributes, environment, bound.name);
  if ('error' in pod) return pod;
  if (pod.metadata?.uid !== bound.uid)
    return no(
      `the UID in the bound object reference (${bound.uid}) does not match the UID in record. The object might have been deleted and then recreated`,
    );
  return pod.spec?.nodeName === node
    ? undefined
    : no('node requested token bound to a pod scheduled on a different node');
}

function judgeLease(node: string, attributes: Attributes): Refusal | undefined {
  if (attributes.namespace !== LEASE_NAMESPACE)
    return refuse(
      attributes,
      'metadata.namespace',
      `can only access leases in the "${LEASE_NAMESPACE}" system namespace`,
    );
  if (nameOf(attributes) === node) return undefined;
  return refuse(attributes, 'metadata.name', 'can only access node lease with the same name as the requesting node');
}
