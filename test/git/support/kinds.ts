/** A few kinds with just enough behaviour for the git layer's tests. */

import type { KubeObject } from '../../../daemon/base/object.ts';
import type { Kind, KindRegistry } from '../../../daemon/kinds/kind.ts';

function makeKind(group: string, kind: string, plural: string, namespaced: boolean, more: Partial<Kind> = {}): Kind {
  return {
    resource: { group, version: 'v1', plural, kind, namespaced },
    singular: kind.toLowerCase(),
    shortNames: [],
    categories: [],
    hasStatus: false,
    hasGeneration: false,
    stored: true,
    setDefaults() {},
    prepareForCreate() {},
    prepareForUpdate() {},
    validate: () => [],
    validateUpdate: () => [],
    validateName: () => [],
    table: { columns: [], cells: () => [] },
    fieldSelectors: {},
    ...more,
  };
}

interface Scalable extends KubeObject {
  spec?: { replicas?: number; strategy?: { type?: string } };
}

export const NAMESPACE = makeKind('', 'Namespace', 'namespaces', false);
export const CONFIG_MAP = makeKind('', 'ConfigMap', 'configmaps', true);
export const SECRET = makeKind('', 'Secret', 'secrets', true);
export const POD = makeKind('', 'Pod', 'pods', true, { gracePeriodSeconds: () => 30 });
export const CLUSTER_ROLE = makeKind('rbac.authorization.k8s.io', 'ClusterRole', 'clusterroles', false);
export const DEPLOYMENT = makeKind('apps', 'Deployment', 'deployments', true, {
  hasStatus: true,
  hasGeneration: true,
  setDefaults(object: Scalable) {
    object.spec ??= {};
    object.spec.replicas ??= 1;
    object.spec.strategy ??= {};
    object.spec.strategy.type ??= 'RollingUpdate';
  },
  scale: {
    replicas: (object: Scalable) => object.spec?.replicas ?? 0,
    statusReplicas: () => 0,
    selector: () => '',
    setReplicas(object: Scalable, replicas: number) {
      object.spec = { ...object.spec, replicas };
    },
  },
});

const kinds = [NAMESPACE, CONFIG_MAP, SECRET, POD, CLUSTER_ROLE, DEPLOYMENT];

export const registry: KindRegistry = {
  kinds,
  byResource: (group, version, plural) =>
    kinds.find(
      ({ resource }) => resource.group === group && resource.version === version && resource.plural === plural,
    ),
  byKind: (group, version, kind) =>
    kinds.find(({ resource }) => resource.group === group && resource.version === version && resource.kind === kind),
};
