/** Executes the pod garbage collector's one action. */

import type { Clock } from '../../base/clock.ts';
import { isReason } from '../../base/status.ts';
import type { Client } from '../../client/client.ts';
import { withDisruption } from '../../kinds/common/pod/disruption.ts';
import { NODES, PODS } from '../../kinds/resources.ts';
import type { Loop } from '../../runtime/loop.ts';
import type { TrackedWrites } from '../../runtime/tracked-writes.ts';
import type { PodGcAction, PodGcSnapshot } from './actions.ts';

export function createAct(
  client: Client,
  writes: TrackedWrites,
  clock: Clock,
): Loop<PodGcSnapshot, PodGcAction>['act'] {
  const nodeExists = async (name: string): Promise<boolean> => {
    try {
      await client.get(NODES, { name });
      return true;
    } catch (error) {
      if (isReason(error, 'NotFound')) return false;
      throw error;
    }
  };
  return {
    forceDelete: async ({ key, pod, disruption, checkNode }) => {
      if (checkNode && (await nodeExists(pod.spec?.nodeName ?? ''))) return;
      try {
        if (disruption !== undefined) {
          const why = { reason: 'DeletionByPodGC', message: disruption, phase: 'Failed' as const };
          await writes.update(key, PODS, withDisruption(pod, why, clock.now()), { subresource: 'status' });
        }
        await writes.delete(key, PODS, pod, { gracePeriodSeconds: 0 });
      } catch (error) {
        if (!isReason(error, 'NotFound')) throw error;
      }
    },
  };
}
