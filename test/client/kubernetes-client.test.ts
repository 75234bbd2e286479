/** The official JavaScript client against the real API: what operators are written with. */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  AppsV1Api,
  CoreV1Api,
  KubeConfig,
  makeInformer,
  PatchStrategy,
  setHeaderOptions,
  type V1ConfigMap,
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
  }, 60_000);
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
