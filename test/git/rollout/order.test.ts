/** Ordered rollouts: what a push holds, what releases it, what is refused, and that nothing of it reaches a file. */

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { patchObject } from '../../../daemon/api/rest/patch.ts';
import { DEPLOYMENTS } from '../../../daemon/kinds/resources.ts';
import { type Cluster, deploymentText, startCluster } from '../support/cluster.ts';
import { type Clone, configMap, createWorld, registry, type World } from '../support/world.ts';
import { ALICE } from '../support/writes.ts';

const WAITS_FOR = 'reflet.dev/waits-for';
const DEPENDS_ON = 'reflet.dev/depends-on';
const WAVE = 'reflet.dev/wave';

/** Many processes and a second of waiting each: a busy machine takes its time. */
vi.setConfig({ testTimeout: 60_000 });

let world: World;
let clone: Clone;
let cluster: Cluster;
beforeEach(async () => {
  world = await createWorld();
  clone = await world.clone('a');
  cluster = await startCluster(world);
});
afterEach(async () => {
  cluster.stop();
  await world.close();
});

const heldFor = (name: string, namespace = 'default') =>
  cluster.deployment(name, namespace)?.metadata?.annotations?.[WAITS_FOR];
const isReady = (name: string, namespace = 'default') =>
  cluster.deployment(name, namespace)?.status?.availableReplicas === 1;
const apps = () => cluster.pods().map(({ metadata }) => metadata?.labels?.['app']);
const push = async (files: Record<string, string | undefined>, ...options: string[]) => {
  await clone.commit(files);
  return clone.push(...options);
};
const web = (more: Record<string, string> = {}, image = 'web:1') =>
  deploymentText({ name: 'web', image, annotations: { [DEPENDS_ON]: 'deployment/db', ...more } });
const db = deploymentText({ name: 'db', image: 'db:1' });

describe('depends-on', () => {
  it('holds a workload in the very publication, shows why, and lets it go when what it names is ready', async () => {
    const pushing = push({ 'web.yaml': web(), 'db.yaml': db }, '-o', 'wait=20');
    await cluster.until('db’s pod', () => apps().includes('db'));
    await cluster.until('the condition', () => cluster.deployment('web')?.status?.conditions !== undefined);
    expect(heldFor('web')).toBe('deployment default/db');
    expect(cluster.deployment('web')?.status?.conditions).toContainEqual(
      expect.objectContaining({
        type: 'Progressing',
        status: 'Unknown',
        reason: 'DeploymentHeld',
        message: 'Deployment waits for deployment default/db',
      }),
    );
    expect(world.store.range('/registry/apps/replicasets/').entries.map(({ key }) => key)).toHaveLength(1);
    cluster.allow('db:1', 'web:1');
    const { stderr, exitCode } = await pushing;
    expect(exitCode).toBe(0);
    expect(stderr).toContain('reflet: deployment default/web waits for deployment default/db');
    expect(stderr).toContain('reflet: all healthy after');
    expect(heldFor('web')).toBeUndefined();
    expect(world.events).toContain('Normal Held web: waits for deployment default/db');
    expect(world.events).toContain('Normal Released web: what it waited for is ready (deployment default/db)');
    const [replicaSet] = world.store.range('/registry/apps/replicasets/default/web').entries;
    expect(replicaSet?.value.metadata?.annotations).not.toHaveProperty(WAITS_FOR);
  });

  it('waits for objects of earlier commits too, but only while they are not ready', async () => {
    cluster.allow('db:1', 'web:1');
    await push({ 'db.yaml': db }, '-o', 'wait=20');
    await push({ 'web.yaml': web() });
    expect(heldFor('web')).toBeUndefined();
    await push({ 'db.yaml': deploymentText({ name: 'db', image: 'db:2' }) });
    await push({ 'web.yaml': web({}, 'web:2') });
    expect(heldFor('web')).toBe('deployment default/db');
    expect(isReady('web')).toBe(true); // the old pods stay
    cluster.allow('db:2', 'web:2');
    await cluster.until('web:2', () => cluster.pods().some(({ spec }) => spec?.containers[0]?.image === 'web:2'));
  });

  it('holds a bare Pod through a scheduling gate, and a ReplicaSet by making no pods', async () => {
    const pod = (name: string) =>
      `apiVersion: v1\nkind: Pod\nmetadata:\n  name: ${name}\n  labels: {app: ${name}}\n  annotations: {${DEPENDS_ON}: deployment/db}\nspec:\n  containers: [{name: main, image: "web:1"}]\n`;
    const set = `apiVersion: apps/v1\nkind: ReplicaSet\nmetadata:\n  name: set\n  annotations: {${DEPENDS_ON}: pod/alone}\nspec:\n  replicas: 1\n  selector: {matchLabels: {app: set}}\n  template:\n    metadata: {labels: {app: set}}\n    spec: {containers: [{name: main, image: "web:1"}]}\n`;
    cluster.allow('web:1');
    await push({ 'pod.yaml': pod('alone'), 'set.yaml': set, 'db.yaml': db });
    const alone = () => cluster.pods().find(({ metadata }) => metadata?.name === 'alone')!;
    expect(alone().status?.conditions).toContainEqual(
      expect.objectContaining({ type: 'PodScheduled', status: 'False', reason: 'SchedulingGated' }),
    );
    expect(alone().metadata?.annotations?.[WAITS_FOR]).toBe('deployment default/db');
    await cluster.until('db’s pod', () => apps().includes('db'));
    expect(apps().sort()).toEqual(['alone', 'db']);
    cluster.allow('db:1');
    await cluster.until('the set', () => apps().includes('set'));
    expect(alone().spec?.schedulingGates ?? []).toEqual([]);
    expect(alone().metadata?.annotations).not.toHaveProperty(WAITS_FOR);
  });
});

describe('waves', () => {
  const one = (name: string, wave: string, more: Record<string, string> = {}) =>
    deploymentText({ name, image: `${name}:1`, annotations: { [WAVE]: wave, ...more } });

  it('order what one commit changes, negative ones first, and survive a restart', async () => {
    await push({
      'c.yaml': one('c', '1'),
      'a.yaml': one('a', '-1'),
      'b.yaml': deploymentText({ name: 'b', image: 'b:1' }),
    });
    await cluster.until('a', () => apps().includes('a'));
    expect([heldFor('a'), heldFor('b'), heldFor('c')]).toEqual([
      undefined,
      'deployment default/a',
      'deployment default/a, deployment default/b',
    ]);
    cluster.stop();
    await world.restart();
    cluster = await startCluster(world, ['a:1', 'c:1']);
    cluster.allow('a:1');
    await cluster.until('b', () => apps().includes('b') && isReady('a'));
    await cluster.until('c knows', () => heldFor('c') === 'deployment default/b');
    expect(apps()).not.toContain('c');
    cluster.allow('b:1');
    await cluster.until('c', () => isReady('c'));
  });

  it('hold nobody’s later commit', async () => {
    await push({ 'broken.yaml': one('broken', '-5') });
    await cluster.until('its pod', () => apps().includes('broken'));
    cluster.allow('b:1');
    await push({ 'b.yaml': one('b', '3') });
    expect(heldFor('b')).toBeUndefined();
  });

  it('are superseded at once by a later commit of the same workload, and by removing what is waited for', async () => {
    await push({ 'a.yaml': one('a', '0'), 'b.yaml': one('b', '1'), 'c.yaml': one('c', '1') });
    expect(heldFor('b')).toBe('deployment default/a');
    cluster.allow('b:1', 'c:1');
    await push({ 'b.yaml': deploymentText({ name: 'b', image: 'b:1' }) });
    expect(heldFor('b')).toBeUndefined();
    expect(heldFor('c')).toBe('deployment default/a');
    await push({ 'a.yaml': undefined });
    await cluster.until('c', () => heldFor('c') === undefined && isReady('c'));
  });
});

it('a namespace and what is in it come in one commit: workloads wait until pods can be made there', async () => {
  cluster.allow('web:1');
  cluster.stop(); // nobody makes the account
  await push({
    'a.yaml': deploymentText({ name: 'web', namespace: 'shop', image: 'web:1' }),
    'ns.yaml': 'apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n',
  });
  expect(heldFor('web', 'shop')).toBe('namespace shop');
  cluster = await startCluster(world, ['web:1']);
  await cluster.until('web', () => isReady('web', 'shop'));
  expect(heldFor('web', 'shop')).toBeUndefined();
});

describe('what cannot be kept is refused with its place', () => {
  const refused = async (files: Record<string, string>) => {
    const { stderr, exitCode } = await push(files);
    expect(exitCode).not.toBe(0);
    return stderr;
  };

  it('an unknown object, and one that this commit removes', async () => {
    expect(await refused({ 'web.yaml': web() })).toContain(
      'web.yaml:7:5: deployment default/web: metadata.annotations[reflet.dev/depends-on]: deployment default/db is neither in the repository nor in the cluster',
    );
    expect((await push({ 'db.yaml': db })).exitCode).toBe(0);
    expect(await refused({ 'db.yaml': undefined as never })).toContain('web.yaml:7:5: deployment default/web: ');
  });

  it('a circle, through waves too', async () => {
    const a = deploymentText({ name: 'a', image: 'a:1', annotations: { [DEPENDS_ON]: 'deployments.apps/default/b' } });
    const b = deploymentText({ name: 'b', image: 'b:1', annotations: { [DEPENDS_ON]: 'deploy/a' } });
    expect(await refused({ 'a.yaml': a, 'b.yaml': b })).toMatch(
      /[ab]\.yaml:7:5: .*these wait for each other: deployment default\/. → deployment default\/. → deployment default\/./,
    );
    const late = deploymentText({ name: 'b', image: 'b:1', annotations: { [WAVE]: '1' } });
    expect(await refused({ 'b.yaml': late })).toContain('these wait for each other: ');
  });

  it.each([
    [DEPENDS_ON, 'db', 'this is not a kind and a name'],
    [DEPENDS_ON, 'potato/db', 'no kind is called \\"potato\\"'],
    [DEPENDS_ON, 'deployment/web', 'it names itself'],
    [WAVE, 'soon', 'Invalid value: \\"soon\\"'],
    [WAITS_FOR, 'deployment default/db', 'is set by reflet'],
  ])('%s: %s', async (annotation, value, why) => {
    const text = deploymentText({ name: 'web', image: 'web:1', annotations: { [annotation]: value } });
    const said = await refused({ 'web.yaml': text });
    expect(said).toContain(`web.yaml:7:5: deployment default/web: metadata.annotations[${annotation}]: `);
    expect(said).toContain(why.replaceAll('\\', ''));
  });

  it('a dependency of what cannot wait', async () => {
    const text = configMap('c', { a: '1' }).replace(
      '  name: c',
      `  name: c\n  annotations: {${DEPENDS_ON}: deployment/db}`,
    );
    expect(await refused({ 'c.yaml': text, 'db.yaml': db })).toContain('a configmap cannot wait');
  });
});

describe('a write through the API', () => {
  const patch = (name: string, body: object) =>
    patchObject(
      cluster.context,
      {
        kind: registry.byResource('apps', 'v1', DEPLOYMENTS.plural)!,
        user: ALICE,
        namespace: 'default',
        userAgent: 'kubectl/v1.32.0',
        name,
      } as never,
      body as never,
      { type: 'merge' } as never,
    );
  const file = async (path: string) => {
    await world.git.engine.settled();
    return (await clone.git('-C', world.git.repository.gitDir, 'show', `main:${path}`)).stdout;
  };

  it('to a held workload leaves it held, and its file without a word of it', async () => {
    await push({ 'web.yaml': web(), 'db.yaml': db });
    await patch('web', { spec: { replicas: 2 } });
    expect(await file('web.yaml')).toBe(web().replace('replicas: 1', 'replicas: 2'));
    expect(heldFor('web')).toBe('deployment default/db');
    cluster.allow('db:1', 'web:1');
    await cluster.until('web', () => cluster.deployment('web')?.status?.availableReplicas === 2);
    expect(heldFor('web')).toBeUndefined();
  });

  it('holds by itself, and is refused as a push would be', async () => {
    cluster.allow('web:1');
    await push({ 'web.yaml': deploymentText({ name: 'web', image: 'web:1' }), 'db.yaml': db });
    await patch('web', { metadata: { annotations: { [DEPENDS_ON]: 'deployment/db' } } });
    expect(heldFor('web')).toBe('deployment default/db');
    await expect(patch('db', { metadata: { annotations: { [DEPENDS_ON]: 'deployment/web' } } })).rejects.toThrow(
      'these wait for each other',
    );
    await expect(patch('web', { metadata: { annotations: { [WAITS_FOR]: null } } })).resolves.toBeDefined();
    expect(heldFor('web')).toBe('deployment default/db');
  });
});
