/**
 * Releases what a commit holds back once everything it waits for is ready, as the git layer does: the annotation goes, and a Pod's gate with it.
 */

import { cloneJson } from '../base/json.ts';
import type { KubeObject } from '../base/object.ts';
import { healthOf } from '../git/progress/health.ts';
import { WAITS_FOR } from '../kinds/common/rollout-order.ts';
import type { Pod } from '../kinds/types.generated.ts';
import type { Store } from '../store/store.ts';

/** A workload that is stored held, by its key in the store, and the keys of what it waits for. */
export interface Hold {
  key: string;
  waitsFor: readonly string[];
}

/** Looks at every change of the store until it is stopped. */
export function startReleases(store: Store, holds: readonly Hold[]): { stop(): void } {
  const waiting = new Map(holds.map((hold) => [hold.key, hold]));
  const look = (): void => {
    for (const { key, waitsFor } of waiting.values()) {
      if (!waitsFor.every((target) => isReady(store, target))) continue;
      const live = store.get(key);
      waiting.delete(key);
      if (!live) continue;
      const value = withoutHold(live.value);
      void store.commit([{ type: 'put', key, value, expect: live.modRevision }]).then(({ ok }) => {
        if (!ok) waiting.set(key, { key, waitsFor });
      });
    }
  };
  if (waiting.size === 0) return { stop() {} };
  const stop = store.subscribe('/registry/', store.revision, { events: () => queueMicrotask(look) });
  return { stop };
}

function isReady(store: Store, key: string): boolean {
  const live = store.get(key)?.value;
  if (!live || live.metadata?.deletionTimestamp) return false;
  const namespace = /^\/registry\/core\/namespaces\/([^/]+)$/.exec(key)?.[1];
  if (namespace) return store.get(`/registry/core/serviceaccounts/${namespace}/default`) !== undefined;
  return healthOf(live).state === 'healthy';
}

function withoutHold(live: Readonly<KubeObject>): KubeObject {
  const value = cloneJson(live) as KubeObject & Pod;
  delete value.metadata?.annotations?.[WAITS_FOR];
  const gates = value.spec?.schedulingGates?.filter(({ name }) => name !== WAITS_FOR);
  if (value.spec && gates) value.spec.schedulingGates = gates;
  return value;
}
