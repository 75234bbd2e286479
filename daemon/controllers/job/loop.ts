/**
 * Wires the Job loop: which changes wake which Job.
 */

import { isJobFinished } from '../../kinds/jobs/conditions.ts';
import { trackingKey } from '../../kinds/jobs/tracking.ts';
import { JOBS, PODS } from '../../kinds/resources.ts';
import type { Pod } from '../../kinds/types.generated.ts';
import { createEventRecorder } from '../../runtime/events.ts';
import { Expectations } from '../../runtime/expectations.ts';
import type { Loop } from '../../runtime/loop.ts';
import { runLoop } from '../../runtime/run-loop.ts';
import { TrackedWrites } from '../../runtime/tracked-writes.ts';
import type { ControllerContext, RunningController } from '../shared/context.ts';
import { createPodControl } from '../shared/pod-control.ts';
import { wakeOwners } from '../shared/wake-owners.ts';
import { createAct } from './act.ts';
import type { JobAction, JobSnapshot } from './actions.ts';
import type { Backoff } from './backoff.ts';
import { decide } from './decide.ts';
import { observe } from './observe.ts';

const name = 'job-controller';

export function start(context: ControllerContext): RunningController {
  const { client, informers, clock, random, log } = context;
  const expectations = new Expectations(clock);
  const writes = new TrackedWrites(client, expectations, [
    [PODS, informers.pods],
    [JOBS, informers.jobs],
  ]);
  const events = createEventRecorder(client, { clock, log, component: name });
  const backoffs = new Map<string, Backoff>();
  const loop: Loop<JobSnapshot, JobAction> = {
    name,
    observe: (key) => observe(informers, backoffs, key),
    decide,
    act: createAct({ client, writes, pods: createPodControl(JOBS, writes, events), events, backoffs }),
  };
  const running = runLoop(loop, { clock, random, log, expectations });
  const wakeCounting = (pod: Readonly<Pod> | undefined): void => {
    const key = pod && trackingKey(pod);
    if (key !== undefined) running.enqueue(key);
  };
  informers.jobs.onChange(({ key, after }) => {
    if (!after || isJobFinished(after)) backoffs.delete(key);
    running.enqueue(key);
  });
  informers.pods.onChange(({ before, after }) => {
    wakeCounting(before);
    wakeCounting(after);
  });
  informers.pods.onChange(wakeOwners(JOBS, informers.jobs, running.enqueue));
  return { name, idle: running.idle, stop: running.stop };
}
