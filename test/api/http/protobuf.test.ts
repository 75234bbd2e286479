/**
 * Answers in protobuf over real HTTPS, for who asks for them first: the same objects as in JSON, byte for byte what client-go's decoders read
 * (its own decoders agree on random objects of every kind of the schemas; here the codec's decoder stands for them).
 */

import protobuf from 'protobufjs/minimal.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../daemon/base/object.ts';
import { loadSchemas } from '../../../daemon/schema/load.ts';
import { createProtobufCodec } from '../../../daemon/schema/protobuf.ts';
import { type Answer, type ApiUnderTest, NAMESPACE, startApi } from '../../client/api-server.ts';

const PROTOBUF = 'application/vnd.kubernetes.protobuf';
const CONFIG_MAPS = `/api/v1/namespaces/${NAMESPACE}/configmaps`;
const WIDGETS = '/apis/example.com/v1/widgets';
const PARTIAL = 'g=meta.k8s.io;v=v1';
const codec = createProtobufCodec(loadSchemas());

let api: ApiUnderTest;
beforeAll(async () => {
  api = await startApi();
  for (const name of ['a', 'b']) await write('POST', CONFIG_MAPS, { metadata: { name }, data: { text: name } });
  await defineWidgets();
});
afterAll(() => api?.close());

const write = (method: string, path: string, body: object, accept = 'application/json', type = 'application/json') =>
  api.ask(method, path, { headers: { 'Content-Type': type, Accept: accept }, body: JSON.stringify(body) });
const read = (path: string, accept: string) => api.ask('GET', path, { headers: { Accept: accept } });

async function defineWidgets(): Promise<void> {
  const definitions = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
  const names = { plural: 'widgets', singular: 'widget', kind: 'Widget', listKind: 'WidgetList' };
  const schema = { openAPIV3Schema: { type: 'object' } };
  const versions = [{ name: 'v1', served: true, storage: true, schema }];
  await write('POST', definitions, {
    metadata: { name: 'widgets.example.com' },
    spec: { group: 'example.com', scope: 'Cluster', names, versions },
  });
  const conditions = ['NamesAccepted', 'Established'].map((type) => ({ type, status: 'True', reason: 'x' }));
  const status = { acceptedNames: names, storedVersions: ['v1'], conditions };
  const patch = 'application/merge-patch+json';
  await write('PATCH', `${definitions}/widgets.example.com/status`, { status }, 'application/json', patch);
  await write('POST', WIDGETS, { apiVersion: 'example.com/v1', kind: 'Widget', metadata: { name: 'w' } });
}

const isProtobuf = ({ headers }: Answer) => headers['content-type'] === PROTOBUF;

/** What a JSON answer becomes in Go: empty lists and maps, and members that say nothing, are as good as absent. */
function withoutNothing(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNothing);
  if (typeof value !== 'object' || value === null) return value;
  const isNothing = (one: unknown) => one === null || (Array.isArray(one) && one.length === 0);
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, one]) => !isNothing(one))
      .map(([name, one]) => [name, withoutNothing(one)]),
  );
}

describe('the same in protobuf as in JSON', () => {
  it.each([
    `${CONFIG_MAPS}/a`,
    CONFIG_MAPS,
    `${CONFIG_MAPS}?limit=1`,
    '/api/v1/namespaces',
    '/apis/rbac.authorization.k8s.io/v1/clusterroles',
    '/apis/apiextensions.k8s.io/v1/customresourcedefinitions',
    '/apis/flowcontrol.apiserver.k8s.io/v1/prioritylevelconfigurations',
    `${CONFIG_MAPS}/nothing`,
    '/apis',
    '/apis/apps',
    '/apis/apps/v1',
  ])('%s', async (path) => {
    const [binary, json] = [await read(path, PROTOBUF), await read(path, 'application/json')];
    expect(isProtobuf(binary)).toBe(true);
    expect(binary.code).toBe(json.code);
    expect(withoutNothing(codec.decode(binary.bytes))).toEqual(withoutNothing(json.json));
  });

  it('what writes answer', async () => {
    const created = await write('POST', CONFIG_MAPS, { metadata: { name: 'c' } }, PROTOBUF);
    expect([created.code, isProtobuf(created)]).toEqual([201, true]);
    const { metadata } = codec.decode(created.bytes) as { metadata: JsonObject };
    expect(metadata).toMatchObject({ name: 'c', uid: expect.any(String) });
    const replaced = await write('PUT', `${CONFIG_MAPS}/c`, { metadata: { name: 'c' }, data: { a: 'b' } }, PROTOBUF);
    expect(codec.decode(replaced.bytes)).toMatchObject({ data: { a: 'b' } });
    const patch = 'application/merge-patch+json';
    const patched = await write('PATCH', `${CONFIG_MAPS}/c`, { data: { a: 'c' } }, PROTOBUF, patch);
    expect(codec.decode(patched.bytes)).toMatchObject({ data: { a: 'c' } });
    const removed = await api.ask('DELETE', `${CONFIG_MAPS}/c`, { headers: { Accept: PROTOBUF } });
    expect(codec.decode(removed.bytes)).toMatchObject({ kind: 'Status', status: 'Success' });
  });

  it('a subresource of another kind', async () => {
    const tokens = `/api/v1/namespaces/${NAMESPACE}/serviceaccounts/default/token`;
    const answer = await write('POST', tokens, { spec: {} }, PROTOBUF);
    expect(codec.decode(answer.bytes)).toMatchObject({ kind: 'TokenRequest', status: { token: expect.any(String) } });
  });
});

describe('who gets it', () => {
  const all = 'application/json, application/yaml, application/vnd.kubernetes.protobuf';

  it.each([
    [`${PROTOBUF},application/json`, PROTOBUF],
    [`${PROTOBUF}, */*`, PROTOBUF],
    [`application/json,${PROTOBUF}`, 'application/json'],
    [`${PROTOBUF};q=0.5,application/json`, 'application/json'],
    [`${PROTOBUF};as=Table;${PARTIAL},application/json;as=Table;${PARTIAL}`, 'application/json'],
    [`${PROTOBUF};as=PartialObjectMetadataList;${PARTIAL}`, PROTOBUF],
  ])('%s: %s', async (accept, type) => {
    expect((await read(CONFIG_MAPS, accept)).headers['content-type']).toBe(type);
  });

  it('custom kinds have no messages', async () => {
    expect((await read(WIDGETS, `${PROTOBUF},application/json`)).json.kind).toBe('WidgetList');
    const refused = await read(WIDGETS, PROTOBUF);
    expect(refused.code).toBe(406);
    expect(codec.decode(refused.bytes)).toMatchObject({
      reason: 'NotAcceptable',
      message: `only the following media types are accepted: ${all}`,
    });
  });

  it('what is shown of custom kinds in part has them', async () => {
    const answer = await read(WIDGETS, `${PROTOBUF};as=PartialObjectMetadataList;${PARTIAL},application/json`);
    expect(isProtobuf(answer)).toBe(true);
    expect(answer.bytes.includes('PartialObjectMetadataList')).toBe(true);
    const one = await read(`${WIDGETS}/w`, `${PROTOBUF};as=PartialObjectMetadata;${PARTIAL},application/json`);
    expect(isProtobuf(one)).toBe(true);
  });

  it('no table, and no document that is JSON for everybody', async () => {
    expect((await read(CONFIG_MAPS, `${PROTOBUF};as=Table;${PARTIAL}`)).code).toBe(406);
    expect((await read('/version', PROTOBUF)).code).toBe(406);
    for (const path of ['/openapi/v3', '/'])
      expect((await read(path, PROTOBUF)).headers['content-type']).toBe('application/json');
  });
});

/** Type and object of each event, as a client that frames by length reads them. */
function readEvents(bytes: Buffer): { type: string; body: Buffer }[] {
  const events: { type: string; body: Buffer }[] = [];
  for (let at = 0; at < bytes.length; ) {
    const end = at + 4 + bytes.readUInt32BE(at);
    const reader = protobuf.Reader.create(bytes.subarray(at + 4, end));
    expect(reader.uint32()).toBe((1 << 3) | 2);
    const type = reader.string();
    expect(reader.uint32()).toBe((2 << 3) | 2);
    const raw = protobuf.Reader.create(reader.bytes());
    expect(raw.uint32()).toBe((1 << 3) | 2);
    events.push({ type, body: Buffer.from(raw.bytes()) });
    at = end;
  }
  return events;
}

describe('watches', () => {
  const query = '?watch=true&timeoutSeconds=1&allowWatchBookmarks=true&sendInitialEvents=true';
  const initial = `${query}&resourceVersionMatch=NotOlderThan`;

  it('are frames of events that hold whole bodies', async () => {
    const answer = await read(`${CONFIG_MAPS}${initial}`, `${PROTOBUF};stream=watch`);
    expect(answer.headers['content-type']).toBe(`${PROTOBUF};stream=watch`);
    const json = (await read(`${CONFIG_MAPS}${initial}`, 'application/json')).text.trim().split('\n');
    const seen = readEvents(answer.bytes).map(({ type, body }) => ({ type, object: codec.decode(body) }));
    expect(seen.length).toBeGreaterThanOrEqual(3);
    expect(withoutNothing(seen)).toEqual(withoutNothing(json.map((line) => JSON.parse(line))));
  });

  it('show in part what was asked for so, marks of the end of the state too', async () => {
    const accept = `${PROTOBUF};as=PartialObjectMetadata;${PARTIAL}`;
    for (const path of [CONFIG_MAPS, WIDGETS]) {
      const events = readEvents((await read(`${path}${initial}`, accept)).bytes);
      expect(events.map(({ type }) => type)).toContain('BOOKMARK');
      for (const { body } of events) expect(body.subarray(0, 60).includes('PartialObjectMetadata')).toBe(true);
    }
    const json = await read(`${CONFIG_MAPS}${initial}`, `application/json;as=PartialObjectMetadata;${PARTIAL}`);
    const kinds = json.text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).object.kind);
    expect(new Set(kinds)).toEqual(new Set(['PartialObjectMetadata']));
  });

  it('are not made of YAML, nor of custom kinds', async () => {
    const streams = 'application/json;stream=watch, application/vnd.kubernetes.protobuf;stream=watch';
    expect((await read(`${CONFIG_MAPS}?watch=true`, 'application/yaml')).text).toContain(streams);
    expect((await read(`${WIDGETS}?watch=true`, PROTOBUF)).code).toBe(406);
  });
});
