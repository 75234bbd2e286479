/**
 * Executes the loop's actions: a Job goes with its Pods, once the API has said that its time has not been prolonged.
 */

import type { Clock } from '../../base/clock.ts';
import { keyOf } from '../../base/object.ts';
import type { Client } from '../../client/client.ts';
import { JOBS, PODS } from '../../kinds/resources.ts';
import type { Job } from '../../kinds/types.generated.ts';
import type { Loop } from '../../runtime/loop.ts';
import type { TrackedWrites } from '../../runtime/tracked-writes.ts';
import { ignoringNotFound } from '../shared/errors.ts';
import type { TtlAction, TtlSnapshot } from './actions.ts';
import { ttlInMs } from './decide.ts';

export function createAct(client: Client, writes: TrackedWrites, clock: Clock): Loop<TtlSnapshot, TtlAction>['act'] {
  const deleteExpired = async (key: string, seen: Readonly<Job>): Promise<void> => {
    const job = await client.get(JOBS, keyOf(seen));
    const left = ttlInMs(job, clock.now());
    if (left === undefined || left > 0) return;
    await writes.delete(key, JOBS, job, { propagationPolicy: 'Foreground' });
  };
  return {
    deleteJob: ({ key, job }) => ignoringNotFound(deleteExpired(key, job)),
    deletePods: async ({ key, pods }) => {
      await Promise.all(pods.map((pod) => ignoringNotFound(writes.delete(key, PODS, pod))));
    },
  };
}
