import { describe, expect, it } from 'vitest';
import { start as startIpam } from '../../../daemon/controllers/nodeipam/loop.ts';
import { start as startLifecycle } from '../../../daemon/controllers/nodelifecycle/loop.ts';
import { start as startPodGc } from '../../../daemon/controllers/podgc/loop.ts';
import { start as startTaintEviction } from '../../../daemon/controllers/tainteviction/loop.ts';
import { EVENTS, NODES, PODS } from '../../../daemon/kinds/resources.ts';
import type { Node } from '../../../daemon/kinds/types.generated.ts';
import { type ControlPlane, startControlPlane } from '../../support/control-plane.ts';
import { makePod } from '../../support/objects.ts';

const starters = [startLifecycle, startTaintEviction, startPodGc];
const tolerations = ['not-ready', 'unreachable'].map((name) => ({
  key: `node.kubernetes.io/${name}`,
  operator: 'Exists',
  effect: 'NoExecute',
  tolerationSeconds: 300,
}));

const node = (plane: ControlPlane, name: string): Node =>
  plane.client.all(NODES).find(({ metadata }) => metadata!.name === name)!;
const ready = (plane: ControlPlane, name: string) =>
  node(plane, name).status?.conditions?.find(({ type }) => type === 'Ready');
const taints = (plane: ControlPlane, name: string) =>
  (node(plane, name).spec?.taints ?? []).map(({ key, effect }) => `${key}:${effect}`).sort();

/** One pod that runs on n1. */
async function withPod(): Promise<ControlPlane> {
  const plane = await startControlPlane(starters, { startMs: 1 });
  const pod = makePod('web', { spec: { containers: [], nodeName: 'n1', tolerations } });
  await plane.client.create(PODS, pod);
  await plane.clock.advance(15_000);
  return plane;
}

describe('the node lifecycle and taint eviction loops', () => {
  it('mark a silent node unknown after 40 s, its pods not ready, and evict after the toleration', async () => {
    const plane = await withPod();
    plane.agents.lose('n1');
    await plane.clock.advance(25_000);
    expect(ready(plane, 'n1')?.status).toBe('True');
    await plane.clock.advance(20_000);
    expect(ready(plane, 'n1')).toMatchObject({
      status: 'Unknown',
      reason: 'NodeStatusUnknown',
      message: 'Kubelet stopped posting node status.',
    });
    expect(taints(plane, 'n1')).toEqual([
      'node.kubernetes.io/unreachable:NoExecute',
      'node.kubernetes.io/unreachable:NoSchedule',
    ]);
    const pod = () => plane.pods()[0];
    expect(pod()?.status?.conditions?.find(({ type }) => type === 'Ready')?.status).toBe('False');
    await plane.clock.advance(280_000);
    expect(pod()?.metadata?.deletionTimestamp).toBeUndefined();
    await plane.clock.advance(30_000);
    expect(pod()?.metadata?.deletionTimestamp).toBeDefined();
    expect(pod()?.status?.conditions?.find(({ type }) => type === 'DisruptionTarget')?.reason).toBe(
      'DeletionByTaintManager',
    );
    expect(plane.client.all(EVENTS).map(({ reason }) => reason)).toContain('TaintManagerEviction');
    plane.agents.recover('n1');
    await plane.clock.advance(30_000);
    expect(taints(plane, 'n1')).toEqual([]);
    expect(plane.pods()).toEqual([]);
    plane.stop();
  });

  it('give a node that comes later its full grace, though it has no lease', async () => {
    const plane = await startControlPlane(starters);
    await plane.clock.advance(120_000);
    const status = { conditions: [{ type: 'Ready', status: 'True' }] };
    await plane.client.create(NODES, { metadata: { name: 'late' }, status } as Node);
    await plane.clock.advance(30_000);
    expect(ready(plane, 'late')?.status).toBe('True');
    await plane.clock.advance(20_000);
    expect(ready(plane, 'late')?.status).toBe('Unknown');
    plane.stop();
  });

  it('tell of nodes that come and go', async () => {
    const plane = await startControlPlane(starters, { nodes: ['n1'] });
    await plane.client.create(NODES, { metadata: { name: 'late' } } as Node);
    await plane.clock.advance(1_000);
    await plane.client.delete(NODES, { name: 'late' });
    await plane.clock.advance(1_000);
    const told = plane.client.all(EVENTS).filter(({ involvedObject }) => involvedObject.name === 'late');
    expect(told.map(({ reason, message, source }) => [reason, message, source?.component])).toEqual([
      ['RegisteredNode', 'Node late event: Registered Node late in Controller', 'node-controller'],
      ['RemovingNode', 'Node late event: Removing Node late from Controller', 'node-controller'],
    ]);
    plane.stop();
  });

  it('leave a node that never posted anything alone for a minute', async () => {
    const plane = await startControlPlane(starters, { nodes: ['n1'] });
    await plane.client.create(NODES, { metadata: { name: 'late' } } as Node);
    await plane.clock.advance(55_000);
    expect(ready(plane, 'late')).toBeUndefined();
    expect(taints(plane, 'late')).toEqual([]);
    await plane.clock.advance(15_000);
    expect(ready(plane, 'late')?.reason).toBe('NodeStatusNeverUpdated');
    expect(taints(plane, 'late')).toContain('node.kubernetes.io/unreachable:NoSchedule');
    plane.stop();
  });

  it('evict nobody while every node is silent: then it is likelier us', async () => {
    const plane = await withPod();
    for (const name of ['n1', 'n2', 'n3']) plane.agents.lose(name);
    await plane.clock.advance(20 * 60_000);
    expect(ready(plane, 'n1')?.status).toBe('Unknown');
    expect(taints(plane, 'n1')).toEqual(['node.kubernetes.io/unreachable:NoSchedule']);
    expect(plane.pods()[0]?.metadata?.deletionTimestamp).toBeUndefined();
    plane.stop();
  });

  it('evict nobody after ten minutes of stopped control plane: leases get a full grace period first', async () => {
    const plane = await withPod();
    plane.stop();
    plane.agents.lose('n1');
    await plane.clock.advance(10 * 60_000);
    for (const start of starters) start(plane.context);
    await plane.clock.advance(20_000);
    expect(ready(plane, 'n1')?.status).toBe('True');
    plane.agents.recover('n1');
    await plane.clock.advance(10 * 60_000);
    expect(plane.pods()[0]?.metadata?.deletionTimestamp).toBeUndefined();
    plane.stop();
  });

  it('taint a cordoned node and untaint it', async () => {
    const plane = await withPod();
    await plane.client.patch(NODES, { name: 'n2' }, { spec: { unschedulable: true } }, { type: 'merge' });
    await plane.clock.advance(100);
    expect(taints(plane, 'n2')).toEqual(['node.kubernetes.io/unschedulable:NoSchedule']);
    await plane.client.patch(NODES, { name: 'n2' }, { spec: { unschedulable: null } }, { type: 'merge' });
    await plane.clock.advance(100);
    expect(taints(plane, 'n2')).toEqual([]);
    plane.stop();
  });

  it('empty one node at once, the next ten seconds later', async () => {
    const plane = await startControlPlane(starters, { nodes: ['n1', 'n2', 'n3', 'n4'] });
    await plane.clock.advance(15_000);
    plane.agents.lose('n1');
    plane.agents.lose('n2');
    await plane.clock.advance(46_000);
    const emptied = () =>
      ['n1', 'n2'].filter((name) => taints(plane, name).some((taint) => taint.endsWith('NoExecute')));
    expect(emptied()).toHaveLength(1);
    await plane.clock.advance(12_000);
    expect(emptied()).toHaveLength(2);
    plane.stop();
  });

  it('remove pods of a node that is gone, after a while', async () => {
    const plane = await withPod();
    plane.agents.lose('n1');
    await plane.client.delete(NODES, { name: 'n1' });
    await plane.clock.advance(30_000);
    expect(plane.pods()).toHaveLength(1);
    await plane.clock.advance(40_000);
    expect(plane.pods()).toEqual([]);
    plane.stop();
  });
});

describe('the node address loop', () => {
  it('gives each node a /24 of its own, and a freed one again', async () => {
    const plane = await startControlPlane([(context) => startIpam(context, { podCidr: '10.244.0.0/22' })], {
      nodes: ['n1', 'n2', 'n3'],
    });
    await plane.clock.advance(100);
    const subnets = () =>
      plane.client
        .all(NODES)
        .map(({ spec }) => spec?.podCIDR)
        .sort();
    expect(subnets()).toEqual(['10.244.0.0/24', '10.244.1.0/24', '10.244.2.0/24']);
    const second = plane.client.all(NODES).find(({ spec }) => spec?.podCIDR === '10.244.1.0/24')!;
    expect(second.spec?.podCIDRs).toEqual(['10.244.1.0/24']);
    await plane.client.delete(NODES, { name: second.metadata!.name! });
    await plane.client.create(NODES, { metadata: { name: 'n9' } });
    await plane.clock.advance(100);
    expect(node(plane, 'n9').spec?.podCIDR).toBe('10.244.1.0/24');
    for (const name of ['x1', 'x2']) await plane.client.create(NODES, { metadata: { name } });
    await plane.clock.advance(100);
    expect(subnets().filter((cidr) => cidr === undefined)).toHaveLength(1);
    expect(plane.client.all(EVENTS).map(({ reason }) => reason)).toEqual(['CIDRNotAvailable']);
    plane.stop();
  });
});
