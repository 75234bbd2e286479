import { describe, expect, it } from 'vitest';
import { start as startDeployment } from '../../../daemon/controllers/deployment/loop.ts';
import { templateHash } from '../../../daemon/controllers/deployment/replica-sets.ts';
import { start as startReplicaSet } from '../../../daemon/controllers/replicaset/loop.ts';
import { DEPLOYMENTS, REPLICA_SETS } from '../../../daemon/kinds/resources.ts';
import type { Deployment, ReplicaSet } from '../../../daemon/kinds/types.generated.ts';
import { type ControlPlane, startControlPlane } from '../../support/control-plane.ts';
import { makeDeployment } from '../../support/objects.ts';

const key = { namespace: 'default', name: 'web' };

async function withWeb(spec: Partial<Deployment['spec']> = {}, replicas = 3): Promise<ControlPlane> {
  const plane = await startControlPlane([startDeployment, startReplicaSet]);
  await plane.client.create(DEPLOYMENTS, makeDeployment('web', replicas, spec));
  await plane.clock.advance(10_000);
  return plane;
}

const patchSpec = (plane: ControlPlane, spec: object, annotations = {}) =>
  plane.client.patch(DEPLOYMENTS, key, { metadata: { annotations }, spec } as never, { type: 'merge' });

const setImage = (plane: ControlPlane, image: string, annotations = {}) =>
  patchSpec(plane, { template: { spec: { containers: [{ name: 'main', image }] } } }, annotations);

const active = (sets: ReplicaSet[]) => sets.filter(({ spec }) => spec?.replicas);
const imageOf = (set: ReplicaSet | undefined) => set?.spec?.template?.spec?.containers[0]?.image;

describe('the Deployment loop', () => {
  it('brings a new Deployment up and says so', async () => {
    const plane = await withWeb();
    const { status, metadata } = plane.deployment('web');
    expect(status).toMatchObject({
      observedGeneration: 1,
      replicas: 3,
      updatedReplicas: 3,
      readyReplicas: 3,
      availableReplicas: 3,
    });
    expect(status?.unavailableReplicas).toBeUndefined();
    const [set] = plane.replicaSets();
    const hash = set!.metadata!.labels!['pod-template-hash'];
    expect(set!.metadata!.name).toBe(`web-${hash}`);
    expect(status?.conditions?.map(({ type, status, reason, message }) => [type, status, reason, message])).toEqual([
      ['Available', 'True', 'MinimumReplicasAvailable', 'Deployment has minimum availability.'],
      ['Progressing', 'True', 'NewReplicaSetAvailable', `ReplicaSet "web-${hash}" has successfully progressed.`],
    ]);
    expect(metadata?.annotations).toEqual({ 'deployment.kubernetes.io/revision': '1' });
    expect(set!.metadata!.annotations).toEqual({
      'deployment.kubernetes.io/revision': '1',
      'deployment.kubernetes.io/desired-replicas': '3',
      'deployment.kubernetes.io/max-replicas': '4',
    });
    expect(plane.events('Deployment')).toEqual([`ScalingReplicaSet Scaled up replica set web-${hash} from 0 to 3`]);
    plane.stop();
  });

  it('rolls forward, and back to the very ReplicaSet there was', async () => {
    const plane = await withWeb();
    const first = plane.replicaSets()[0]!;
    await setImage(plane, 'example:2', { 'kubernetes.io/change-cause': 'two' });
    await plane.clock.advance(60_000);
    expect(active(plane.replicaSets()).map(imageOf)).toEqual(['example:2']);
    expect(plane.replicaSets()).toHaveLength(2);
    const second = active(plane.replicaSets())[0]!;
    expect(second.metadata?.annotations?.['kubernetes.io/change-cause']).toBe('two');
    expect(plane.deployment('web').metadata?.annotations?.['deployment.kubernetes.io/revision']).toBe('2');
    await setImage(plane, 'example:1');
    await plane.clock.advance(60_000);
    const [now] = active(plane.replicaSets());
    expect(now!.metadata!.uid).toBe(first.metadata!.uid);
    expect(now!.metadata!.annotations).toMatchObject({
      'deployment.kubernetes.io/revision': '3',
      'deployment.kubernetes.io/revision-history': '1',
    });
    expect(plane.deployment('web').status).toMatchObject({
      updatedReplicas: 3,
      availableReplicas: 3,
      observedGeneration: 3,
    });
    plane.stop();
  });

  it('recreates only after every old pod is gone', async () => {
    const plane = await withWeb({ strategy: { type: 'Recreate' } });
    const images: string[][] = [];
    plane.informers.pods.onChange(() => {
      images.push([...new Set(plane.pods().map((pod) => pod.spec!.containers[0]!.image!))]);
    });
    await setImage(plane, 'example:2');
    await plane.clock.advance(60_000);
    expect(images.filter((seen) => seen.length > 1)).toEqual([]);
    expect(plane.deployment('web').status).toMatchObject({ updatedReplicas: 3, availableReplicas: 3 });
    plane.stop();
  });

  it('keeps revisionHistoryLimit old ReplicaSets', async () => {
    const plane = await withWeb({ revisionHistoryLimit: 2 }, 1);
    for (const tag of [2, 3, 4, 5]) {
      await setImage(plane, `example:${tag}`);
      await plane.clock.advance(30_000);
    }
    expect(plane.replicaSets().map(imageOf).sort()).toEqual(['example:3', 'example:4', 'example:5']);
    plane.stop();
  });

  it('rolls nothing out while paused, but scales; and goes on when resumed', async () => {
    const plane = await withWeb();
    await patchSpec(plane, { paused: true });
    await setImage(plane, 'example:2');
    await patchSpec(plane, { replicas: 5 });
    await plane.clock.advance(20_000);
    expect(plane.replicaSets()).toHaveLength(1);
    expect(plane.pods()).toHaveLength(5);
    const progressing = () => plane.deployment('web').status?.conditions?.find(({ type }) => type === 'Progressing');
    expect(progressing()).toMatchObject({
      status: 'Unknown',
      reason: 'DeploymentPaused',
      message: 'Deployment is paused',
    });
    await patchSpec(plane, { paused: false });
    await plane.clock.advance(60_000);
    expect(active(plane.replicaSets()).map(imageOf)).toEqual(['example:2']);
    expect(progressing()?.reason).toBe('NewReplicaSetAvailable');
    plane.stop();
  });

  it('gives up waiting after progressDeadlineSeconds and recovers afterwards', async () => {
    const plane = await withWeb({ progressDeadlineSeconds: 30 });
    for (const node of ['n1', 'n2', 'n3']) plane.agents.lose(node);
    plane.client.inject = ({ verb }) => {
      if (verb === 'bind') throw new Error('no nodes');
    };
    await setImage(plane, 'example:2').catch(() => {});
    await plane.clock.advance(40_000);
    const progressing = () => plane.deployment('web').status?.conditions?.find(({ type }) => type === 'Progressing');
    const set = plane.replicaSets().find((candidate) => imageOf(candidate) === 'example:2')!;
    expect(progressing()).toMatchObject({
      status: 'False',
      reason: 'ProgressDeadlineExceeded',
      message: `ReplicaSet "${set.metadata!.name}" has timed out progressing.`,
    });
    plane.client.inject = () => {};
    for (const node of ['n1', 'n2', 'n3']) plane.agents.recover(node);
    await plane.clock.advance(60_000);
    expect(progressing()).toMatchObject({ status: 'True', reason: 'NewReplicaSetAvailable' });
    plane.stop();
  });

  it('waits minReadySeconds before it calls a pod available', async () => {
    const plane = await withWeb({ minReadySeconds: 20 });
    expect(plane.deployment('web').status).toMatchObject({ readyReplicas: 3, unavailableReplicas: 3 });
    await plane.clock.advance(25_000);
    expect(plane.deployment('web').status).toMatchObject({ availableReplicas: 3 });
    plane.stop();
  });

  it('picks another name when the hash is taken by another template', async () => {
    const plane = await startControlPlane([startDeployment, startReplicaSet]);
    const deployment = makeDeployment('web', 1);
    const name = `web-${templateHash(deployment.spec!.template, undefined)}`;
    const template = { metadata: { labels: { app: 'other' } }, spec: { containers: [{ name: 'x', image: 'x' }] } };
    const selector = { matchLabels: { app: 'other' } };
    const squatter = { metadata: { name, namespace: 'default' }, spec: { replicas: 0, selector, template } };
    await plane.client.create(REPLICA_SETS, squatter);
    await plane.client.create(DEPLOYMENTS, deployment);
    await plane.clock.advance(20_000);
    expect(plane.deployment('web').status).toMatchObject({ collisionCount: 1, availableReplicas: 1 });
    expect(plane.replicaSets().map(({ metadata }) => metadata?.name)).toEqual([
      name,
      `web-${templateHash(deployment.spec!.template, 1)}`,
    ]);
    plane.stop();
  });
});
