/**
 * A quota's status says what its spec bounds and how much of it is used (`pkg/controller/resourcequota`). Pure.
 */

import { parseTime } from '../../base/clock.ts';
import { deepEqual } from '../../base/json.ts';
import type { Quantity } from '../../base/quantity.ts';
import { addAmounts, countOf, listOf } from '../../kinds/common/amounts.ts';
import { evaluatorOf } from '../../kinds/common/quota/evaluators.ts';
import { boundNames } from '../../kinds/common/quota/names.ts';
import { scopesOf } from '../../kinds/common/quota/scopes.ts';
import { PODS } from '../../kinds/resources.ts';
import type { ResourceQuotaStatus } from '../../kinds/types.generated.ts';
import type { Decision } from '../../runtime/loop.ts';
import type { ResourceQuotaAction, ResourceQuotaSnapshot } from './actions.ts';

export function decide(snapshot: ResourceQuotaSnapshot, now: number): Decision<ResourceQuotaAction> {
  const { key, quota } = snapshot;
  if (quota.metadata?.deletionTimestamp) return { actions: [] };
  const waiting = waitForEnds(snapshot, now);
  const status = statusOf(snapshot, now);
  if (deepEqual(status, quota.status ?? {})) return { actions: [], waiting };
  return { actions: [{ type: 'updateStatus', key, quota, status }], waiting };
}

function statusOf({ quota, counted }: ResourceQuotaSnapshot, now: number): ResourceQuotaStatus {
  const { hard = {} } = quota.spec ?? {};
  const scopes = scopesOf(quota.spec ?? {});
  const used = new Map<string, Quantity>();
  for (const { resource, objects } of counted) {
    const evaluator = evaluatorOf(resource);
    const names = boundNames(quota.spec ?? {}, resource);
    for (const name of names) used.set(name, countOf(0));
    for (const object of objects) {
      if (!evaluator.matches(object, scopes)) continue;
      const usage = evaluator.usage(object, now);
      addAmounts(used, new Map(names.flatMap((name) => (usage.has(name) ? [[name, usage.get(name)!] as const] : []))));
    }
  }
  return { ...(Object.keys(hard).length > 0 ? { hard } : {}), ...(used.size > 0 ? { used: listOf(used) } : {}) };
}

/** A Pod that should have stopped by then uses nothing any more, and no event says so. */
function waitForEnds({ counted }: ResourceQuotaSnapshot, now: number): NonNullable<Decision<never>['waiting']> {
  const ends = counted
    .filter(({ resource }) => resource.plural === PODS.plural)
    .flatMap(({ objects }) => objects)
    .flatMap(({ metadata }) =>
      metadata?.deletionTimestamp
        ? [parseTime(metadata.deletionTimestamp) + (metadata.deletionGracePeriodSeconds ?? 0) * 1000]
        : [],
    )
    .filter((end) => end >= now);
  if (ends.length === 0) return [];
  const afterMs = Math.min(...ends) - now + 1;
  return [{ reason: 'PodsTerminating', message: 'pods that are being deleted still count', afterMs }];
}
