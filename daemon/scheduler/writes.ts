/**
 * What the scheduler writes: bindings, the condition PodScheduled, and the removal of preempted pods.
 */

import { type Clock, formatTime } from '../base/clock.ts';
import { keyOf } from '../base/object.ts';
import { isReason } from '../base/status.ts';
import type { Client } from '../client/client.ts';
import { PODS } from '../kinds/resources.ts';
import type { Binding, Pod, PodCondition } from '../kinds/types.generated.ts';
import { type EventRecorder, referenceOf } from '../runtime/events.ts';

export interface SchedulerWrites {
  bind(pod: Pod, node: string): Promise<void>;
  /** Says why the pod has no node. `nominatedNode` undefined leaves the nomination as it is. */
  markUnschedulable(pod: Pod, message: string, nominatedNode: string | undefined): Promise<void>;
  preempt(victim: Pod, by: Pod, node: string): Promise<void>;
}

export function createWrites(client: Client, events: EventRecorder, clock: Clock): SchedulerWrites {
  return {
    async bind(pod, node) {
      const { name, namespace, uid } = pod.metadata ?? {};
      const target = { apiVersion: 'v1', kind: 'Node', name: node };
      const body: Binding = { apiVersion: 'v1', kind: 'Binding', metadata: { name, namespace, uid }, target };
      await client.createSubresource(PODS, keyOf(pod), 'binding', body);
      const message = `Successfully assigned ${namespace}/${name} to ${node}`;
      events.record({
        regarding: referenceOf(PODS, pod),
        type: 'Normal',
        reason: 'Scheduled',
        message,
        action: 'Binding',
      });
    },
    async markUnschedulable(pod, message, nominatedNode) {
      const regarding = referenceOf(PODS, pod);
      events.record({ regarding, type: 'Warning', reason: 'FailedScheduling', message, action: 'Scheduling' });
      const status = unschedulableStatus(pod, message, nominatedNode, clock.now());
      if (!status) return;
      const patch = { metadata: { uid: pod.metadata?.uid }, status };
      await ignoringNotFound(client.patch(PODS, keyOf(pod), patch, { type: 'merge', subresource: 'status' }));
    },
    async preempt(victim, by, node) {
      const lastTransitionTime = formatTime(clock.now());
      const message = 'default-scheduler: preempting to accommodate a higher priority pod';
      const condition = {
        type: 'DisruptionTarget',
        status: 'True',
        reason: 'PreemptionByScheduler',
        message,
        lastTransitionTime,
      };
      const others = (victim.status?.conditions ?? []).filter(({ type }) => type !== 'DisruptionTarget');
      const { uid } = victim.metadata ?? {};
      const patch = { metadata: { uid }, status: { conditions: [...others, condition] } };
      await ignoringNotFound(client.patch(PODS, keyOf(victim), patch, { type: 'merge', subresource: 'status' }));
      await ignoringNotFound(client.delete(PODS, keyOf(victim), { preconditions: { uid } }));
      events.record({
        regarding: referenceOf(PODS, victim),
        related: referenceOf(PODS, by),
        type: 'Normal',
        reason: 'Preempted',
        message: `Preempted by pod ${by.metadata?.uid} on node ${node}`,
        action: 'Preempting',
      });
    },
  };
}

/** The changed part of the status, or undefined when it says so already. */
function unschedulableStatus(pod: Pod, message: string, nominatedNode: string | undefined, now: number) {
  const conditions = pod.status?.conditions ?? [];
  const before = conditions.find(({ type }) => type === 'PodScheduled');
  const isSame = before?.status === 'False' && before.reason === 'Unschedulable' && before.message === message;
  const isNominated = nominatedNode === undefined || pod.status?.nominatedNodeName === nominatedNode;
  if (isSame && isNominated) return undefined;
  const lastTransitionTime = before?.status === 'False' ? before.lastTransitionTime : formatTime(now);
  const condition: PodCondition = {
    type: 'PodScheduled',
    status: 'False',
    reason: 'Unschedulable',
    message,
    lastTransitionTime,
  };
  return {
    conditions: [...conditions.filter(({ type }) => type !== 'PodScheduled'), condition],
    ...(nominatedNode ? { nominatedNodeName: nominatedNode } : {}),
  };
}

async function ignoringNotFound(work: Promise<unknown>): Promise<void> {
  try {
    await work;
  } catch (error) {
    if (!isReason(error, 'NotFound')) throw error;
  }
}
