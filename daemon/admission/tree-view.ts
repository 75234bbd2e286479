/**
 * The cluster as it will be once a tree is in force: what the tree defines exists, what it removes does not, all else is as it stands.
 */

import { type KubeObject, keyOf, type ObjectKey } from '../base/object.ts';
import { registryKey, type StoredResource } from '../base/registry-key.ts';
import { NAMESPACES, SERVICE_ACCOUNTS, VALIDATING_ADMISSION_POLICIES } from '../kinds/resources.ts';
import type { ComingObjects } from './coming-objects.ts';
import type { ClusterView } from './contract.ts';

const DEFAULT_ACCOUNT = 'default';

/** Kinds by which others are judged: of one tree they are judged first, and hold for the rest of it. */
const RULES: ReadonlySet<string> = new Set(['namespaces', 'limitranges', 'resourcequotas']);

export function isRule(resource: StoredResource): boolean {
  return isPolicy(resource) || (resource.group === '' && RULES.has(resource.plural));
}

/** Webhooks of a push hold from the next one on: those that answer for them may come with the same push. */
function isWebhookConfiguration({ group, plural }: StoredResource): boolean {
  return group === VALIDATING_ADMISSION_POLICIES.group && plural.endsWith('webhookconfigurations');
}

/** Of one tree they hold once they are admitted, and never as they merely stand in a manifest. */
export function isPolicy({ group, plural }: StoredResource): boolean {
  return group === VALIDATING_ADMISSION_POLICIES.group && plural.startsWith('validatingadmissionpolic');
}

/**
 * `defined`: objects of the tree (as they stand in the manifests); `removed`: store keys; `settled`: what has been admitted so far, rules in the place of
 * what is live. Any other live object counts as it is, whatever its manifest says.
 */
export function createTreeView(
  cluster: ClusterView,
  { defined, removed, settled }: { defined?: ComingObjects; removed?: ReadonlySet<string>; settled: ComingObjects },
): ClusterView {
  const goes = removed?.size ? removed : undefined;
  const view: ClusterView = {
    get(resource, key) {
      if (!goes && settled.size === 0) return cluster.get(resource, key) ?? defined?.get(registryKey(resource, key));
      const at = registryKey(resource, key);
      if (goes?.has(at)) return undefined;
      return settled.get(at) ?? cluster.get(resource, key) ?? defined?.get(at);
    },
    list(resource, namespace) {
      const live = cluster.list(resource, namespace);
      if (isWebhookConfiguration(resource)) return live;
      const present = goes ? live.filter((object) => !goes.has(registryKey(resource, keyOf(object)))) : live;
      const known = defined && !isPolicy(resource) ? listWith(resource, present, defined, { namespace }) : present;
      return listWith(resource, known, settled, { namespace, replaces: isRule(resource) });
    },
  };
  return withDefaultAccounts(view);
}

/** What is there, and what comes with the same write: what is not there yet, and when told so, in the place of what is. */
export function listWith(
  resource: StoredResource,
  present: readonly Readonly<KubeObject>[],
  coming: ComingObjects,
  { namespace, replaces = false }: { namespace?: string | undefined; replaces?: boolean } = {},
): readonly Readonly<KubeObject>[] {
  const own = coming.of(resource, namespace);
  if (own.size === 0) return present;
  const known = new Set(present.map((object) => registryKey(resource, keyOf(object))));
  const added = [...own].flatMap(([key, object]) => (known.has(key) ? [] : [object]));
  const kept = replaces ? present.map((object) => own.get(registryKey(resource, keyOf(object))) ?? object) : present;
  return added.length === 0 ? kept : [...kept, ...added];
}

/** Every namespace has a service account `default`: its controller makes it, though maybe only after the pods of the same push. */
function withDefaultAccounts(cluster: ClusterView): ClusterView {
  return {
    ...cluster,
    get(resource: StoredResource, key: ObjectKey) {
      const found = cluster.get(resource, key);
      const isDefault = resource.plural === SERVICE_ACCOUNTS.plural && key.name === DEFAULT_ACCOUNT;
      if (found || !isDefault || !key.namespace || !cluster.get(NAMESPACES, { name: key.namespace })) return found;
      return {
        apiVersion: 'v1',
        kind: 'ServiceAccount',
        metadata: { name: DEFAULT_ACCOUNT, namespace: key.namespace },
      };
    },
  };
}
