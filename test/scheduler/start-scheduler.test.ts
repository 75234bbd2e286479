import { describe, expect, it } from 'vitest';
import { silentLogger } from '../../daemon/base/log.ts';
import { EVENTS, NODES, POD_DISRUPTION_BUDGETS, PODS } from '../../daemon/kinds/resources.ts';
import type { Node, Pod } from '../../daemon/kinds/types.generated.ts';
import { startSharedInformers } from '../../daemon/runtime/shared-informers.ts';
import { startScheduler } from '../../daemon/scheduler/start-scheduler.ts';
import { createWorld, makeNode, makePod } from '../support/objects.ts';

type Spec = Partial<NonNullable<Pod['spec']>>;

const pod = (name: string, cpu: string, spec: Spec = {}): Pod =>
  makePod(name, {
    metadata: { labels: { app: name.split('-')[0]! } },
    spec: { containers: [{ name: 'c', image: 'i', resources: { requests: { cpu } } }], ...spec },
  });

const small = (name: string, cpu = '1', spec: Node['spec'] = {}): Node =>
  makeNode(name, { spec, status: { allocatable: { cpu, memory: '4Gi', pods: '10' } } });

async function start(nodes: Node[]) {
  const world = createWorld();
  const { client, clock, random } = world;
  for (const node of nodes) await client.create(NODES, node);
  const informers = startSharedInformers(client, { clock, random, log: silentLogger });
  await informers.synced();
  const scheduler = startScheduler({ client, informers, clock, random, log: silentLogger });
  return {
    ...world,
    nodeOf: async (name: string) => (await client.get(PODS, { namespace: 'default', name })).spec?.nodeName,
    scheduled: async (name: string) =>
      (await client.get(PODS, { namespace: 'default', name })).status?.conditions?.find(
        ({ type }) => type === 'PodScheduled',
      ),
    add: async (...pods: Pod[]) => {
      for (const each of pods) await client.create(PODS, each);
      await clock.advance(100);
    },
    events: (reason: string) => client.all(EVENTS).filter((event) => event.reason === reason),
    stop: () => {
      scheduler.stop();
      informers.stop();
    },
  };
}

describe('the scheduler', () => {
  it('binds to the emptiest node and says so', async () => {
    const world = await start([small('n1', '1'), small('n2', '4')]);
    await world.add(pod('web', '500m'));
    expect(await world.nodeOf('web')).toBe('n2');
    const [event] = world.events('Scheduled');
    expect(event).toMatchObject({
      message: 'Successfully assigned default/web to n2',
      reportingComponent: 'default-scheduler',
      action: 'Binding',
      type: 'Normal',
    });
    world.stop();
  });

  it("says per reason on how many nodes it failed, in kube-scheduler's words", async () => {
    const taints = [{ key: 'k', value: 'v', effect: 'NoSchedule' }];
    const world = await start([small('n1'), small('n2', '4', { taints }), small('n3', '4', { taints })]);
    await world.add(pod('big', '2'));
    const message =
      '0/3 nodes are available: 1 Insufficient cpu, 2 node(s) had untolerated taint {k: v}. preemption: 0/3 nodes are available: ' +
      '1 No preemption victims found for incoming pod, 2 Preemption is not helpful for scheduling.';
    expect(await world.scheduled('big')).toMatchObject({ status: 'False', reason: 'Unschedulable', message });
    expect(world.events('FailedScheduling')).toMatchObject([{ type: 'Warning', message }]);
    world.stop();
  });

  it('says that there are no nodes', async () => {
    const world = await start([]);
    await world.add(pod('web', '1'));
    expect((await world.scheduled('web'))?.message).toBe('no nodes available to schedule pods');
    await world.client.create(NODES, small('n1'));
    await world.clock.advance(2_000);
    expect(await world.nodeOf('web')).toBe('n1');
    world.stop();
  });

  it('places a waiting pod when room is made', async () => {
    const world = await start([small('n1')]);
    await world.add(pod('first', '800m'), pod('second', '800m'));
    expect(await world.nodeOf('second')).toBeUndefined();
    await world.client.delete(PODS, { namespace: 'default', name: 'first' }, { gracePeriodSeconds: 0 });
    await world.clock.advance(3_000);
    expect(await world.nodeOf('second')).toBe('n1');
    world.stop();
  });

  it('leaves gated pods, other schedulers and terminating pods alone', async () => {
    const world = await start([small('n1')]);
    await world.add(
      pod('gated', '1m', { schedulingGates: [{ name: 'wait' }] }),
      pod('other', '1m', { schedulerName: 'mine' }),
    );
    expect([await world.nodeOf('gated'), await world.nodeOf('other')]).toEqual([undefined, undefined]);
    await world.client.patch(
      PODS,
      { namespace: 'default', name: 'gated' },
      { spec: { schedulingGates: null } },
      { type: 'merge' },
    );
    await world.clock.advance(100);
    expect(await world.nodeOf('gated')).toBe('n1');
    world.stop();
  });

  it('removes the least important pods for a more important one, and keeps the room for it', async () => {
    const world = await start([small('n1'), small('n2')]);
    await world.add(pod('low-a', '800m', { priority: 1 }), pod('mid-b', '800m', { priority: 5 }));
    const [low, mid] = [await world.nodeOf('low-a'), await world.nodeOf('mid-b')];
    expect(new Set([low, mid]).size).toBe(2);
    await world.add(pod('high-c', '800m', { priority: 10 }));
    const victim = await world.client.get(PODS, { namespace: 'default', name: 'low-a' });
    expect(victim.metadata?.deletionTimestamp).toBeDefined();
    expect(victim.status?.conditions?.find(({ type }) => type === 'DisruptionTarget')).toMatchObject({
      reason: 'PreemptionByScheduler',
    });
    const waiting = await world.client.get(PODS, { namespace: 'default', name: 'high-c' });
    expect(waiting.status?.nominatedNodeName).toBe(low);
    expect(world.events('Preempted')).toMatchObject([
      { message: `Preempted by pod ${waiting.metadata?.uid} on node ${low}` },
    ]);
    await world.add(pod('low-thief', '800m', { priority: 1 }));
    await world.client.delete(PODS, { namespace: 'default', name: 'low-a' }, { gracePeriodSeconds: 0 });
    await world.clock.advance(15_000);
    expect(await world.nodeOf('high-c')).toBe(low);
    expect(await world.nodeOf('low-thief')).toBeUndefined();
    expect(await world.nodeOf('mid-b')).toBe(mid);
    world.stop();
  });

  it('takes the assumption back when a binding is refused, and tries again', async () => {
    const world = await start([small('n1')]);
    let refusals = 0;
    world.client.inject = ({ verb }, done) => {
      if (verb === 'bind' && !done && refusals++ < 2) throw new Error('the API is not available');
    };
    await world.add(pod('web', '800m'));
    expect(await world.nodeOf('web')).toBeUndefined();
    await world.clock.advance(10_000);
    expect(await world.nodeOf('web')).toBe('n1');
    world.stop();
  });

  it('never puts more on a node than it has, with hundreds at once', async () => {
    const nodes = Array.from({ length: 20 }, (_, index) => small(`n${index}`, '4'));
    const world = await start(nodes);
    await world.add(...Array.from({ length: 400 }, (_, index) => pod(`p-${index}`, '300m')));
    await world.clock.advance(1_000);
    const perNode = new Map<string, number>();
    for (const each of world.client.all(PODS))
      perNode.set(each.spec?.nodeName ?? '', (perNode.get(each.spec?.nodeName ?? '') ?? 0) + 1);
    expect(perNode.get('')).toBe(200); // 10 pods a node
    perNode.delete('');
    expect([...perNode.values()].every((count) => count === 10)).toBe(true);
    world.stop();
  });

  it('rather preempts what no disruption budget guards', async () => {
    const world = await start([small('n1'), small('n2')]);
    await world.client.create(POD_DISRUPTION_BUDGETS, {
      metadata: { name: 'b', namespace: 'default' },
      spec: { minAvailable: 1, selector: { matchLabels: { app: 'guarded' } } },
      status: { disruptionsAllowed: 0, currentHealthy: 1, desiredHealthy: 1, expectedPods: 1 },
    });
    await world.add(pod('guarded-1', '800m', { priority: 1 }), pod('free-1', '800m', { priority: 5 }));
    const node = await world.nodeOf('free-1');
    await world.add(pod('urgent', '800m', { priority: 100 }));
    const urgent = await world.client.get(PODS, { namespace: 'default', name: 'urgent' });
    expect(urgent.status?.nominatedNodeName).toBe(node);
    const going = world.client.all(PODS).filter(({ metadata }) => metadata?.deletionTimestamp);
    expect(going.map(({ metadata }) => metadata?.name)).toEqual(['free-1']);
    world.stop();
  });
});
