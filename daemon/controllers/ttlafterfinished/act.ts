/**
 * Executes the loop's actions: a Job goes with its Pods, once the API has said that its time has not been prolonged.
 */

import type { Clock } from '../../base/clock.ts';
import { keyOf } from '../../base/object.ts';
import { isReason } from '../../base/status.ts';
import type { Client } from '../../client/client.ts';
import { JOBS, PODS } from '../../kinds/resources.ts';
import type { Loop } from '../../runtime/loop.ts';
import type { TrackedWrites } from '../../runtime/tracked-writes.ts';
import type { TtlAction, TtlSnapshot } from './actions.ts';
import { ttlInMs } from './decide.ts';

export function createAct(client: Client, writes: TrackedWrites, clock: Clock): Loop<TtlSnapshot, TtlAction>['act'] {
  return {
    deleteJob: async ({ key, job }) => {
      try {
        const fresh = await client.get(JOBS, keyOf(job));
        const left = ttlInMs(fresh, clock.now());
        if (left === undefined || left > 0) return;
        await writes.delete(key, JOBS, fresh, { propagationPolicy: 'Foreground' });
      } catch (error) {
        if (!isReason(error, 'NotFound')) throw error;
      }
    },
    deletePods: async ({ key, pods }) => {
      await Promise.all(
        pods.map(async (pod) => {
          try {
            await writes.delete(key, PODS, pod);
          } catch (error) {
            if (!isReason(error, 'NotFound')) throw error;
          }
        }),
      );
    },
  };
}
