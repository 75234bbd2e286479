/**
 * Kubernetes' kinds that are not carried out yet. Clients list them without being asked to (`kubectl apply --prune`, dashboards) and take a kind that is not
 * there for a failure. There are none of them, which is what they are told; whoever would make one is told why not.
 */

import { subdomainName } from './common/names.ts';
import { keepAsIs } from './common/strategy.ts';
import { AGE_COLUMN, age, NAME_COLUMN, nameOf } from './common/table.ts';
import { defineKind } from './define-kind.ts';
import type { Kind } from './kind.ts';
import { apiVersionOf, type Resource } from './resource.ts';

const VERBS = ['get', 'list', 'watch'];
const ALL = ['all'];

interface Names {
  shortNames?: readonly string[];
  categories?: readonly string[];
}

function unsupported(resource: Resource, names: Names = {}): Kind {
  return defineKind({
    resource,
    ...names,
    verbs: VERBS,
    isUnsupported: true,
    setDefaults: keepAsIs,
    validate: () => [],
    validateUpdate: () => [],
    validateName: subdomainName,
    table: { columns: [NAME_COLUMN, AGE_COLUMN], cells: (object, now) => [nameOf(object), age(object, now)] },
  });
}

const core = { group: '', version: 'v1' };
const apps = { group: 'apps', version: 'v1' };
const networking = { group: 'networking.k8s.io', version: 'v1' };
const autoscalers = { group: 'autoscaling', plural: 'horizontalpodautoscalers', kind: 'HorizontalPodAutoscaler' };
const autoscalerNames = { shortNames: ['hpa'], categories: ALL };

export const UNSUPPORTED_KINDS: readonly Kind[] = [
  unsupported(
    { ...core, plural: 'persistentvolumeclaims', kind: 'PersistentVolumeClaim', namespaced: true },
    { shortNames: ['pvc'] },
  ),
  unsupported(
    { ...core, plural: 'persistentvolumes', kind: 'PersistentVolume', namespaced: false },
    { shortNames: ['pv'] },
  ),
  unsupported(
    { ...core, plural: 'replicationcontrollers', kind: 'ReplicationController', namespaced: true },
    { shortNames: ['rc'], categories: ALL },
  ),
  unsupported(
    { ...apps, plural: 'daemonsets', kind: 'DaemonSet', namespaced: true },
    { shortNames: ['ds'], categories: ALL },
  ),
  unsupported(
    { ...apps, plural: 'statefulsets', kind: 'StatefulSet', namespaced: true },
    { shortNames: ['sts'], categories: ALL },
  ),
  unsupported({ ...autoscalers, version: 'v2', namespaced: true }, autoscalerNames),
  unsupported({ ...autoscalers, version: 'v1', namespaced: true }, autoscalerNames),
  unsupported(
    { group: 'batch', version: 'v1', plural: 'cronjobs', kind: 'CronJob', namespaced: true },
    { shortNames: ['cj'], categories: ALL },
  ),
  unsupported({ ...networking, plural: 'ingressclasses', kind: 'IngressClass', namespaced: false }),
  unsupported({ ...networking, plural: 'ingresses', kind: 'Ingress', namespaced: true }, { shortNames: ['ing'] }),
  unsupported(
    { ...networking, plural: 'networkpolicies', kind: 'NetworkPolicy', namespaced: true },
    { shortNames: ['netpol'] },
  ),
  unsupported(
    { group: 'storage.k8s.io', version: 'v1', plural: 'storageclasses', kind: 'StorageClass', namespaced: false },
    { shortNames: ['sc'] },
  ),
];

/** `StatefulSet of apps/v1 is not supported yet`, and what follows from that. */
export const describeUnsupported = ({ resource }: Kind): string =>
  `${resource.kind} of ${apiVersionOf(resource)} is not supported yet: there are none, and none can be made`;
