/** `metrics.k8s.io`: what `kubectl top` and dashboards ask for, as metrics-server answers it. */

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { NodeService, NodeUsage } from '../../../daemon/client/node-service.ts';
import { CLUSTER_ROLE_BINDINGS, NODES, PODS } from '../../../daemon/kinds/resources.ts';
import { type ApiUnderTest, startApi } from '../../client/api-server.ts';
import { makeNode } from '../../support/objects.ts';

const AT = Date.parse('2026-11-21T10:00:00.700Z');
const rate = (cpuNanoCores: number, workingSetBytes: number, more: object = {}) => ({
  ...{ atMs: AT, windowMs: 10_002.4, cpuNanoCores, workingSetBytes },
  ...more,
});
const GROUP = '/apis/metrics.k8s.io/v1beta1';

let api: ApiUnderTest;
let usage: NodeUsage = { pods: [] };
beforeAll(async () => {
  api = await startApi({
    nodes: (name) => (name === 'n1' ? ({ usage: () => usage } as unknown as NodeService) : undefined),
  });
  const client = api.client();
  for (const name of ['n1', 'n2']) await client.create(NODES, makeNode(name));
  const uids: string[] = [];
  for (const name of ['web', 'idle']) {
    const pod = await client.create(PODS, {
      metadata: { name, namespace: 'work', labels: { app: name } },
      spec: { nodeName: 'n1', automountServiceAccountToken: false, containers: [{ name: 'c', image: 'i' }] },
    });
    uids.push(pod.metadata!.uid!);
  }
  usage = {
    node: rate(250_000_000, 700 * 2 ** 20),
    pods: [
      {
        uid: uids[0]!,
        containers: [
          { name: 'c', rate: rate(1_234_567, 30 * 2 ** 20 + 4096) },
          { name: 'side', rate: rate(0, 1000, { atMs: AT - 5_000, windowMs: 9_000 }) },
        ],
      },
    ],
  };
});
afterAll(() => api?.close());

const get = (path: string, Accept?: string) => api.ask('GET', `${GROUP}${path}`, Accept ? { headers: { Accept } } : {});
const TABLE = 'application/json;as=Table;v=v1;g=meta.k8s.io';

describe('what is measured', () => {
  it('nodes: those of which something is known', async () => {
    const { code, json } = await get('/nodes');
    expect(code).toBe(200);
    expect(json).toEqual({
      kind: 'NodeMetricsList',
      apiVersion: 'metrics.k8s.io/v1beta1',
      metadata: {},
      items: [
        expect.objectContaining({
          metadata: {
            name: 'n1',
            creationTimestamp: expect.any(String),
            labels: expect.objectContaining({ 'kubernetes.io/hostname': 'n1' }),
          },
          timestamp: '2026-11-21T10:00:00Z',
          window: '10.002s',
          usage: { cpu: '250m', memory: '700Mi' },
        }),
      ],
    });
  });

  it('pods: by name, namespace and label, container by container', async () => {
    const pod = {
      kind: 'PodMetrics',
      apiVersion: 'metrics.k8s.io/v1beta1',
      metadata: { name: 'web', namespace: 'work', creationTimestamp: expect.any(String), labels: { app: 'web' } },
      timestamp: '2026-11-21T09:59:55Z',
      window: '9s',
      containers: [
        { name: 'c', usage: { cpu: '1234567n', memory: '30724Ki' } },
        { name: 'side', usage: { cpu: '0', memory: '1k' } },
      ],
    };
    expect((await get('/namespaces/work/pods/web')).json).toEqual(pod);
    for (const path of [
      '/pods',
      '/namespaces/work/pods',
      '/pods?labelSelector=app%3Dweb',
      '/pods?fieldSelector=metadata.name%3Dweb',
    ])
      expect(
        (await get(path)).json.items.map((one: { metadata: object }) => one.metadata),
        path,
      ).toEqual([pod.metadata]);
    for (const path of ['/namespaces/other/pods', '/pods?labelSelector=app%3Didle'])
      expect((await get(path)).json.items, path).toEqual([]);
  });

  it('a table, by which `kubectl get` shows it', async () => {
    const { json } = await get('/pods', TABLE);
    expect(json.columnDefinitions.map(({ name }: { name: string }) => name)).toEqual([
      'Name',
      'cpu',
      'memory',
      'Window',
    ]);
    expect(json.rows.map(({ cells }: { cells: unknown[] }) => cells)).toEqual([['web', '1234567n', '31462376', '9s']]);
  });

  it.each([
    ['GET', '/namespaces/work/pods/idle', 404, 'pods.metrics.k8s.io "work/idle" not found'],
    ['GET', '/nodes/n2', 404, 'nodes.metrics.k8s.io "n2" not found'],
    ['DELETE', '/nodes/n1', 405, 'the server does not allow this method on the requested resource'],
    ['GET', '/nodes?watch=1', 405, 'the server does not allow this method on the requested resource'],
    ['GET', '/pods/web', 404, 'the server could not find the requested resource'],
  ])('%s %s is %i', async (method, path, code, message) => {
    expect((await api.ask(method, GROUP + path)).json).toMatchObject({ kind: 'Status', code, message });
  });

  it('is found by discovery and described', async () => {
    expect((await get('')).json).toEqual({
      kind: 'APIResourceList',
      apiVersion: 'v1',
      groupVersion: 'metrics.k8s.io/v1beta1',
      resources: [
        { name: 'nodes', singularName: '', namespaced: false, kind: 'NodeMetrics', verbs: ['get', 'list'] },
        { name: 'pods', singularName: '', namespaced: true, kind: 'PodMetrics', verbs: ['get', 'list'] },
      ],
    });
    const { paths, components } = (await api.ask('GET', '/openapi/v3/apis/metrics.k8s.io/v1beta1')).json;
    expect(paths[`${GROUP}/namespaces/{namespace}/pods/{name}`].get.operationId).toBe(
      'readMetricsV1beta1NamespacedPodMetrics',
    );
    expect(components.schemas).toHaveProperty(['io.k8s.metrics.pkg.apis.metrics.v1beta1.NodeMetrics']);
  });

  it('may be read by those who may view', async () => {
    const asViewer = { headers: { 'Impersonate-User': 'vera' } };
    expect((await api.ask('GET', `${GROUP}/pods`, asViewer)).code).toBe(403);
    await api.client().create(CLUSTER_ROLE_BINDINGS, {
      metadata: { name: 'vera' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'view' },
      subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'vera' }],
    });
    expect((await api.ask('GET', `${GROUP}/pods`, asViewer)).code).toBe(200);
  });

  it('is nothing that git could hold, or that could be made', async () => {
    expect((await api.ask('POST', `${GROUP}/nodes`, { body: '{}' })).code).toBe(405);
  });
});
