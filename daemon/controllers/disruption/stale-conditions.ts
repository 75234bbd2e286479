/**
 * A Pod that says it is about to be disrupted, and is still there two minutes later, takes it back (`syncStalePodDisruption`). Keys are Pods'.
 * What a node's agent said, and what has ended, stays as it is.
 */

import { formatTime, parseTime } from '../../base/clock.ts';
import { parseKey } from '../../base/object.ts';
import { PODS } from '../../kinds/resources.ts';
import type { Pod } from '../../kinds/types.generated.ts';
import type { Decision, Loop } from '../../runtime/loop.ts';
import { type RunningLoop, runLoop } from '../../runtime/run-loop.ts';
import type { ControllerContext } from '../shared/context.ts';
import { isPodTerminal, podCondition } from '../shared/pod.ts';

/** `stalePodDisruptionTimeout` */
const STALE_MS = 2 * 60_000;
const CONDITION = 'DisruptionTarget';

export type StaleAction = { type: 'takeBack'; pod: Pod };

/** Pure. */
export function decideStale(pod: Readonly<Pod>, now: number): Decision<StaleAction> {
  if (!saysSo(pod)) return { actions: [] };
  const since = podCondition(pod, CONDITION)?.lastTransitionTime;
  const leftMs = since ? parseTime(since) + STALE_MS - now : 0;
  if (leftMs <= 0) return { actions: [{ type: 'takeBack', pod }] };
  return { actions: [], waiting: [{ reason: 'DisruptionTarget', message: 'the pod is to go', afterMs: leftMs }] };
}

function saysSo(pod: Readonly<Pod>): boolean {
  const condition = podCondition(pod, CONDITION);
  if (condition?.status !== 'True' || condition.reason === 'TerminationByKubelet') return false;
  return pod.metadata?.deletionTimestamp === undefined && !isPodTerminal(pod);
}

export function runStaleConditions({ client, informers, clock, random, log }: ControllerContext): RunningLoop {
  const loop: Loop<Pod, StaleAction> = {
    name: 'stale-pod-disruption',
    observe: (key) => informers.pods.get(parseKey(key)),
    decide: decideStale,
    act: {
      takeBack: async ({ pod }) => {
        const changed = { type: CONDITION, status: 'False', lastTransitionTime: formatTime(clock.now()) };
        const conditions = (pod.status?.conditions ?? []).map((one) => (one.type === CONDITION ? changed : one));
        await client.update(PODS, { ...pod, status: { ...pod.status, conditions } }, { subresource: 'status' });
      },
    },
  };
  const running = runLoop(loop, { clock, random, log });
  informers.pods.onChange(({ after, key }) => {
    if (after && saysSo(after)) running.enqueue(key);
  });
  return running;
}
