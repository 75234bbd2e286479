/**
 * How workloads make and end Pods, each with its event (`RealPodControl` upstream). Pods are made in batches that double while all goes well (slow
 * start), so that a namespace at its quota costs one refused request and not five hundred.
 */

import type { KubeObject } from '../../base/object.ts';
import { isReason } from '../../base/status.ts';
import type { Resource } from '../../kinds/resource.ts';
import { PODS } from '../../kinds/resources.ts';
import type { Pod } from '../../kinds/types.generated.ts';
import { type EventRecorder, referenceOf } from '../../runtime/events.ts';
import type { TrackedWrites } from '../../runtime/tracked-writes.ts';
import { isNamespaceTerminating } from './errors.ts';

export interface PodControl {
  /** Rejects with the first failure; the batches after it are not begun. */
  create(key: string, owner: Readonly<KubeObject>, pods: readonly Pod[]): Promise<void>;
  /** Tries all, and rejects with the first failure. One that is gone is no failure. */
  delete(key: string, owner: Readonly<KubeObject>, pods: readonly Pod[]): Promise<void>;
}

const FIRST_BATCH = 1; // upstream's SlowStartInitialBatchSize

/** `resource`: the owners'. */
export function createPodControl(resource: Resource, writes: TrackedWrites, events: EventRecorder): PodControl {
  async function createPod(key: string, owner: Readonly<KubeObject>, pod: Pod): Promise<void> {
    const regarding = referenceOf(resource, owner);
    try {
      const { metadata } = await writes.create(key, PODS, pod);
      const message = `Created pod: ${metadata?.name}`;
      events.record({ regarding, type: 'Normal', reason: 'SuccessfulCreate', message });
    } catch (error) {
      if (isNamespaceTerminating(error)) throw error; // not worth an event; the key backs off until it is gone
      const message = `Error creating: ${(error as Error).message}`;
      events.record({ regarding, type: 'Warning', reason: 'FailedCreate', message });
      throw error;
    }
  }
  async function deletePod(key: string, owner: Readonly<KubeObject>, pod: Pod): Promise<void> {
    const regarding = referenceOf(resource, owner);
    try {
      await writes.delete(key, PODS, pod);
    } catch (error) {
      if (isReason(error, 'NotFound')) return;
      const message = `Error deleting: ${(error as Error).message}`;
      events.record({ regarding, type: 'Warning', reason: 'FailedDelete', message });
      throw error;
    }
    const message = `Deleted pod: ${pod.metadata?.name}`;
    events.record({ regarding, type: 'Normal', reason: 'SuccessfulDelete', message });
  }
  return {
    async create(key, owner, pods) {
      for (let done = 0, batch = FIRST_BATCH; done < pods.length; done += batch, batch *= 2) {
        await all(pods.slice(done, done + batch).map((pod) => createPod(key, owner, pod)));
      }
    },
    delete: (key, owner, pods) => all(pods.map((pod) => deletePod(key, owner, pod))),
  };
}

/** Waits for all of them, whatever becomes of one. */
async function all(works: readonly Promise<void>[]): Promise<void> {
  const failed = (await Promise.allSettled(works)).find((result) => result.status === 'rejected');
  if (failed) throw failed.reason;
}
