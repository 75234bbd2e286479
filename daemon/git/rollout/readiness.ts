/**
 * Whether what others wait for is ready: workloads by the rules of `kubectl rollout status`, a namespace when pods can be made in it, anything else as
 * soon as it is stored. Reads the store, nothing more.
 */

import type { KubeObject } from '../../base/object.ts';
import type { Store } from '../../store/store.ts';
import type { NamedObject } from '../manifest-file.ts';
import { healthOf } from '../progress/health.ts';

export function isReady(store: Store, { kind, key, storeKey }: NamedObject): boolean {
  const live = store.get(storeKey)?.value;
  if (!live || live.metadata?.deletionTimestamp) return false;
  const { group, kind: name } = kind.resource;
  if (group === '' && name === 'Namespace') return isNamespaceReady(store, live, key.name);
  return healthOf(live).state === 'healthy';
}

function isNamespaceReady(store: Store, live: Readonly<KubeObject>, name: string): boolean {
  const { phase } = (live as { status?: { phase?: string } }).status ?? {};
  return phase !== 'Terminating' && store.get(defaultAccountKey(name)) !== undefined;
}

/** Keys whose changes may make the target ready. */
export function readinessKeys({ kind, key, storeKey }: NamedObject): readonly string[] {
  const isNamespace = kind.resource.group === '' && kind.resource.kind === 'Namespace';
  return isNamespace ? [storeKey, defaultAccountKey(key.name)] : [storeKey];
}

/** Pods are refused before their account is there. */
const defaultAccountKey = (namespace: string): string => `/registry/core/serviceaccounts/${namespace}/default`;
