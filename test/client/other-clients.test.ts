/** Requests as Helm (3 and 4) and k9s make them, in their order, with their headers: discovery, releases kept as Secrets, three-way merges, right checks. */

import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ApiUnderTest, NAMESPACE, startApi } from './api-server.ts';

const IN = `/api/v1/namespaces/${NAMESPACE}`;
const DEPLOYMENTS = `/apis/apps/v1/namespaces/${NAMESPACE}/deployments`;
const AGGREGATED =
  'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,application/json';
const TABLE =
  'application/json;as=Table;v=v1;g=meta.k8s.io,application/json;as=Table;v=v1beta1;g=meta.k8s.io,application/json';

let api: ApiUnderTest;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api?.close());

const json = (body: object, type = 'application/json') => ({
  headers: { 'Content-Type': type, 'User-Agent': 'Helm/3.17.2', Accept: 'application/json' },
  body: JSON.stringify(body),
});

/** A release as Helm keeps it: JSON, compressed, base64 (and once more as a Secret's value). */
function release(version: number, status: string) {
  const packed = gzipSync(JSON.stringify({ name: 'web', version, info: { status } })).toString('base64');
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    type: 'helm.sh/release.v1',
    metadata: {
      name: `sh.helm.release.v1.web.v${version}`,
      labels: { name: 'web', owner: 'helm', status, version: String(version), modifiedAt: '1732820000' },
    },
    data: { release: Buffer.from(packed).toString('base64') },
  };
}

const deployment = (replicas: number, image: string) => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: {
    name: 'web',
    labels: { 'app.kubernetes.io/managed-by': 'Helm' },
    annotations: { 'meta.helm.sh/release-name': 'web', 'meta.helm.sh/release-namespace': NAMESPACE },
  },
  spec: {
    replicas,
    selector: { matchLabels: { app: 'web' } },
    template: { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'web', image }] } },
  },
});

describe('as Helm', () => {
  it('asks whether the cluster is there and what it knows', async () => {
    expect((await api.ask('GET', '/version')).json).toMatchObject({ major: '1', minor: expect.stringMatching(/^\d+/) });
    for (const path of ['/api', '/apis']) {
      const { headers, json: document } = await api.ask('GET', path, { headers: { Accept: AGGREGATED } });
      expect(headers['content-type']).toBe('application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList');
      expect(document.kind).toBe('APIGroupDiscoveryList');
    }
    const { paths } = (await api.ask('GET', '/openapi/v3')).json;
    const { paths: operations } = (await api.ask('GET', paths['apis/apps/v1'].serverRelativeURL)).json;
    expect(operations).toHaveProperty(['/apis/apps/v1/namespaces/{namespace}/deployments/{name}', 'patch']);
  });

  it('keeps releases as Secrets, finds them by label in pages, and supersedes them', async () => {
    expect((await api.ask('POST', `${IN}/secrets`, json(release(1, 'pending-install')))).code).toBe(201);
    expect((await api.ask('POST', `${IN}/secrets`, json(release(1, 'deployed')))).json).toMatchObject({
      code: 409,
      reason: 'AlreadyExists',
    });
    const updated = await api.ask('PUT', `${IN}/secrets/sh.helm.release.v1.web.v1`, json(release(1, 'deployed')));
    expect(updated.json).toMatchObject({ metadata: { labels: { status: 'deployed' } }, type: 'helm.sh/release.v1' });
    expect((await api.ask('POST', `${IN}/secrets`, json(release(2, 'deployed')))).code).toBe(201);
    const all = await api.ask('GET', `${IN}/secrets?labelSelector=name%3Dweb%2Cowner%3Dhelm&limit=1`);
    expect(all.json.items.map(({ metadata }: { metadata: { name: string } }) => metadata.name)).toEqual([
      'sh.helm.release.v1.web.v1',
    ]);
    const more = await api.ask(
      'GET',
      `${IN}/secrets?labelSelector=name%3Dweb%2Cowner%3Dhelm&limit=1&continue=${all.json.metadata.continue}`,
    );
    expect(more.json.items[0].metadata.name).toBe('sh.helm.release.v1.web.v2');
    expect(more.json.items[0].data.release).toBe(release(2, 'deployed').data.release);
    const missing = await api.ask('GET', `${IN}/secrets/sh.helm.release.v1.web.v9`);
    expect(missing.json).toMatchObject({
      reason: 'NotFound',
      details: { name: 'sh.helm.release.v1.web.v9', kind: 'secrets' },
    });
  });

  it('installs, merges three ways (Helm 3), applies again and back (Helm 4), and uninstalls in the background', async () => {
    const created = await api.ask(
      'POST',
      `${DEPLOYMENTS}?fieldManager=helm&fieldValidation=Strict`,
      json(deployment(1, 'a:1')),
    );
    expect(created.json).toMatchObject({ metadata: { generation: 1, managedFields: [{ manager: 'helm' }] } });
    const template = {
      spec: { '$setElementOrder/containers': [{ name: 'web' }], containers: [{ name: 'web', image: 'a:2' }] },
    };
    const merged = await api.ask(
      'PATCH',
      `${DEPLOYMENTS}/web?fieldManager=helm`,
      json({ spec: { replicas: 3, template } }, 'application/strategic-merge-patch+json'),
    );
    expect(merged.headers['warning']).toBeUndefined();
    expect(merged.json.spec).toMatchObject({ replicas: 3, template: { spec: { containers: [{ image: 'a:2' }] } } });
    const apply = (replicas: number, image: string, force = false) =>
      api.ask(
        'PATCH',
        `${DEPLOYMENTS}/web?fieldManager=helm&fieldValidation=Strict&force=${force}`,
        json(deployment(replicas, image), 'application/apply-patch+yaml'),
      );
    expect((await apply(2, 'a:3', true)).json.spec.replicas).toBe(2);
    expect((await apply(1, 'a:1')).json.spec).toMatchObject({
      replicas: 1,
      template: { spec: { containers: [{ image: 'a:1' }] } },
    });
    const removed = await api.ask(
      'DELETE',
      `${DEPLOYMENTS}/web`,
      json({ kind: 'DeleteOptions', apiVersion: 'apps/v1', propagationPolicy: 'Background' }),
    );
    expect(removed.json).toMatchObject({
      status: 'Success',
      details: { name: 'web', kind: 'deployments', group: 'apps' },
    });
    expect((await api.ask('GET', `${DEPLOYMENTS}/web`)).code).toBe(404);
  });

  it('makes its namespace, which may be there', async () => {
    const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'fresh', labels: { name: 'fresh' } } };
    expect((await api.ask('POST', '/api/v1/namespaces', json(namespace))).code).toBe(201);
    expect((await api.ask('POST', '/api/v1/namespaces', json(namespace))).json.reason).toBe('AlreadyExists');
  });
});

describe('as k9s', () => {
  it('asks for rights on everything it shows', async () => {
    const ask = async (resource: string, group: string, verb: string) => {
      const body = {
        kind: 'SelfSubjectAccessReview',
        apiVersion: 'authorization.k8s.io/v1',
        spec: { resourceAttributes: { namespace: NAMESPACE, verb, group, resource } },
      };
      return (await api.ask('POST', '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews', json(body))).json.status;
    };
    for (const [resource, group] of [
      ['pods', ''],
      ['deployments', 'apps'],
      ['nodes', ''],
      ['nonsense', 'metrics.k8s.io'],
    ] as const)
      for (const verb of ['get', 'list', 'watch', 'delete'])
        expect(await ask(resource, group, verb)).toMatchObject({ allowed: true });
  });

  it('lists everything as tables, with the objects in them', async () => {
    const { resources } = (await api.ask('GET', '/api/v1')).json as { resources: { name: string; verbs: string[] }[] };
    const listed = resources.filter(({ name, verbs }) => verbs.includes('list') && !name.includes('/'));
    expect(listed.length).toBeGreaterThan(8);
    for (const { name } of listed) {
      for (const include of ['Object', 'Metadata']) {
        const { code, json: table } = await api.ask('GET', `/api/v1/${name}?includeObject=${include}&limit=500`, {
          headers: { Accept: TABLE },
        });
        expect({ name, code, kind: table.kind }).toEqual({ name, code: 200, kind: 'Table' });
        for (const { cells, object } of table.rows) {
          expect(cells).toHaveLength(table.columnDefinitions.length);
          expect(object.kind === 'PartialObjectMetadata').toBe(include === 'Metadata');
        }
      }
    }
  });

  it('finds metrics, of nothing while nothing was measured', async () => {
    const { groups } = (await api.ask('GET', '/apis')).json as { groups: { name: string }[] };
    expect(groups.map(({ name }) => name)).toContain('metrics.k8s.io');
    for (const [plural, kind] of [
      ['nodes', 'NodeMetricsList'],
      ['pods', 'PodMetricsList'],
    ])
      expect((await api.ask('GET', `/apis/metrics.k8s.io/v1beta1/${plural}`)).json).toEqual({
        ...{ kind, apiVersion: 'metrics.k8s.io/v1beta1', metadata: {}, items: [] },
      });
  });
});
