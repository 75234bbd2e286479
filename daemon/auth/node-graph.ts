/**
 * Which objects the pods of a node name, kept up with the store: the node authorizer's memory (`plugin/pkg/auth/authorizer/node/graph.go`).
 * It only reads. Mirror pods count for nothing: a node makes them itself.
 */

import { registryKey, registryPrefix } from '../base/registry-key.ts';
import { type PodReferences, podReferences } from '../kinds/common/pod/references.ts';
import { PODS } from '../kinds/resources.ts';
import type { Pod } from '../kinds/types.generated.ts';
import type { Store } from '../store/store.ts';

export type RelatedType = 'pod' | 'secret' | 'configmap' | 'claim' | 'volume' | 'serviceaccount' | 'attachment';

export interface NodeGraph {
  isRelated(node: string, type: RelatedType, namespace: string, name: string): boolean;
}

interface PodOnNode {
  readonly namespace: string;
  readonly references: PodReferences;
}

const MIRROR_ANNOTATION = 'kubernetes.io/config.mirror';
const CLAIMS = { group: '', plural: 'persistentvolumeclaims' };
const VOLUMES = { group: '', plural: 'persistentvolumes' };
const ATTACHMENTS = { group: 'storage.k8s.io', plural: 'volumeattachments' };

interface SecretReference {
  name?: string;
  namespace?: string;
}

/** Follows the store for as long as it lives. */
export function createNodeGraph(store: Store): NodeGraph {
  const nodes = followPods(store);
  const someOf = (node: string, namespace: string, names: (references: PodReferences) => boolean): boolean => {
    for (const pod of nodes.get(node)?.values() ?? [])
      if (pod.namespace === namespace && names(pod.references)) return true;
    return false;
  };
  const isVolume = (node: string, name: string): boolean => {
    const claim = specOf<{ claimRef?: SecretReference }>(store, VOLUMES, { name })?.claimRef;
    return claim?.name !== undefined && someOf(node, claim.namespace ?? '', ({ claims }) => claims.has(claim.name!));
  };
  return {
    isRelated(node, type, namespace, name) {
      switch (type) {
        case 'pod':
          return nodes.get(node)?.has(registryKey(PODS, { namespace, name })) ?? false;
        case 'secret':
          return (
            someOf(node, namespace, ({ secrets }) => secrets.has(name)) ||
            isVolumeSecret(store, nodes.get(node)?.values() ?? [], { namespace, name })
          );
        case 'configmap':
          return someOf(node, namespace, ({ configMaps }) => configMaps.has(name));
        case 'claim':
          return someOf(node, namespace, ({ claims }) => claims.has(name));
        case 'serviceaccount':
          return someOf(node, namespace, ({ serviceAccount }) => serviceAccount === name);
        case 'volume':
          return isVolume(node, name);
        case 'attachment':
          return specOf<{ nodeName?: string }>(store, ATTACHMENTS, { name })?.nodeName === node;
      }
    },
  };
}

/** The pods of each node by their keys, kept up with the store. */
function followPods(store: Store): ReadonlyMap<string, ReadonlyMap<string, PodOnNode>> {
  const nodes = new Map<string, Map<string, PodOnNode>>();
  const forget = (key: string, { spec }: Pod) => {
    const pods = nodes.get(spec?.nodeName ?? '');
    pods?.delete(key);
    if (pods?.size === 0) nodes.delete(spec?.nodeName ?? '');
  };
  const note = (key: string, pod: Pod) => {
    const node = pod.spec?.nodeName;
    if (!node || pod.metadata?.annotations?.[MIRROR_ANNOTATION] !== undefined) return;
    const pods = nodes.get(node) ?? new Map<string, PodOnNode>();
    pods.set(key, { namespace: pod.metadata?.namespace ?? '', references: podReferences(pod) });
    nodes.set(node, pods);
  };
  const { entries, revision } = store.range(registryPrefix(PODS));
  for (const { key, value } of entries) note(key, value as Pod);
  store.subscribe(registryPrefix(PODS), revision, {
    events(batch) {
      for (const { key, type, value, previous } of batch) {
        if (previous) forget(key, previous.value as Pod);
        if (type === 'put') note(key, value as Pod);
      }
    },
  });
  return nodes;
}

type Key = { namespace?: string; name: string };

function specOf<T>(store: Store, resource: { group: string; plural: string }, key: Key): T | undefined {
  return (store.get(registryKey(resource, key))?.value as { spec?: T } | undefined)?.spec;
}

/** Whether the volume behind a claim of these pods names the secret. */
function isVolumeSecret(store: Store, pods: Iterable<PodOnNode>, secret: Key): boolean {
  for (const { namespace, references } of pods) {
    for (const name of references.claims) {
      const volume = specOf<{ volumeName?: string }>(store, CLAIMS, { namespace, name })?.volumeName;
      const spec = volume ? specOf<object>(store, VOLUMES, { name: volume }) : undefined;
      const isNamed = (one: SecretReference) =>
        (one.namespace ?? namespace) === secret.namespace && one.name === secret.name;
      if (spec && secretsOfVolume(spec).some(isNamed)) return true;
    }
  }
  return false;
}

/** Every `…SecretRef` of a volume's source. */
function secretsOfVolume(spec: object): SecretReference[] {
  return Object.values(spec)
    .filter((source): source is Record<string, unknown> => typeof source === 'object' && source !== null)
    .flatMap((source) =>
      Object.entries(source)
        .filter(([field, value]) => /secretRef$/i.test(field) && typeof value === 'object' && value !== null)
        .map(([, value]) => value as SecretReference),
    );
}
