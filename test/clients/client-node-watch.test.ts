/** The official JavaScript client's informers and watches, when the wire is cut, when the server is another one, and when the past is gone. */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CoreV1Api,
  type Informer,
  KubeConfig,
  makeInformer,
  type ObjectCache,
  type V1ConfigMap,
  Watch,
} from '@kubernetes/client-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ControlPlaneProcess, startControlPlaneProcess } from '../bench/support/control-plane-process.ts';
import { startWireCutter, type WireCutter } from './wire-cutter.ts';

const namespace = 'watchers';
const PATH = `/api/v1/namespaces/${namespace}/configmaps`;

describe('@kubernetes/client-node watching', () => {
  let directory: string;
  let controlPlane: ControlPlaneProcess;
  let wire: WireCutter;
  let config: KubeConfig;
  let core: CoreV1Api;
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'reflet-watch-'));
    controlPlane = await startControlPlaneProcess(directory);
    wire = await startWireCutter(controlPlane.port);
    config = new KubeConfig();
    config.loadFromFile(join(directory, 'admin.kubeconfig'));
    config.clusters = config.clusters.map((cluster) => ({ ...cluster, server: `https://127.0.0.1:${wire.port}` }));
    core = config.makeApiClient(CoreV1Api);
    await core.createNamespace({ body: { metadata: { name: namespace } } });
  });
  afterAll(async () => {
    await wire?.close();
    await controlPlane?.stop();
    await rm(directory, { recursive: true, force: true });
  });

  const write = (name: string, value = '1') =>
    core.createNamespacedConfigMap({
      namespace,
      body: { metadata: { name, labels: { seen: 'yes' } }, data: { value } },
    });
  const informerOf = (seen: string[]): Informer<V1ConfigMap> & ObjectCache<V1ConfigMap> => {
    const list = () => core.listNamespacedConfigMap({ namespace, labelSelector: 'seen=yes' });
    const informer = makeInformer(config, PATH, list, 'seen=yes');
    for (const event of ['add', 'update', 'delete'] as const)
      informer.on(event, ({ metadata }) => seen.push(`${event} ${metadata?.name}`));
    // As the client's documentation has it: whoever sees an error starts anew, and a moment later.
    informer.on('error', () => void setTimeout(() => void informer.start().catch(() => {}), 100));
    return informer;
  };

  it('an informer goes on where it was when its wire is cut', async () => {
    const seen: string[] = [];
    const informer = informerOf(seen);
    await write('before');
    await informer.start();
    await expect.poll(() => seen).toContain('add before');
    wire.cut();
    await write('meanwhile');
    await expect.poll(() => seen).toContain('add meanwhile');
    await core.deleteNamespacedConfigMap({ namespace, name: 'before' });
    await expect.poll(() => seen).toContain('delete before');
    expect(seen.filter((one) => one === 'add before')).toHaveLength(1);
    await informer.stop();
  });

  it('an informer sees what there is after the server was stopped and started', async () => {
    const seen: string[] = [];
    const informer = informerOf(seen);
    await write('kept');
    await write('going');
    await informer.start();
    await expect.poll(() => informer.list().length).toBeGreaterThanOrEqual(2);
    await controlPlane.kill();
    wire.cut();
    controlPlane = await startControlPlaneProcess(directory);
    wire.lead(controlPlane.port);
    await core.deleteNamespacedConfigMap({ namespace, name: 'going' });
    await write('new');
    await expect.poll(() => informer.list().map(({ metadata }) => metadata?.name)).toContain('new');
    await expect.poll(() => informer.list().map(({ metadata }) => metadata?.name)).not.toContain('going');
    expect(informer.get('kept', namespace)).toMatchObject({ data: { value: '1' } });
    await informer.stop();
  });

  it('a watch resumes at any revision that it has seen, and is told 410 of one that is gone', async () => {
    const events: { type: string; object: { code?: number; reason?: string; metadata?: { name?: string } } }[] = [];
    const watch = async (resourceVersion: string) => {
      events.length = 0;
      let ended: () => void = () => {};
      const end = new Promise<void>((resolve) => {
        ended = resolve;
      });
      const controller = await new Watch(config).watch(
        PATH,
        { resourceVersion, timeoutSeconds: 2 },
        (type, object) => events.push({ type, object }),
        () => ended(),
      );
      return { end, controller };
    };
    const first = await write('first');
    await write('second');
    const { controller } = await watch(first.metadata!.resourceVersion!);
    await expect
      .poll(() => events.map(({ type, object }) => `${type} ${object.metadata?.name}`))
      .toEqual(['ADDED second']);
    controller.abort();
    // The server has been started anew: its memory does not reach back to the beginning.
    const { end } = await watch('1');
    await end;
    expect(events).toMatchObject([{ type: 'ERROR', object: { code: 410, reason: 'Expired' } }]);
  });

  it('bookmarks tell how far a quiet watch is, and where the initial events end', async () => {
    const seen: string[] = [];
    const controller = await new Watch(config).watch(
      PATH,
      {
        ...{ sendInitialEvents: true, resourceVersionMatch: 'NotOlderThan', allowWatchBookmarks: true },
        labelSelector: 'seen=yes',
      },
      (type, object: V1ConfigMap) => {
        const end = object.metadata?.annotations?.['k8s.io/initial-events-end'];
        seen.push(end ? `${type} ${end}` : type);
      },
      () => {},
    );
    await expect.poll(() => seen.at(-1)).toBe('BOOKMARK true');
    expect(new Set(seen.slice(0, -1))).toEqual(new Set(['ADDED']));
    controller.abort();
  });
});
