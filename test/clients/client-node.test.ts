/** The official JavaScript client against the real API: what operators are written with. */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  AppsV1Api,
  CoordinationV1Api,
  CoreV1Api,
  KubeConfig,
  makeInformer,
  PatchStrategy,
  setHeaderOptions,
  type V1ConfigMap,
  type V1Deployment,
  V1MicroTime,
} from '@kubernetes/client-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ControlPlaneProcess, startControlPlaneProcess } from '../bench/support/control-plane-process.ts';
import { waitFor } from '../support/reflet.ts';

const namespace = 'clients';

describe('@kubernetes/client-node', () => {
  let directory: string;
  let controlPlane: ControlPlaneProcess;
  let config: KubeConfig;
  let core: CoreV1Api;
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'reflet-client-'));
    controlPlane = await startControlPlaneProcess(directory);
    config = new KubeConfig();
    config.loadFromFile(join(directory, 'admin.kubeconfig'));
    core = config.makeApiClient(CoreV1Api);
    await core.createNamespace({ body: { metadata: { name: namespace } } });
  });
  afterAll(async () => {
    await controlPlane?.stop();
    await rm(directory, { recursive: true, force: true });
  });

  const configMap = (name: string, value: string): V1ConfigMap => ({ metadata: { name }, data: { value } });

  it('creates, reads, patches, lists in pages and deletes', async () => {
    for (const name of ['a', 'b', 'c']) await core.createNamespacedConfigMap({ namespace, body: configMap(name, '1') });
    const patched = await core.patchNamespacedConfigMap(
      { namespace, name: 'a', body: { data: { more: '2' } } },
      setHeaderOptions('Content-Type', PatchStrategy.MergePatch),
    );
    expect(patched.data).toEqual({ value: '1', more: '2' });
    const first = await core.listNamespacedConfigMap({ namespace, limit: 2 });
    const rest = await core.listNamespacedConfigMap({ namespace, limit: 9, _continue: first.metadata?._continue });
    const names = [...first.items, ...rest.items]
      .map(({ metadata }) => metadata?.name)
      .filter((name) => name !== 'kube-root-ca.crt');
    expect(names).toEqual(['a', 'b', 'c']);
    await core.deleteNamespacedConfigMap({ namespace, name: 'c' });
    await expect(core.readNamespacedConfigMap({ namespace, name: 'c' })).rejects.toMatchObject({ code: 404 });
  });

  it('applies server-side, and is told of conflicts', async () => {
    const apply = (fieldManager: string, value: string) =>
      core.patchNamespacedConfigMap(
        {
          namespace,
          name: 'applied',
          fieldManager,
          body: { apiVersion: 'v1', kind: 'ConfigMap', ...configMap('applied', value) },
        },
        setHeaderOptions('Content-Type', PatchStrategy.ServerSideApply),
      );
    await apply('one', '1');
    await expect(apply('two', '2')).rejects.toMatchObject({ code: 409 });
  });

  it('patches in each of the four ways', async () => {
    const apps = config.makeApiClient(AppsV1Api);
    const name = 'patched';
    const labels = { app: name };
    const container = (more: string) => ({ name: more, image: 'registry.example/x:1' });
    const template = { metadata: { labels }, spec: { containers: [container('a'), container('b')] } };
    const spec = { replicas: 0, selector: { matchLabels: labels }, template };
    await apps.createNamespacedDeployment({ namespace, body: { metadata: { name }, spec } });
    const patch = async (strategy: PatchStrategy, body: object, fieldManager?: string) =>
      apps.patchNamespacedDeployment(
        { namespace, name, body, ...(fieldManager ? { fieldManager } : {}) },
        setHeaderOptions('Content-Type', strategy),
      );
    const images = (deployment: V1Deployment) =>
      deployment.spec?.template.spec?.containers.map((one) => `${one.name}=${one.image?.split(':')[1]}`);
    const containers = [{ name: 'b', image: 'registry.example/x:2' }];
    // By name, whatever the place.
    const merged = await patch(PatchStrategy.StrategicMergePatch, { spec: { template: { spec: { containers } } } });
    expect(images(merged)).toEqual(['a=1', 'b=2']);
    const path = '/spec/template/spec/containers/0/image';
    const replaced = await patch(PatchStrategy.JsonPatch, [
      { op: 'test', path, value: 'registry.example/x:1' },
      { op: 'replace', path, value: 'registry.example/x:3' },
    ]);
    expect(images(replaced)).toEqual(['a=3', 'b=2']);
    // The list as a whole.
    const reduced = await patch(PatchStrategy.MergePatch, { spec: { template: { spec: { containers } } } });
    expect(images(reduced)).toEqual(['b=2']);
    const applied = { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name }, spec: { minReadySeconds: 7 } };
    const owned = await patch(PatchStrategy.ServerSideApply, applied, 'own');
    expect(owned.spec?.minReadySeconds).toBe(7);
    const { metadata } = await patch(PatchStrategy.ServerSideApply, { ...applied, spec: { paused: true } }, 'own');
    const entry = metadata?.managedFields?.find(({ manager }) => manager === 'own');
    expect(entry).toMatchObject({ operation: 'Apply', fieldsV1: { 'f:spec': { 'f:paused': {} } } });
  });

  it('elects one leader, by the revision of a Lease', async () => {
    const coordination = config.makeApiClient(CoordinationV1Api);
    const name = 'leader';
    const now = () => new V1MicroTime();
    const candidate = async (holderIdentity: string): Promise<boolean> => {
      const spec = { holderIdentity, leaseDurationSeconds: 15, acquireTime: now(), renewTime: now() };
      return coordination.createNamespacedLease({ namespace, body: { metadata: { name }, spec } }).then(
        () => true,
        () => false,
      );
    };
    const won = await Promise.all(['a', 'b', 'c'].map(candidate));
    expect(won.filter(Boolean)).toHaveLength(1);
    const seen = await coordination.readNamespacedLease({ namespace, name });
    const take = (holderIdentity: string) =>
      coordination.replaceNamespacedLease({
        namespace,
        name,
        body: { ...seen, spec: { ...seen.spec, holderIdentity, renewTime: now(), leaseTransitions: 1 } },
      });
    // Both have read the same Lease; whoever is later has lost.
    const outcomes = await Promise.allSettled([take('b'), take('c')]);
    expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(outcomes.find(({ status }) => status === 'rejected')).toMatchObject({ reason: { code: 409 } });
    const { spec } = await coordination.readNamespacedLease({ namespace, name });
    expect(spec).toMatchObject({ leaseTransitions: 1, leaseDurationSeconds: 15 });
  });

  it('keeps an informer current', async () => {
    const path = `/api/v1/namespaces/${namespace}/configmaps`;
    const informer = makeInformer(config, path, () => core.listNamespacedConfigMap({ namespace }));
    const seen: string[] = [];
    for (const event of ['add', 'update', 'delete'] as const)
      informer.on(event, ({ metadata }) => seen.push(`${event} ${metadata?.name}`));
    informer.on('error', () => {});
    await informer.start();
    await core.createNamespacedConfigMap({ namespace, body: configMap('watched', '1') });
    await core.replaceNamespacedConfigMap({ namespace, name: 'watched', body: configMap('watched', '2') });
    await core.deleteNamespacedConfigMap({ namespace, name: 'watched' });
    await waitFor('the informer', async () => seen.includes('delete watched'));
    await informer.stop();
    expect(seen.filter((one) => one.endsWith('watched'))).toEqual(['add watched', 'update watched', 'delete watched']);
  });

  it('scales a deployment, which controllers then make pods of', async () => {
    const apps = config.makeApiClient(AppsV1Api);
    const labels = { app: 'x' };
    const template = { metadata: { labels }, spec: { containers: [{ name: 'c', image: 'registry.example/x:1' }] } };
    await apps.createNamespacedDeployment({
      namespace,
      body: { metadata: { name: 'x' }, spec: { replicas: 1, selector: { matchLabels: labels }, template } },
    });
    const scale = await apps.readNamespacedDeploymentScale({ namespace, name: 'x' });
    await apps.replaceNamespacedDeploymentScale({
      namespace,
      name: 'x',
      body: { ...scale, metadata: { namespace, name: 'x' }, spec: { replicas: 3 } },
    });
    await waitFor(
      'three pods',
      async () => (await core.listNamespacedPod({ namespace, labelSelector: 'app=x' })).items.length === 3,
    );
  });
});
