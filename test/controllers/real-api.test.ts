import { describe, expect, it } from 'vitest';
import { systemClock, systemIds, systemRandom } from '../../daemon/base/clock.ts';
import { silentLogger } from '../../daemon/base/log.ts';
import { keyOf } from '../../daemon/base/object.ts';
import { createInProcessClient } from '../../daemon/client/in-process.ts';
import { startControllers } from '../../daemon/controllers/start-controllers.ts';
import {
  CONFIG_MAPS,
  DEPLOYMENTS,
  ENDPOINT_SLICES,
  ENDPOINTS,
  EVENTS,
  NAMESPACES,
  NODES,
  PODS,
  REPLICA_SETS,
  RESOURCE_QUOTAS,
  SERVICE_ACCOUNTS,
  SERVICES,
} from '../../daemon/kinds/resources.ts';
import type { Deployment, Pod } from '../../daemon/kinds/types.generated.ts';
import { startSharedInformers } from '../../daemon/runtime/shared-informers.ts';
import { startScheduler } from '../../daemon/scheduler/start-scheduler.ts';
import { createRest } from '../api/rest/support.ts';
import { makeDeployment, makeNode } from '../support/objects.ts';
import { fixedResources } from '../support/resources.ts';

const resources = [
  CONFIG_MAPS,
  DEPLOYMENTS,
  ENDPOINT_SLICES,
  ENDPOINTS,
  NAMESPACES,
  NODES,
  PODS,
  REPLICA_SETS,
  RESOURCE_QUOTAS,
  SERVICE_ACCOUNTS,
  SERVICES,
];
const CONTROLLER = { username: 'system:kube-controller-manager', groups: ['system:authenticated'] };

async function until(what: string, test: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 3_000; tries++) {
    if (await test()) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error(`not within 30 s: ${what}`);
}

async function setUp() {
  const rest = await createRest();
  const client = createInProcessClient(rest.context, CONTROLLER, { fieldManager: 'controllers' });
  const clocks = { clock: systemClock, random: systemRandom, log: silentLogger };
  const informers = startSharedInformers(client, clocks);
  await informers.synced();
  const context = { client, informers, ids: systemIds, ...clocks };
  const controllers = startControllers(context, {
    resources: fixedResources(resources),
    ca: 'CA',
    podCidr: '10.244.0.0/16',
  });
  const scheduler = startScheduler(context);
  /** An agent in three lines. */
  informers.pods.onChange(({ after }) => {
    if (!after?.spec?.nodeName) return;
    if (after.metadata?.deletionTimestamp)
      void client.delete(PODS, keyOf(after), { gracePeriodSeconds: 0 }).catch(() => {});
    else if (after.status?.phase === 'Pending') void ready(after);
  });
  let next = 1;
  const ready = async (pod: Pod): Promise<void> => {
    const conditions = [
      ...(pod.status?.conditions ?? []),
      { type: 'Ready', status: 'True', lastTransitionTime: '2026-01-01T00:00:00Z' },
    ];
    const status = { phase: 'Running', conditions, podIP: `10.244.0.${next}`, podIPs: [{ ip: `10.244.0.${next++}` }] };
    await client.patch(PODS, keyOf(pod), { status }, { type: 'merge', subresource: 'status' }).catch(() => {});
  };
  const stop = (): void => {
    scheduler.stop();
    controllers.stop();
    informers.stop();
  };
  return { client, stop };
}

describe('all loops over the real API', () => {
  it('roll a Deployment out, forward and back, serve it, and empty its namespace', async () => {
    const { client, stop } = await setUp();
    const key = { namespace: 'shop', name: 'web' };
    await client.create(NAMESPACES, { metadata: { name: 'shop' } });
    await client.create(NODES, makeNode('n1'));
    await until('the default service account', async () =>
      (await client.list(SERVICE_ACCOUNTS, { namespace: 'shop' })).items.some(
        ({ metadata }) => metadata?.name === 'default',
      ),
    );
    await client.create(SERVICES, { metadata: key, spec: { selector: { app: 'web' }, ports: [{ port: 80 }] } });
    await client.create(DEPLOYMENTS, { ...makeDeployment('web', 3), metadata: key } as Deployment);
    const settled = async () => {
      const { status, metadata } = await client.get(DEPLOYMENTS, key);
      return (
        status?.observedGeneration === metadata?.generation &&
        status?.availableReplicas === 3 &&
        status?.updatedReplicas === 3 &&
        status?.replicas === 3
      );
    };
    await until('three pods', settled);
    const sets = async () => (await client.list(REPLICA_SETS, { namespace: 'shop' })).items;
    const [first] = await sets();
    const image = (name: string) =>
      client.patch(DEPLOYMENTS, key, [{ op: 'replace', path: '/spec/template/spec/containers/0/image', value: name }], {
        type: 'json',
      });
    await image('example:2');
    await until('the second revision', settled);
    expect(await sets()).toHaveLength(2);
    await image('example:1');
    await until('the first again', settled);
    const active = (await sets()).filter(({ spec }) => spec?.replicas);
    expect(active.map(({ metadata }) => metadata?.uid)).toEqual([first!.metadata!.uid]);
    expect(active[0]!.metadata!.annotations?.['deployment.kubernetes.io/revision']).toBe('3');
    // Two changes of the image are all that anybody asked for: what the controllers note does not count.
    const { metadata } = await client.get(DEPLOYMENTS, key);
    expect(metadata).toMatchObject({ generation: 3, annotations: { 'deployment.kubernetes.io/revision': '3' } });
    await until('three endpoints', async () => {
      const { items } = await client.list(ENDPOINT_SLICES, { namespace: 'shop' });
      return items.flatMap(({ endpoints }) => endpoints.filter(({ conditions }) => conditions?.ready)).length === 3;
    });
    const reasons = (await client.list(EVENTS, { namespace: 'shop' })).items.map(({ reason }) => reason);
    expect(new Set(reasons)).toEqual(
      new Set(['ScalingReplicaSet', 'SuccessfulCreate', 'SuccessfulDelete', 'Scheduled']),
    );
    await client.delete(DEPLOYMENTS, key, { propagationPolicy: 'Foreground' });
    await until(
      'no Deployment',
      async () => (await client.list(DEPLOYMENTS, { namespace: 'shop' })).items.length === 0,
    );
    expect(await sets()).toEqual([]);
    await client.delete(NAMESPACES, { name: 'shop' });
    await until(
      'no namespace',
      async () => !(await client.list(NAMESPACES)).items.some(({ metadata }) => metadata?.name === 'shop'),
    );
    stop();
  });

  it('keep to a quota: what is over is told of and made once there is room', async () => {
    const { client, stop } = await setUp();
    const key = { namespace: 'small', name: 'web' };
    const quota = { namespace: 'small', name: 'q' };
    await client.create(NAMESPACES, { metadata: { name: 'small' } });
    await client.create(NODES, makeNode('n1'));
    await client.create(RESOURCE_QUOTAS, {
      metadata: quota,
      spec: { hard: { pods: '2', 'count/deployments.apps': '1' } },
    });
    await until(
      'the default service account',
      async () => (await client.list(SERVICE_ACCOUNTS, { namespace: 'small' })).items.length > 0,
    );
    await client.create(DEPLOYMENTS, { ...makeDeployment('web', 3), metadata: key } as Deployment);
    const used = async () => (await client.get(RESOURCE_QUOTAS, quota)).status?.used;
    await until('two pods', async () => {
      const counted = await used();
      return counted?.pods === '2' && counted['count/deployments.apps'] === '1';
    });
    await until('the failure', async () => {
      const [set] = (await client.list(REPLICA_SETS, { namespace: 'small' })).items;
      const failure = set?.status?.conditions?.find(({ type }) => type === 'ReplicaFailure');
      return (
        failure?.reason === 'FailedCreate' && failure.message?.includes('exceeded quota: q, requested: pods=1') === true
      );
    });
    const events = (await client.list(EVENTS, { namespace: 'small' })).items;
    const failed = events.find(({ reason }) => reason === 'FailedCreate');
    expect(failed?.message).toMatch(
      /^Error creating: pods "web-\w+-\w{5}" is forbidden: exceeded quota: q, requested: pods=1, used: pods=2, limited: pods=2$/,
    );
    await client.patch(RESOURCE_QUOTAS, quota, { spec: { hard: { pods: '3' } } }, { type: 'merge' });
    await until('the third', async () => (await used())?.pods === '3');
    await client.delete(DEPLOYMENTS, key);
    await until('nothing in use', async () => (await used())?.pods === '0');
    stop();
  });
});
