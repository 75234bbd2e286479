/**
 * Wires the resource quota loop: a quota is looked at when it changes, and when anything that it counts comes, goes or comes to use another amount.
 */

import { deepEqual } from '../../base/json.ts';
import { formatKey, type KubeObject, keyOf } from '../../base/object.ts';
import type { StoredResource } from '../../base/registry-key.ts';
import { startInformer } from '../../client/start-informer.ts';
import type { ServedResources } from '../../kinds/collected-resources.ts';
import { listOf } from '../../kinds/common/amounts.ts';
import { evaluatorOf } from '../../kinds/common/quota/evaluators.ts';
import { boundNames } from '../../kinds/common/quota/names.ts';
import { RESOURCE_QUOTAS } from '../../kinds/resources.ts';
import type { Pod, ResourceQuota } from '../../kinds/types.generated.ts';
import { Expectations } from '../../runtime/expectations.ts';
import type { Loop } from '../../runtime/loop.ts';
import { runLoop } from '../../runtime/run-loop.ts';
import { TrackedWrites } from '../../runtime/tracked-writes.ts';
import type { ControllerContext, RunningController } from '../shared/context.ts';
import { LazyInformers } from '../shared/lazy-informers.ts';
import { createAct } from './act.ts';
import type { ResourceQuotaAction, ResourceQuotaSnapshot } from './actions.ts';
import { decide } from './decide.ts';
import { followCounted, observe } from './observe.ts';

const name = 'resourcequota-controller';

export function start(context: ControllerContext, { resources }: { resources: ServedResources }): RunningController {
  const { client, clock, random, log } = context;
  const quotas = startInformer(client, RESOURCE_QUOTAS, { clock, random, log });
  const expectations = new Expectations(clock);
  const writes = new TrackedWrites(client, expectations, [[RESOURCE_QUOTAS, quotas]]);
  const wake = (resource: StoredResource, among: readonly ResourceQuota[]): void => {
    for (const quota of among)
      if (boundNames(quota.spec ?? {}, resource).length > 0) running.enqueue(formatKey(keyOf(quota)));
  };
  const counted = new LazyInformers(context, resources, {
    servedChanged() {
      for (const quota of quotas.list()) running.enqueue(formatKey(keyOf(quota)));
    },
    synced: (resource) => wake(resource, quotas.list()),
    changed: (resource, { before, after }) => {
      if (before && after && !changesUsage(resource, before, after, clock.now())) return;
      wake(resource, quotas.inNamespace((after ?? before)?.metadata?.namespace ?? ''));
    },
  });
  const loop: Loop<ResourceQuotaSnapshot, ResourceQuotaAction> = {
    name,
    observe: (key) => observe(quotas, counted, key),
    decide,
    act: createAct(writes),
  };
  const running = runLoop(loop, { clock, random, log, expectations });
  void quotas.synced().then(() => {
    quotas.onChange(({ key, after }) => {
      // What it counts is followed from now on; its first list looks at the quota again.
      if (after) followCounted(counted, after);
      running.enqueue(key);
    });
  });
  const stop = (): void => {
    running.stop();
    quotas.stop();
    counted.stop();
  };
  return { name, idle: running.idle, stop };
}

/** Pods are written all the time; few of these writes are about what they use. */
function changesUsage(
  resource: StoredResource,
  before: Readonly<KubeObject>,
  after: Readonly<KubeObject>,
  now: number,
): boolean {
  const { usage } = evaluatorOf(resource);
  const isGoing = (object: Readonly<KubeObject>) => object.metadata?.deletionTimestamp;
  const deadlineOf = (object: Readonly<KubeObject>) => (object as Pod).spec?.activeDeadlineSeconds;
  return (
    isGoing(before) !== isGoing(after) ||
    deadlineOf(before) !== deadlineOf(after) ||
    !deepEqual(listOf(usage(before, now)), listOf(usage(after, now)))
  );
}
