/**
 * Executes the Job loop's actions.
 */

import { keyOf } from '../../base/object.ts';
import { isReason } from '../../base/status.ts';
import type { Client } from '../../client/client.ts';
import { TRACKING_FINALIZER } from '../../kinds/jobs/names.ts';
import { JOBS, PODS } from '../../kinds/resources.ts';
import type { Pod } from '../../kinds/types.generated.ts';
import { type EventRecorder, referenceOf } from '../../runtime/events.ts';
import type { Loop } from '../../runtime/loop.ts';
import type { TrackedWrites } from '../../runtime/tracked-writes.ts';
import { ensureMayAdopt } from '../shared/adoption.ts';
import { adoptionPatch, releasePatch } from '../shared/ownership.ts';
import type { PodControl } from '../shared/pod-control.ts';
import type { JobAction, JobSnapshot } from './actions.ts';
import type { Backoff } from './backoff.ts';
import { podOfJob } from './pod-of-job.ts';
import { isTracked } from './pods.ts';

export interface JobActors {
  client: Client;
  writes: TrackedWrites;
  pods: PodControl;
  events: EventRecorder;
  /** Key → what is remembered of its failures. */
  backoffs: Map<string, Backoff>;
}

export function createAct({ client, writes, pods, events, backoffs }: JobActors): Loop<JobSnapshot, JobAction>['act'] {
  return {
    adoptPod: async ({ key, job, pod }) => {
      await ensureMayAdopt(client, JOBS, job);
      const { metadata } = adoptionPatch(JOBS, job, pod);
      const finalizers = [...new Set([...(pod.metadata?.finalizers ?? []), TRACKING_FINALIZER])];
      await writes.patch(key, PODS, keyOf(pod), { metadata: { ...metadata, finalizers } }, { type: 'merge' });
    },
    releasePod: async ({ key, job, pod }) => {
      const { metadata } = releasePatch(job, pod);
      const patch = { metadata: { ...metadata, finalizers: finalizersWithout(pod) } };
      await writes.patch(key, PODS, keyOf(pod), patch, { type: 'merge' });
    },
    createPods: ({ key, job, pods: wanted }) =>
      pods.create(
        key,
        job,
        wanted.map((pod) => podOfJob(job, pod)),
      ),
    deletePods: async ({ key, job, pods: ended, isCounted }) => {
      if (!isCounted) await removeFinalizers(writes, key, ended);
      await pods.delete(key, job, ended);
    },
    removeFinalizers: ({ key, pods: ended }) => removeFinalizers(writes, key, ended),
    updateStatus: async ({ key, job, status, backoff, events: told }) => {
      await writes.update(key, JOBS, { ...job, status }, { subresource: 'status' });
      backoffs.set(key, backoff);
      for (const event of told) events.record({ regarding: referenceOf(JOBS, job), ...event });
    },
  };
}

const finalizersWithout = ({ metadata }: Readonly<Pod>): string[] =>
  (metadata?.finalizers ?? []).filter((finalizer) => finalizer !== TRACKING_FINALIZER);

async function removeFinalizers(writes: TrackedWrites, key: string, pods: readonly Pod[]): Promise<void> {
  await Promise.all(
    pods.filter(isTracked).map(async (pod) => {
      const { uid } = pod.metadata ?? {};
      const metadata = { uid, [`$deleteFromPrimitiveList/finalizers`]: [TRACKING_FINALIZER] };
      try {
        await writes.patch(key, PODS, keyOf(pod), { metadata }, { type: 'strategic' });
      } catch (error) {
        // Gone, or another Pod of its name: there is nothing to take off.
        if (!isReason(error, 'NotFound') && !isReason(error, 'Conflict')) throw error;
      }
    }),
  );
}
