/** Fault 8: after a rebuild with a node missing, nothing is evicted, scaled down or run again until it has reported or somebody decides. */

import { describe, expect, it } from 'vitest';
import { awaitedNodes, holdBack } from '../../daemon/bin/held-client.ts';
import { start as startLifecycle } from '../../daemon/controllers/nodelifecycle/loop.ts';
import { start as startPodGc } from '../../daemon/controllers/podgc/loop.ts';
import { start as startReplicaSet } from '../../daemon/controllers/replicaset/loop.ts';
import type { ControllerContext, RunningController } from '../../daemon/controllers/shared/context.ts';
import { start as startTaintEviction } from '../../daemon/controllers/tainteviction/loop.ts';
import { AWAITING_REPORT } from '../../daemon/kinds/common/rebuild.ts';
import { NODES, PODS, REPLICA_SETS } from '../../daemon/kinds/resources.ts';
import { type ControlPlane, startControlPlane } from '../support/control-plane.ts';
import { makePod } from '../support/objects.ts';

const held =
  (start: (context: ControllerContext) => RunningController) =>
  (context: ControllerContext): RunningController =>
    start({ ...context, client: holdBack(context.client, () => awaitedNodes(context.informers.nodes.list())) });
const starters = [startLifecycle, startTaintEviction, startPodGc, startReplicaSet].map(held);

const mark = (plane: ControlPlane, value: string | null) =>
  plane.client.patch(
    NODES,
    { name: 'n1' },
    { metadata: { annotations: { [AWAITING_REPORT]: value } } },
    { type: 'merge' },
  );
const template = { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'a', image: 'a' }] } };

async function rebuilt(replicas: number): Promise<ControlPlane> {
  const plane = await startControlPlane(starters, { startMs: 1, stopMs: 1 });
  const spec = { replicas, selector: { matchLabels: { app: 'web' } }, template };
  const metadata = { name: 'web', namespace: 'default' };
  await plane.client.create(REPLICA_SETS, { apiVersion: 'apps/v1', kind: 'ReplicaSet', metadata, spec });
  await plane.clock.advance(15_000);
  await mark(plane, '2026-01-01T00:00:00Z');
  return plane;
}

const living = (plane: ControlPlane) =>
  plane.pods().filter(({ metadata, status }) => !metadata?.deletionTimestamp && status?.phase !== 'Failed');
const disrupted = (plane: ControlPlane) =>
  plane.pods().filter(({ status }) => status?.conditions?.some(({ type }) => type === 'DisruptionTarget'));

describe('a rebuilt cluster with a node that has not reported', () => {
  it('evicts nobody, however long that node is silent; once it is not waited for, it does', async () => {
    const plane = await rebuilt(0);
    await plane.client.create(PODS, makePod('alone', { spec: { containers: [], nodeName: 'n1' } }));
    await plane.clock.advance(15_000);
    plane.agents.lose('n1');
    await plane.clock.advance(60 * 60_000);
    expect(living(plane).map(({ metadata }) => metadata?.name)).toEqual(['alone']);
    expect(disrupted(plane)).toEqual([]);
    await mark(plane, null);
    await plane.clock.advance(60_000);
    expect(living(plane)).toEqual([]);
    plane.stop();
  });

  it('scales nothing down, and does when the node has reported', async () => {
    const plane = await rebuilt(3);
    await plane.client.patch(
      REPLICA_SETS,
      { namespace: 'default', name: 'web' },
      { spec: { replicas: 1 } },
      { type: 'merge' },
    );
    await plane.clock.advance(10 * 60_000);
    expect(living(plane)).toHaveLength(3);
    await mark(plane, null);
    await plane.clock.advance(30_000);
    expect(living(plane)).toHaveLength(1);
    plane.stop();
  });

  it('scales up meanwhile', async () => {
    const plane = await rebuilt(1);
    await plane.client.patch(
      REPLICA_SETS,
      { namespace: 'default', name: 'web' },
      { spec: { replicas: 4 } },
      { type: 'merge' },
    );
    await plane.clock.advance(60_000);
    expect(living(plane)).toHaveLength(4);
    plane.stop();
  });

  it('runs no Job again: pods of Jobs are made only when all nodes have reported', async () => {
    const plane = await rebuilt(0);
    const client = holdBack(plane.client, () => awaitedNodes(plane.client.all(NODES)));
    const owner = { apiVersion: 'batch/v1', kind: 'Job', name: 'once', uid: 'u', controller: true };
    const pod = makePod('once-1', { metadata: { name: 'once-1', namespace: 'default', ownerReferences: [owner] } });
    await expect(client.create(PODS, pod)).rejects.toThrow(/waits.*not reported: n1/);
    await expect(client.createSubresource(PODS, { name: 'x', namespace: 'default' }, 'eviction', {})).rejects.toThrow(
      /waits/,
    );
    await mark(plane, null);
    await expect(client.create(PODS, pod)).resolves.toBeDefined();
    plane.stop();
  });
});
