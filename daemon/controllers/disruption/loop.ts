/**
 * Wires the disruption loop: a budget is looked at when it changes, when a Pod that it chooses does, and when a controller of such Pods is scaled.
 */

import { compileLabelSelector } from '../../base/label-selector.ts';
import { formatKey, type KubeObject, keyOf } from '../../base/object.ts';
import type { ServedResources } from '../../kinds/collected-resources.ts';
import { POD_DISRUPTION_BUDGETS } from '../../kinds/resources.ts';
import type { Pod } from '../../kinds/types.generated.ts';
import { createEventRecorder } from '../../runtime/events.ts';
import { Expectations } from '../../runtime/expectations.ts';
import type { Loop } from '../../runtime/loop.ts';
import { runLoop } from '../../runtime/run-loop.ts';
import { TrackedWrites } from '../../runtime/tracked-writes.ts';
import type { ControllerContext, RunningController } from '../shared/context.ts';
import { LazyInformers } from '../shared/lazy-informers.ts';
import { createAct } from './act.ts';
import type { DisruptionAction, DisruptionSnapshot } from './actions.ts';
import { decide } from './decide.ts';
import { observe } from './observe.ts';
import { runStaleConditions } from './stale-conditions.ts';

const name = 'disruption-controller';

export function start(context: ControllerContext, { resources }: { resources: ServedResources }): RunningController {
  const { client, informers, clock, random, log } = context;
  const budgets = informers.podDisruptionBudgets;
  const expectations = new Expectations(clock);
  const writes = new TrackedWrites(client, expectations, [[POD_DISRUPTION_BUDGETS, budgets]]);
  const events = createEventRecorder(client, { clock, log, component: name });
  const wakeAll = (namespace?: string): void => {
    for (const budget of namespace === undefined ? budgets.list() : budgets.inNamespace(namespace))
      running.enqueue(formatKey(keyOf(budget)));
  };
  const owners = new LazyInformers(context, resources, {
    servedChanged: () => wakeAll(),
    synced: () => wakeAll(),
    changed(_resource, { before, after }) {
      if (before && after && replicasOf(before) === replicasOf(after)) return;
      wakeAll((after ?? before)?.metadata?.namespace ?? '');
    },
  });
  const loop: Loop<DisruptionSnapshot, DisruptionAction> = {
    name,
    observe: (key) => observe(budgets, informers.pods, owners, key),
    decide,
    act: createAct(writes, events),
  };
  const running = runLoop(loop, { clock, random, log, expectations });
  const wakeFor = (pod: Pod | undefined): void => {
    for (const budget of pod ? budgets.inNamespace(pod.metadata?.namespace ?? '') : [])
      if (compileLabelSelector(budget.spec?.selector)(pod?.metadata?.labels)) running.enqueue(formatKey(keyOf(budget)));
  };
  void budgets.synced().then(() => {
    budgets.onChange(({ key }) => running.enqueue(key));
    informers.pods.onChange(({ before, after }) => {
      wakeFor(before);
      wakeFor(after);
    });
  });
  const stale = runStaleConditions(context);
  const stop = (): void => {
    running.stop();
    stale.stop();
    owners.stop();
  };
  return { name, idle: () => running.idle() && stale.idle(), stop };
}

const replicasOf = (object: KubeObject): unknown => (object as { spec?: { replicas?: unknown } }).spec?.replicas;
