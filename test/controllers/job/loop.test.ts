/** The Job loop and the one that removes finished Jobs, over the real API with simulated time. */

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { silentLogger } from '../../../daemon/base/log.ts';
import { keyOf } from '../../../daemon/base/object.ts';
import type { Client } from '../../../daemon/client/client.ts';
import { createInProcessClient } from '../../../daemon/client/in-process.ts';
import { start as startJob } from '../../../daemon/controllers/job/loop.ts';
import type { RunningController } from '../../../daemon/controllers/shared/context.ts';
import { start as startTtl } from '../../../daemon/controllers/ttlafterfinished/loop.ts';
import { EVENTS, JOBS, PODS } from '../../../daemon/kinds/resources.ts';
import type { Job, JobSpec, Pod, PodStatus } from '../../../daemon/kinds/types.generated.ts';
import { type SharedInformers, startSharedInformers } from '../../../daemon/runtime/shared-informers.ts';
import { createRest, type Rest } from '../../api/rest/support.ts';
import { seededIds, seededRandom } from '../../support/sim-clock.ts';

const USER = { username: 'system:kube-controller-manager', groups: ['system:authenticated'] };
const KEY = { namespace: 'default', name: 'work' };

let rest: Rest;
let client: Client;
let informers: SharedInformers;
let running: RunningController[];

beforeEach(async () => {
  rest = await createRest();
  client = createInProcessClient(rest.context, USER, { fieldManager: 'controllers' });
  await start();
});
afterEach(stop);

async function start(): Promise<void> {
  const { clock } = rest;
  const random = seededRandom(2);
  informers = startSharedInformers(client, { clock, random, log: silentLogger });
  await informers.synced();
  const context = { client, informers, clock, random, ids: seededIds(random), log: silentLogger };
  running = [startJob(context), startTtl(context)];
}

function stop(): void {
  for (const controller of running) controller.stop();
  informers.stop();
}

async function create(spec: Partial<JobSpec> = {}, podSpec: object = {}): Promise<Job> {
  const containers = [{ name: 'main', image: 'example:1' }];
  const template = { spec: { restartPolicy: 'Never', containers, ...podSpec } };
  const job = await client.create(JOBS, { metadata: KEY, spec: { template, ...spec } } as Job);
  await rest.clock.advance(1_000);
  return job;
}

const job = (): Promise<Job> => client.get(JOBS, KEY);
const pods = async (): Promise<Pod[]> => {
  const { items } = await client.list(PODS, { namespace: 'default' });
  return [...items].sort((a, b) => (a.metadata!.creationTimestamp! < b.metadata!.creationTimestamp! ? -1 : 1));
};
const phaseOf = ({ status }: Pod): string | undefined => status?.phase;
const live = async (): Promise<Pod[]> => (await pods()).filter((pod) => ['Pending', 'Running'].includes(phaseOf(pod)!));
const indexOf = ({ metadata }: Pod): string | undefined =>
  metadata?.annotations?.['batch.kubernetes.io/job-completion-index'];

async function end(
  pod: Pod,
  phase: 'Succeeded' | 'Failed' | 'Running',
  status: Partial<PodStatus> = {},
): Promise<void> {
  await client.patch(PODS, keyOf(pod), { status: { phase, ...status } } as never, {
    type: 'merge',
    subresource: 'status',
  });
  await rest.clock.advance(1_000);
}

const failedWith = (exitCode: number): Partial<PodStatus> => ({
  containerStatuses: [
    {
      name: 'main',
      image: 'example:1',
      imageID: '',
      ready: false,
      restartCount: 0,
      state: { terminated: { exitCode, finishedAt: new Date(rest.clock.now()).toISOString() } },
    } as never,
  ],
});

const conditions = async (): Promise<string[]> =>
  ((await job()).status?.conditions ?? []).map(({ type, status, reason }) => `${type} ${status} ${reason}`);
const events = async (): Promise<string[]> =>
  (await client.list(EVENTS, { namespace: 'default' })).items
    .filter(({ involvedObject }) => involvedObject.kind === 'Job')
    .map(({ reason, message }) => `${reason} ${message}`);

describe('a Job', () => {
  it('runs one Pod, and is complete when that has succeeded', async () => {
    const { metadata } = await create();
    const [pod] = await pods();
    expect(pod!.metadata).toMatchObject({
      generateName: 'work-',
      finalizers: ['batch.kubernetes.io/job-tracking'],
      labels: { 'batch.kubernetes.io/job-name': 'work', 'batch.kubernetes.io/controller-uid': metadata!.uid },
      ownerReferences: [{ apiVersion: 'batch/v1', kind: 'Job', name: 'work', uid: metadata!.uid, controller: true }],
    });
    expect((await job()).status).toMatchObject({ active: 1, ready: 0, terminating: 0, uncountedTerminatedPods: {} });
    expect((await job()).status?.startTime).toBeDefined();
    await end(pod!, 'Succeeded');
    expect(await conditions()).toEqual([
      'SuccessCriteriaMet True CompletionsReached',
      'Complete True CompletionsReached',
    ]);
    const { status } = await job();
    expect(status).toMatchObject({ succeeded: 1, ready: 0, terminating: 0, uncountedTerminatedPods: {} });
    expect(status?.active ?? 0).toBe(0);
    expect(status?.completionTime).toBeDefined();
    expect((await pods())[0]!.metadata?.finalizers ?? []).toEqual([]);
    expect(await events()).toEqual([`SuccessfulCreate Created pod: ${pod!.metadata!.name}`, 'Completed Job completed']);
  });

  it('runs as many at once as it may until enough have succeeded', async () => {
    await create({ completions: 5, parallelism: 2 });
    for (let done = 0; done < 5; done++) {
      expect(await live()).toHaveLength(Math.min(2, 5 - done));
      await end((await live())[0]!, 'Succeeded');
    }
    expect((await job()).status).toMatchObject({ succeeded: 5 });
    expect(await conditions()).toContain('Complete True CompletionsReached');
    expect(await pods()).toHaveLength(5);
  });

  it('without completions ends with the first success, once all have ended', async () => {
    await create({ parallelism: 2 });
    const [first, second] = await pods();
    await end(first!, 'Succeeded');
    expect(await conditions()).toEqual([]);
    expect(await live()).toHaveLength(1);
    await end(second!, 'Failed');
    expect(await conditions()).toContain('Complete True CompletionsReached');
  });

  it('that has finished is not run again, though its Pods are gone and the loop begins anew', async () => {
    await create();
    await end((await pods())[0]!, 'Succeeded');
    await client.delete(PODS, keyOf((await pods())[0]!), { gracePeriodSeconds: 0 });
    stop();
    await start();
    await rest.clock.advance(60_000);
    expect(await pods()).toEqual([]);
    expect((await job()).status?.succeeded).toBe(1);
  });

  it('counts each Pod once, though the loop ends between its status and the finalizer', async () => {
    await create({ completions: 2, parallelism: 1 });
    const [pod] = await live();
    stop();
    await client.patch(PODS, keyOf(pod!), { status: { phase: 'Succeeded' } }, { type: 'merge', subresource: 'status' });
    const before = await job();
    const uncountedTerminatedPods = { succeeded: [pod!.metadata!.uid!] };
    const status = { ...before.status, active: 0, uncountedTerminatedPods };
    await client.update(JOBS, { ...before, status }, { subresource: 'status' });
    await start();
    await rest.clock.advance(2_000);
    expect((await job()).status).toMatchObject({ succeeded: 1, active: 1, uncountedTerminatedPods: {} });
    expect(
      (await pods()).find(({ metadata }) => metadata?.uid === pod!.metadata!.uid)?.metadata?.finalizers ?? [],
    ).toEqual([]);
  });

  it('is fewer when its parallelism is', async () => {
    await create({ completions: 4, parallelism: 4 });
    await client.patch(JOBS, KEY, { spec: { parallelism: 1 } }, { type: 'merge' });
    await rest.clock.advance(1_000);
    expect((await live()).filter(({ metadata }) => !metadata?.deletionTimestamp)).toHaveLength(1);
    expect((await job()).status?.failed ?? 0).toBe(0);
  });

  it('takes Pods that match it, and lets go of those that no longer do', async () => {
    const labels = { app: 'own' };
    const selector = { matchLabels: labels };
    const spec = { containers: [{ name: 'main', image: 'example:1' }], restartPolicy: 'Never' };
    await client.create(PODS, { metadata: { ...KEY, name: 'orphan', labels }, spec } as Pod);
    const template = { metadata: { labels }, spec };
    await create({ manualSelector: true, selector, template } as never);
    const [pod] = await pods();
    expect(await pods()).toHaveLength(1);
    expect(pod!.metadata).toMatchObject({
      name: 'orphan',
      finalizers: ['batch.kubernetes.io/job-tracking'],
      ownerReferences: [{ kind: 'Job', name: 'work' }],
    });
    await client.patch(PODS, keyOf(pod!), { metadata: { labels: { app: 'other' } } }, { type: 'merge' });
    await rest.clock.advance(1_000);
    const orphan = (await pods()).find(({ metadata }) => metadata?.name === 'orphan');
    expect(orphan?.metadata?.ownerReferences).toBeUndefined();
    expect(orphan?.metadata?.finalizers ?? []).toEqual([]);
    expect(await pods()).toHaveLength(2);
  });

  it('that another controller looks after is left alone', async () => {
    await create({ managedBy: 'example.com/runner' });
    expect(await pods()).toEqual([]);
    expect((await job()).status).toEqual({});
  });

  it('that waits for others makes its Pods when it is released', async () => {
    const annotations = { 'reflet.dev/waits-for': 'deployment/db' };
    const template = { spec: { restartPolicy: 'Never', containers: [{ name: 'main', image: 'example:1' }] } };
    await client.create(JOBS, { metadata: { ...KEY, annotations }, spec: { template } } as Job);
    await rest.clock.advance(5_000);
    expect(await pods()).toEqual([]);
    await client.patch(JOBS, KEY, { metadata: { annotations: null } } as never, { type: 'merge' });
    await rest.clock.advance(1_000);
    expect(await pods()).toHaveLength(1);
  });
});

describe('a Pod that fails', () => {
  it('has a successor after 10 s, then 20 s, and the Job fails at its limit', async () => {
    await create({ backoffLimit: 2 });
    for (const wait of [10_000, 20_000]) {
      await end((await live())[0]!, 'Failed', failedWith(1));
      await rest.clock.advance(wait - 3_000);
      expect(await live()).toEqual([]);
      await rest.clock.advance(3_000);
      expect(await live()).toHaveLength(1);
    }
    await end((await live())[0]!, 'Failed', failedWith(1));
    expect(await conditions()).toEqual(['FailureTarget True BackoffLimitExceeded', 'Failed True BackoffLimitExceeded']);
    expect((await job()).status).toMatchObject({ failed: 3 });
    expect((await job()).status?.completionTime).toBeUndefined();
    expect(await events()).toContain('BackoffLimitExceeded Job has reached the specified backoff limit');
    await rest.clock.advance(600_000);
    expect(await live()).toEqual([]);
  });

  it('and is deleted, counts', async () => {
    await create();
    const [pod] = await live();
    await client.delete(PODS, keyOf(pod!), { gracePeriodSeconds: 0 });
    await rest.clock.advance(30_000);
    expect((await job()).status).toMatchObject({ failed: 1, active: 1 });
    expect((await pods()).map(({ metadata }) => metadata?.name)).not.toContain(pod!.metadata!.name);
  });

  it('ends the Job whose containers are started again too often', async () => {
    await create({ backoffLimit: 2 }, { restartPolicy: 'OnFailure' });
    const status = failedWith(1).containerStatuses!.map((one) => ({ ...one, restartCount: 2 }));
    await end((await live())[0]!, 'Running', { containerStatuses: status });
    expect(await conditions()).toContain('FailureTarget True BackoffLimitExceeded');
  });

  const policy = (...rules: object[]): Partial<JobSpec> => ({ podFailurePolicy: { rules } }) as never;

  it('ends the Job at once when its policy says so, with the reason', async () => {
    await create(policy({ action: 'FailJob', onExitCodes: { operator: 'In', values: [42] } }));
    const [pod] = await live();
    await end(pod!, 'Failed', failedWith(42));
    const failed = (await job()).status?.conditions?.find(({ type }) => type === 'Failed');
    expect(failed).toMatchObject({
      reason: 'PodFailurePolicy',
      message: `Container main for pod default/${pod!.metadata!.name} failed with exit code 42 matching FailJob rule at index 0`,
    });
  });

  it('does not count when its policy ignores it', async () => {
    await create({
      ...policy({ action: 'Ignore', onPodConditions: [{ type: 'DisruptionTarget', status: 'True' }] }),
      backoffLimit: 0,
    });
    const conditions_ = [{ type: 'DisruptionTarget', status: 'True' }];
    await end((await live())[0]!, 'Failed', { ...failedWith(137), conditions: conditions_ as never });
    await rest.clock.advance(30_000);
    expect((await job()).status?.failed ?? 0).toBe(0);
    expect(await live()).toHaveLength(1);
  });

  it('is not replaced while it stops, when only failed ones are', async () => {
    await create({ podReplacementPolicy: 'Failed' });
    const [pod] = await live();
    await client.create(PODS, {
      metadata: { ...KEY, name: 'other' },
      spec: { containers: [{ name: 'a', image: 'b' }] },
    } as Pod);
    await client.createSubresource(PODS, keyOf(pod!), 'binding', {
      metadata: keyOf(pod!),
      target: { kind: 'Node', name: 'n1' },
    } as never);
    await client.delete(PODS, keyOf(pod!));
    await rest.clock.advance(5_000);
    expect((await job()).status).toMatchObject({ terminating: 1 });
    expect((await pods()).filter(({ metadata }) => metadata?.name?.startsWith('work-'))).toHaveLength(1);
  });
});

describe('an Indexed Job', () => {
  const indexed = (spec: Partial<JobSpec> = {}): Promise<Job> =>
    create({ completionMode: 'Indexed', completions: 4, parallelism: 4, ...spec });
  const podOf = async (index: number): Promise<Pod> => (await live()).find((pod) => indexOf(pod) === String(index))!;

  it('gives each Pod its index, and counts indexes', async () => {
    await indexed();
    expect((await pods()).map(indexOf).sort()).toEqual(['0', '1', '2', '3']);
    const pod = await podOf(2);
    expect(pod.metadata).toMatchObject({
      generateName: 'work-2-',
      labels: { 'batch.kubernetes.io/job-completion-index': '2' },
    });
    expect(pod.spec).toMatchObject({ hostname: 'work-2' });
    expect(pod.spec!.containers[0]!.env).toEqual([
      {
        name: 'JOB_COMPLETION_INDEX',
        valueFrom: {
          fieldRef: { apiVersion: 'v1', fieldPath: "metadata.labels['batch.kubernetes.io/job-completion-index']" },
        },
      },
    ]);
    for (const index of [0, 2, 3]) await end(await podOf(index), 'Succeeded');
    expect((await job()).status).toMatchObject({ succeeded: 3, completedIndexes: '0,2,3', active: 1 });
    await end(await podOf(1), 'Succeeded');
    expect((await job()).status).toMatchObject({ succeeded: 4, completedIndexes: '0-3' });
    expect(await conditions()).toContain('Complete True CompletionsReached');
  });

  it('replaces a failed Pod by one of its index', async () => {
    await indexed({ completions: 2, parallelism: 2 });
    await end(await podOf(1), 'Failed', failedWith(1));
    await rest.clock.advance(10_000);
    expect((await live()).map(indexOf).sort()).toEqual(['0', '1']);
  });

  it('gives each index its own limit, and fails with those that failed', async () => {
    await indexed({ completions: 2, parallelism: 2, backoffLimitPerIndex: 1 });
    await end(await podOf(0), 'Succeeded');
    await end(await podOf(1), 'Failed', failedWith(1));
    await rest.clock.advance(10_000);
    const second = await podOf(1);
    expect(second.metadata!.annotations).toMatchObject({ 'batch.kubernetes.io/job-index-failure-count': '1' });
    await end(second, 'Failed', failedWith(1));
    expect((await job()).status).toMatchObject({ failed: 2, succeeded: 1, completedIndexes: '0', failedIndexes: '1' });
    expect(await conditions()).toEqual(['FailureTarget True FailedIndexes', 'Failed True FailedIndexes']);
  });

  it('is done as soon as its success policy is met, and ends the others', async () => {
    await indexed({ successPolicy: { rules: [{ succeededIndexes: '0-1', succeededCount: 1 }] } } as never);
    await end(await podOf(1), 'Succeeded');
    expect(await conditions()).toEqual(['SuccessCriteriaMet True SuccessPolicy', 'Complete True SuccessPolicy']);
    expect(await live()).toEqual([]);
    expect((await job()).status).toMatchObject({ succeeded: 1, completedIndexes: '1' });
    expect((await job()).status?.failed ?? 0).toBe(0);
  });

  it('grows and shrinks', async () => {
    await indexed({ completions: 2, parallelism: 2 });
    await client.patch(JOBS, KEY, { spec: { completions: 3, parallelism: 3 } }, { type: 'merge' });
    await rest.clock.advance(1_000);
    expect((await live()).map(indexOf).sort()).toEqual(['0', '1', '2']);
    await client.patch(JOBS, KEY, { spec: { completions: 1, parallelism: 1 } }, { type: 'merge' });
    await rest.clock.advance(1_000);
    expect((await live()).map(indexOf)).toEqual(['0']);
  });
});

describe('a suspended Job', () => {
  it('has no Pods, and begins its time anew when it goes on', async () => {
    await create({ activeDeadlineSeconds: 100 });
    const before = (await job()).status!.startTime!;
    await rest.clock.advance(80_000);
    await client.patch(JOBS, KEY, { spec: { suspend: true } }, { type: 'merge' });
    await rest.clock.advance(1_000);
    expect(await pods()).toEqual([]);
    expect(await conditions()).toEqual(['Suspended True JobSuspended']);
    expect((await job()).status?.failed ?? 0).toBe(0);
    await rest.clock.advance(60_000);
    await client.patch(JOBS, KEY, { spec: { suspend: false } }, { type: 'merge' });
    await rest.clock.advance(1_000);
    expect(await conditions()).toEqual(['Suspended False JobResumed']);
    expect(await live()).toHaveLength(1);
    expect((await job()).status!.startTime! > before).toBe(true);
    expect((await events()).filter((text) => !text.includes('pod:'))).toEqual([
      'Suspended Job suspended',
      'Resumed Job resumed',
    ]);
  });

  it('from the beginning has not started', async () => {
    await create({ suspend: true });
    expect((await job()).status?.startTime).toBeUndefined();
    expect(await conditions()).toEqual(['Suspended True JobSuspended']);
  });
});

describe('the time of a Job', () => {
  it('ends it when it has been active too long', async () => {
    await create({ activeDeadlineSeconds: 30 });
    await rest.clock.advance(28_000);
    expect(await live()).toHaveLength(1);
    await rest.clock.advance(3_000);
    expect(await conditions()).toEqual(['FailureTarget True DeadlineExceeded', 'Failed True DeadlineExceeded']);
    expect(await live()).toEqual([]);
    expect((await job()).status).toMatchObject({ failed: 1 });
  });

  it('removes it, when it has finished and its time is over', async () => {
    await create({ ttlSecondsAfterFinished: 60 });
    await end((await live())[0]!, 'Succeeded');
    await rest.clock.advance(50_000);
    expect((await job()).metadata?.deletionTimestamp).toBeUndefined();
    await rest.clock.advance(10_000);
    // With its Pods: the garbage collector, which does not run here, ends the deletion.
    expect((await job()).metadata).toMatchObject({ finalizers: ['foregroundDeletion'] });
  });

  it('removes only its Pods when the Job is written in git', async () => {
    await create({ ttlSecondsAfterFinished: 60 });
    const template = { spec: { restartPolicy: 'Never', containers: [{ name: 'main', image: 'example:1' }] } };
    const manifest = { apiVersion: 'batch/v1', kind: 'Job', metadata: KEY, spec: { template } };
    await client.patch(
      JOBS,
      KEY,
      manifest as never,
      { type: 'apply', fieldManager: 'reflet-git', force: true } as never,
    );
    await end((await live())[0]!, 'Succeeded');
    await rest.clock.advance(60_000);
    expect(await pods()).toEqual([]);
    await rest.clock.advance(600_000);
    expect((await job()).metadata?.deletionTimestamp).toBeUndefined();
    expect(await pods()).toEqual([]);
  });
});

describe('Pods of a Job that is deleted', () => {
  it('lose the finalizer that nobody would take off', async () => {
    await create();
    await client.delete(JOBS, KEY, { propagationPolicy: 'Background' });
    await rest.clock.advance(1_000);
    expect((await pods())[0]!.metadata?.finalizers ?? []).toEqual([]);
  });

  it('are left behind when nothing is said about them', async () => {
    await create();
    await client.delete(JOBS, KEY);
    expect((await job()).metadata).toMatchObject({ finalizers: ['orphan'] });
  });
});
