/** Evictions: what the budget of a Pod says, answer by answer. */

import { describe, expect, it } from 'vitest';
import { callSubresource } from '../../../daemon/api/rest/subresources.ts';
import { updateObject } from '../../../daemon/api/rest/update.ts';
import type { KubeObject } from '../../../daemon/base/object.ts';
import type { StatusError } from '../../../daemon/base/status.ts';
import { POD_DISRUPTION_BUDGETS, PODS } from '../../../daemon/kinds/resources.ts';
import type {
  Pod,
  PodDisruptionBudget,
  PodDisruptionBudgetSpec,
  PodDisruptionBudgetStatus,
} from '../../../daemon/kinds/types.generated.ts';
import { createRest, type Rest } from './support.ts';

async function runningPod(rest: Rest, name: string, ready = true, phase = 'Running'): Promise<void> {
  const made = await rest.create(PODS, {
    metadata: { name, labels: { app: 'web' } },
    spec: { nodeName: 'n', containers: [{ name: 'c', image: 'i:1' }] },
  } as Pod);
  const conditions = [{ type: 'Ready', status: ready ? 'True' : 'False' }];
  const object = { ...structuredClone(made), apiVersion: 'v1', kind: 'Pod', status: { phase, conditions } };
  await updateObject(rest.context, rest.target(PODS, name), object as KubeObject, { subresource: 'status' });
}

async function budget(
  rest: Rest,
  status: Partial<PodDisruptionBudgetStatus>,
  spec: PodDisruptionBudgetSpec = { minAvailable: 1 },
  name = 'b',
): Promise<void> {
  const made = await rest.create(POD_DISRUPTION_BUDGETS, {
    metadata: { name },
    spec: { selector: { matchLabels: { app: 'web' } }, ...spec },
  } as PodDisruptionBudget);
  const full = { observedGeneration: 1, disruptionsAllowed: 0, currentHealthy: 2, desiredHealthy: 1, expectedPods: 2 };
  const next = {
    ...structuredClone(made),
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    status: { ...full, ...status },
  };
  await updateObject(rest.context, rest.target(POD_DISRUPTION_BUDGETS, name), next, { subresource: 'status' });
}

function evict(rest: Rest, name: string, deleteOptions?: object, more: { dryRun?: boolean; apiVersion?: string } = {}) {
  const body = {
    apiVersion: more.apiVersion ?? 'policy/v1',
    kind: 'Eviction',
    metadata: { name },
    ...(deleteOptions ? { deleteOptions } : {}),
  };
  return callSubresource(rest.context, rest.target(PODS, name), 'eviction', 'create', body, { dryRun: more.dryRun });
}
const refusal = (work: Promise<unknown>): Promise<StatusError> =>
  work.then(
    () => Promise.reject(new Error('it was evicted')),
    (error: StatusError) => error,
  );
const podOf = (rest: Rest, name: string) =>
  rest.store.get(`/registry/core/pods/default/${name}`)?.value as Pod | undefined;
const budgetOf = (rest: Rest, name = 'b') =>
  rest.store.get(`/registry/policy/poddisruptionbudgets/default/${name}`)?.value as PodDisruptionBudget;

describe('an eviction', () => {
  it('that is granted takes one from the budget, says so in the pod, and deletes it', async () => {
    const rest = await createRest();
    await runningPod(rest, 'a');
    await budget(rest, { disruptionsAllowed: 1 });
    const { entry, created } = await evict(rest, 'a', { gracePeriodSeconds: 7 });
    expect(created).toBe(true);
    expect(entry.value).toMatchObject({ kind: 'Status', status: 'Success' });
    expect(podOf(rest, 'a')).toMatchObject({ metadata: { deletionGracePeriodSeconds: 7 } });
    expect(podOf(rest, 'a')?.status?.conditions?.at(-1)).toMatchObject({
      type: 'DisruptionTarget',
      status: 'True',
      reason: 'EvictionByEvictionAPI',
      message: 'Eviction API: evicting',
    });
    expect(budgetOf(rest).status).toMatchObject({
      disruptionsAllowed: 0,
      disruptedPods: { a: expect.any(String) },
      conditions: [{ type: 'DisruptionAllowed', status: 'False', reason: 'InsufficientPods' }],
    });
  });

  it('that would violate the budget is 429, with the reason', async () => {
    const rest = await createRest();
    await runningPod(rest, 'a');
    await budget(rest, { currentHealthy: 1 });
    const { status } = await refusal(evict(rest, 'a'));
    expect(status).toMatchObject({
      code: 429,
      reason: 'TooManyRequests',
      message: "Cannot evict pod as it would violate the pod's disruption budget.",
      details: {
        causes: [
          { reason: 'DisruptionBudget', message: 'The disruption budget b needs 1 healthy pods and has 1 currently' },
        ],
      },
    });
    expect(status.details?.retryAfterSeconds).toBeUndefined();
    expect(podOf(rest, 'a')?.metadata?.deletionTimestamp).toBeUndefined();
  });

  it('of a budget that nobody has worked out yet is to be tried again', async () => {
    const rest = await createRest();
    await runningPod(rest, 'a');
    await budget(rest, { observedGeneration: 0, disruptionsAllowed: 5 });
    const { status } = await refusal(evict(rest, 'a'));
    expect(status).toMatchObject({ code: 429, details: { retryAfterSeconds: 10 } });
    expect(status.details?.causes).toEqual([
      { reason: 'DisruptionBudget', message: 'The disruption budget b is still being processed by the server.' },
    ]);
  });

  it('is granted no more often than the budget allows, however many ask at once', async () => {
    const rest = await createRest();
    const names = ['a', 'b', 'c', 'd', 'e'];
    for (const name of names) await runningPod(rest, name);
    await budget(rest, { disruptionsAllowed: 2, currentHealthy: 5, desiredHealthy: 3 });
    const outcomes = await Promise.allSettled(names.map((name) => evict(rest, name)));
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(2);
    expect(Object.keys(budgetOf(rest).status?.disruptedPods ?? {})).toHaveLength(2);
  });

  it('of a pod with two budgets is an error', async () => {
    const rest = await createRest();
    await runningPod(rest, 'a');
    await budget(rest, { disruptionsAllowed: 1 });
    await budget(rest, { disruptionsAllowed: 1 }, { minAvailable: 1, selector: {} }, 'all');
    expect((await refusal(evict(rest, 'a'))).status).toMatchObject({
      code: 500,
      message: 'This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.',
    });
  });

  it('that is tried only changes nothing, and knows the answer', async () => {
    const rest = await createRest();
    await runningPod(rest, 'a');
    await budget(rest, { disruptionsAllowed: 1 });
    const { revision } = rest.store;
    await evict(rest, 'a', undefined, { dryRun: true });
    await evict(rest, 'a', { dryRun: ['All'] });
    expect(rest.store.revision).toBe(revision);
  });

  it('of what has not begun, has ended or is going asks nobody', async () => {
    const rest = await createRest();
    await budget(rest, {});
    for (const phase of ['Pending', 'Failed', 'Succeeded']) {
      const name = phase.toLowerCase();
      await runningPod(rest, name, false, phase);
      await evict(rest, name);
      expect(podOf(rest, name)?.metadata?.deletionTimestamp ?? 'gone').toBeTruthy();
    }
  });

  it('of a pod that is not ready goes by the budget’s policy', async () => {
    const rest = await createRest();
    await runningPod(rest, 'a', false);
    await budget(rest, { currentHealthy: 0 });
    expect((await refusal(evict(rest, 'a'))).code).toBe(429);
    const healthy = { ...structuredClone(budgetOf(rest)), status: { ...budgetOf(rest).status!, currentHealthy: 1 } };
    await updateObject(rest.context, rest.target(POD_DISRUPTION_BUDGETS, 'b'), healthy, { subresource: 'status' });
    await evict(rest, 'a');
    expect(budgetOf(rest).status?.disruptedPods).toBeUndefined();

    const always = await createRest();
    await runningPod(always, 'a', false);
    await budget(always, { currentHealthy: 0 }, { minAvailable: 1, unhealthyPodEvictionPolicy: 'AlwaysAllow' });
    await evict(always, 'a');
    expect(podOf(always, 'a')?.metadata?.deletionTimestamp).toBeDefined();
  });

  it('keeps to its preconditions', async () => {
    const rest = await createRest();
    await runningPod(rest, 'a');
    expect((await refusal(evict(rest, 'a', { preconditions: { uid: 'other' } }))).code).toBe(409);
    expect((await refusal(evict(rest, 'a', { preconditions: { resourceVersion: '1' } }))).code).toBe(409);
    const { uid, resourceVersion } = podOf(rest, 'a')!.metadata!;
    await evict(rest, 'a', { preconditions: { uid, resourceVersion } });
    expect(podOf(rest, 'a')?.metadata?.deletionTimestamp).toBeDefined();
  });

  it('is understood as clients before 1.22 write it', async () => {
    const rest = await createRest();
    await runningPod(rest, 'a');
    await evict(rest, 'a', undefined, { apiVersion: 'policy/v1beta1' });
    expect(podOf(rest, 'a')?.metadata?.deletionTimestamp).toBeDefined();
  });
});
