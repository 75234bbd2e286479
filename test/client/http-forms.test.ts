/** The forms that answers and bodies take on the wire: Table, partial metadata, YAML, protobuf bodies, pretty JSON, dry runs, deletions. */

import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { type ApiUnderTest, NAMESPACE, startApi } from './api-server.ts';

const CONFIG_MAPS = `/api/v1/namespaces/${NAMESPACE}/configmaps`;
const JSON_TYPE = { 'Content-Type': 'application/json' };
const TABLE = 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json';

let api: ApiUnderTest;
beforeAll(async () => {
  api = await startApi();
  const body = JSON.stringify({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'one' },
    data: { a: '1', b: '2' },
  });
  await api.ask('POST', CONFIG_MAPS, { headers: JSON_TYPE, body });
});
afterAll(() => api?.close());

const get = (path: string, accept: string) => api.ask('GET', path, { headers: { Accept: accept } });

describe('answers', () => {
  it('an object and a list', async () => {
    const one = await get(`${CONFIG_MAPS}/one`, 'application/json');
    expect(one.headers['content-type']).toBe('application/json');
    expect(one.json).toMatchObject({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'one' },
      data: { a: '1', b: '2' },
    });
    const list = await get(CONFIG_MAPS, 'application/json');
    expect(list.json).toMatchObject({
      apiVersion: 'v1',
      kind: 'ConfigMapList',
      metadata: { resourceVersion: expect.stringMatching(/^\d+$/) },
    });
    expect(list.json.items[0]).toMatchObject({ metadata: { name: 'one' } });
    expect(list.json.items[0]).not.toHaveProperty('kind');
    expect((await get('/api/v1/nodes', 'application/json')).json).toMatchObject({ kind: 'NodeList', items: [] });
  });

  it('tables, with as much of the objects as is wanted', async () => {
    const list = await get(CONFIG_MAPS, TABLE);
    expect(list.json).toMatchObject({
      kind: 'Table',
      apiVersion: 'meta.k8s.io/v1',
      metadata: { resourceVersion: expect.any(String) },
    });
    expect(list.json.columnDefinitions.map(({ name }: { name: string }) => name)).toEqual(['Name', 'Data', 'Age']);
    const [row] = list.json.rows;
    expect(row.cells).toEqual(['one', 2, expect.stringMatching(/^\d+s$/)]);
    expect(row.object).toMatchObject({
      kind: 'PartialObjectMetadata',
      apiVersion: 'meta.k8s.io/v1',
      metadata: { name: 'one' },
    });
    expect(row.object).not.toHaveProperty('data');
    const whole = await get(`${CONFIG_MAPS}/one?includeObject=Object`, TABLE);
    expect(whole.json.rows[0].object).toMatchObject({ kind: 'ConfigMap', data: { a: '1' } });
    const none = await get(`${CONFIG_MAPS}/one?includeObject=None`, TABLE);
    expect(none.json.rows[0]).not.toHaveProperty('object');
    expect((await get(`${CONFIG_MAPS}/one?includeObject=Some`, TABLE)).code).toBe(400);
  });

  it('metadata only', async () => {
    const one = await get(`${CONFIG_MAPS}/one`, 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1');
    expect(one.json).toMatchObject({
      kind: 'PartialObjectMetadata',
      apiVersion: 'meta.k8s.io/v1',
      metadata: { name: 'one' },
    });
    expect(one.json).not.toHaveProperty('data');
    const list = await get(CONFIG_MAPS, 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1');
    expect(list.json).toMatchObject({ kind: 'PartialObjectMetadataList', apiVersion: 'meta.k8s.io/v1' });
    expect(list.json.items[0].metadata.name).toBe('one');
  });

  it('YAML, pretty JSON, and what a client would rather have of protobuf and JSON', async () => {
    const yaml = await get(`${CONFIG_MAPS}/one`, 'application/yaml');
    expect(yaml.headers['content-type']).toBe('application/yaml');
    expect(parse(yaml.text)).toMatchObject({ kind: 'ConfigMap', data: { a: '1' } });
    expect((await get(`${CONFIG_MAPS}/one?pretty=true`, 'application/json')).text).toContain('\n  "kind": "ConfigMap"');
    const protobuf = 'application/vnd.kubernetes.protobuf';
    const rather = await get(`${CONFIG_MAPS}/one`, `${protobuf},application/json`);
    expect(rather.headers['content-type']).toBe(protobuf);
    expect((await get(`${CONFIG_MAPS}/one`, `application/json,${protobuf}`)).json.kind).toBe('ConfigMap');
  });

  it('HEAD has no body', async () => {
    const answer = await api.ask('HEAD', '/livez');
    expect([answer.code, answer.text]).toEqual([200, '']);
  });
});

describe('bodies', () => {
  it('YAML', async () => {
    const body = `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: from-yaml\ndata:\n  a: "1"\n`;
    const made = await api.ask('POST', CONFIG_MAPS, { headers: { 'Content-Type': 'application/yaml' }, body });
    expect([made.code, made.json.data]).toEqual([201, { a: '1' }]);
  });

  const recordings = (
    JSON.parse(readFileSync(new URL('../schema/fixtures/kubectl-protobuf.json', import.meta.url), 'utf8')) as {
      name: string;
      body: string;
      object: { apiVersion: string; kind: string; metadata: { name: string; namespace?: string } };
    }[]
  ).filter(({ object }) =>
    ['ConfigMap', 'Secret', 'Deployment', 'Service', 'Namespace', 'ServiceAccount', 'Role'].includes(object.kind),
  );

  it.each(recordings)('protobuf, as kubectl sends it: $name', async ({ body, object }) => {
    const [version = '', group = ''] = object.apiVersion.split('/').reverse();
    const plural = `${object.kind.toLowerCase()}s`;
    const root = group ? `/apis/${group}/${version}` : `/api/${version}`;
    const path =
      object.kind === 'Namespace'
        ? `${root}/${plural}`
        : `${root}/namespaces/${object.metadata.namespace ?? NAMESPACE}/${plural}`;
    const headers = { 'Content-Type': 'application/vnd.kubernetes.protobuf' };
    const made = await api.ask('POST', `${path}?dryRun=All`, { headers, body: Buffer.from(body, 'base64') });
    expect([made.code, made.json.message]).toEqual([201, undefined]);
    expect(made.json).toMatchObject({ kind: object.kind, metadata: { name: object.metadata.name } });
  });
});

describe('writes', () => {
  it('a dry run answers as the write would, and changes nothing', async () => {
    const before = api.kernel.store.revision;
    const body = JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'dry' } });
    const made = await api.ask('POST', `${CONFIG_MAPS}?dryRun=All`, { headers: JSON_TYPE, body });
    expect([made.code, made.json.metadata.name]).toEqual([201, 'dry']);
    expect((await api.ask('DELETE', `${CONFIG_MAPS}/one?dryRun=All`)).code).toBe(200);
    expect(api.kernel.store.revision).toBe(before);
  });

  it('a deletion answers a Status that names what is gone', async () => {
    const body = JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'gone' } });
    const made = await api.ask('POST', CONFIG_MAPS, { headers: JSON_TYPE, body });
    const gone = await api.ask('DELETE', `${CONFIG_MAPS}/gone`);
    expect(gone.json).toMatchObject({
      kind: 'Status',
      status: 'Success',
      details: { name: 'gone', kind: 'configmaps', uid: made.json.metadata.uid },
    });
  });

  it('what writes is known by its user agent or by its name', async () => {
    const body = (name: string) =>
      JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data: { a: '1' } });
    const agent = await api.ask('POST', `${CONFIG_MAPS}?dryRun=All`, {
      headers: { ...JSON_TYPE, 'User-Agent': 'tool/1.2 (linux)' },
      body: body('x'),
    });
    expect(agent.json.metadata.managedFields[0].manager).toBe('tool');
    const named = await api.ask('POST', `${CONFIG_MAPS}?dryRun=All&fieldManager=me`, {
      headers: JSON_TYPE,
      body: body('x'),
    });
    expect(named.json.metadata.managedFields[0].manager).toBe('me');
  });
});
