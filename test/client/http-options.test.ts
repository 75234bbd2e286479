/** What a request may say besides its body, and how it is answered when that is wrong: the API server's words, parameter by parameter. */

import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ApiUnderTest, NAMESPACE, startApi } from './api-server.ts';

const CONFIG_MAPS = `/api/v1/namespaces/${NAMESPACE}/configmaps`;
const JSON_TYPE = { 'Content-Type': 'application/json' };
const configMap = (name: string, data: Record<string, string> = {}) =>
  JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data });

let api: ApiUnderTest;
beforeAll(async () => {
  api = await startApi();
  await api.ask('POST', CONFIG_MAPS, { headers: JSON_TYPE, body: configMap('kept') });
});
afterAll(() => api?.close());

describe('parameters', () => {
  it.each([
    ['limit=abc', 400, 'strconv.ParseInt: parsing "abc": invalid syntax'],
    ['limit=', 400, 'strconv.ParseInt: parsing "": invalid syntax'],
    ['limit=99999999999999999999', 400, 'strconv.ParseInt: parsing "99999999999999999999": value out of range'],
    ['timeoutSeconds=soon', 400, 'strconv.ParseInt: parsing "soon": invalid syntax'],
    ['continue=a%20b', 400, 'invalid continue token: continue key is not valid: illegal base64 data at input byte 1'],
    [
      'continue=abc',
      400,
      "invalid continue token: continue key is not valid: invalid character 'i' looking for beginning of value",
    ],
    [
      `continue=${Buffer.from('{"v":"v7"}').toString('base64url')}`,
      400,
      'invalid continue token: continue key is not valid: server does not recognize this encoded version v7',
    ],
    [
      `continue=${Buffer.from('{"v":"meta.k8s.io/v1","rv":1,"start":"../secrets/a"}').toString('base64url')}`,
      400,
      'invalid continue token: continue key is not valid: /secrets/a',
    ],
  ])('of a list: ?%s', async (query, code, message) => {
    expect((await api.ask('GET', `${CONFIG_MAPS}?${query}`)).json).toMatchObject({ code, message });
  });

  it.each([
    ['POST', '', 'CreateOptions'],
    ['PUT', '/kept', 'UpdateOptions'],
    ['PATCH', '/kept', 'PatchOptions'],
    ['DELETE', '/kept', 'DeleteOptions'],
    ['DELETE', '', 'DeleteOptions'],
  ])('of a write: %s %s', async (method, path, kind) => {
    const ask = async (query: string) => {
      const headers = { 'Content-Type': method === 'PATCH' ? 'application/merge-patch+json' : 'application/json' };
      const body = method === 'DELETE' ? undefined : configMap('kept');
      return (await api.ask(method, `${CONFIG_MAPS}${path}?${query}`, body ? { headers, body } : {})).json;
    };
    expect(await ask('dryRun=Some')).toMatchObject({
      code: 422,
      message: `${kind}.meta.k8s.io "" is invalid: dryRun: Unsupported value: []string{"Some"}: supported values: "All"`,
      details: { group: 'meta.k8s.io', kind, causes: [{ reason: 'FieldValueNotSupported', field: 'dryRun' }] },
    });
    if (method === 'DELETE') return;
    expect(await ask('fieldValidation=Loose&fieldManager=%01')).toMatchObject({
      code: 422,
      message: `${kind}.meta.k8s.io "" is invalid: [fieldManager: Invalid value: "\\x01": invalid character U+0001 (at position 0), fieldValidation: Unsupported value: "Loose": supported values: "", "Ignore", "Strict", "Warn"]`,
    });
  });

  it('that say nothing about a read are not looked at', async () => {
    expect((await api.ask('GET', `${CONFIG_MAPS}/kept?dryRun=Some&fieldValidation=x`)).code).toBe(200);
  });

  it('force is for applying only, whatever it says', async () => {
    const options = { headers: { 'Content-Type': 'application/merge-patch+json' }, body: '{}' };
    expect((await api.ask('PATCH', `${CONFIG_MAPS}/kept?force=false`, options)).json.message).toBe(
      'PatchOptions.meta.k8s.io "" is invalid: force: Forbidden: may not be specified for non-apply patch',
    );
  });

  it('flags are true, but for 0 and false', async () => {
    const firstOf = async (flag: string) =>
      (await api.ask('GET', `${CONFIG_MAPS}?timeoutSeconds=1&watch=${flag}`)).text.slice(2, 6);
    expect([await firstOf('yes'), await firstOf(''), await firstOf('False'), await firstOf('0')]).toEqual([
      'type',
      'type',
      'kind',
      'kind',
    ]);
  });
});

describe('bodies', () => {
  it.each([
    ['null', 422, 'ConfigMap "" is invalid: metadata.name: Required value: name or generateName is required'],
    [
      '{"apiVersion":1}',
      400,
      `the object provided is unrecognized (must be of type ConfigMap): couldn't get version/kind; json parse error: json: cannot unmarshal number into Go struct field .apiVersion of type string ({"apiVersion":1})`,
    ],
    [
      '{"apiVersion":"a/b/c"}',
      400,
      'the object provided is unrecognized (must be of type ConfigMap): unexpected GroupVersion string: a/b/c ({"apiVersion":"a/b/c"})',
    ],
  ])('%s', async (body, code, message) => {
    expect((await api.ask('POST', CONFIG_MAPS, { headers: JSON_TYPE, body })).json).toMatchObject({ code, message });
  });

  it.each(['[]', '"x"', '{"kind":"ConfigMap","apiVersion":"v1"}', '{"gracePeriodSeconds":"1"}', '{"dryRun":[1]}'])(
    'DELETE takes options only: %s',
    async (body) => {
      expect((await api.ask('DELETE', `${CONFIG_MAPS}/kept`, { headers: JSON_TYPE, body })).code).toBe(500); // as upstream
    },
  );

  it('a patch of an unknown type', async () => {
    const options = { headers: JSON_TYPE, body: '{}' };
    expect((await api.ask('PATCH', `${CONFIG_MAPS}/kept`, options)).json).toMatchObject({
      code: 415,
      reason: 'UnsupportedMediaType',
      message: '415: Unsupported Media Type',
      details: {},
    });
  });
});

describe('logs', () => {
  const PODS = `/api/v1/namespaces/${NAMESPACE}/pods`;
  beforeAll(async () => {
    const spec = { containers: [{ name: 'c', image: 'x' }] };
    const body = JSON.stringify({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'waiting' }, spec });
    expect((await api.ask('POST', PODS, { headers: JSON_TYPE, body })).code).toBe(201);
  });

  it('of a pod that no node has yet are empty', async () => {
    const { code, text } = await api.ask('GET', `${PODS}/waiting/log?follow=true`);
    expect({ code, text }).toEqual({ code: 204, text: '' });
  });

  it.each([
    ['tailLines=x', 400, 'strconv.ParseInt: parsing "x": invalid syntax'],
    [
      'sinceTime=yesterday',
      400,
      'parsing time "yesterday" as "2006-01-02T15:04:05Z07:00": cannot parse "yesterday" as "2006"',
    ],
    [
      'tailLines=-1&limitBytes=0&sinceSeconds=0',
      422,
      'PodLogOptions "waiting" is invalid: [tailLines: Invalid value: -1: must be greater than or equal to 0, limitBytes: Invalid value: 0: must be greater than 0, sinceSeconds: Invalid value: 0: must be greater than 0]',
    ],
    [
      'sinceSeconds=5&sinceTime=2026-01-01T00:00:00Z',
      422,
      'PodLogOptions "waiting" is invalid: []: Forbidden: at most one of `sinceTime` or `sinceSeconds` may be specified',
    ],
    ['container=other', 400, 'container other is not valid for pod waiting'],
  ])('?%s', async (query, code, message) => {
    expect((await api.ask('GET', `${PODS}/waiting/log?${query}`)).json).toMatchObject({ code, message });
  });
});

describe('paths', () => {
  it.each([
    ['GET', `${CONFIG_MAPS}/a%25b`, 400, `Name parameter invalid: "a%b": may not contain '%'`],
    ['DELETE', `${CONFIG_MAPS}/%2e`, 400, `Name parameter invalid: ".": may not be '.'`],
    ['GET', `${CONFIG_MAPS}/a%2Fb`, 404, 'the server could not find the requested resource'],
    ['GET', `/api/v1/namespaces/${NAMESPACE}/pods/nope/exec?command=x&stdout=1`, 404, 'pods "nope" not found'],
    ['POST', `/api/v1/namespaces/${NAMESPACE}/pods/nope/portforward`, 404, 'pods "nope" not found'],
    [
      'POST',
      `/api/v1/namespaces/${NAMESPACE}/pods/waiting/attach?container=other`,
      400,
      'container other is not valid for pod waiting',
    ],
    ['GET', `/api/v1/namespaces/${NAMESPACE}/pods/waiting/exec`, 400, 'pod waiting does not have a host assigned'],
  ])('%s %s', async (method, path, code, message) => {
    expect((await api.ask(method, path)).json).toMatchObject({ code, message });
  });

  it('select pods by every name that Kubernetes knows', async () => {
    for (const selector of ['spec.host=', 'spec.nodeName=', 'status.podIPs=', 'spec.hostNetwork=false']) {
      const query = `fieldSelector=${encodeURIComponent(selector)}`;
      const { json } = await api.ask('GET', `/api/v1/namespaces/${NAMESPACE}/pods?${query}`);
      expect(json.items.map((one: { metadata: { name: string } }) => one.metadata.name)).toEqual(['waiting']);
    }
  });
});

describe('how answers are laid out', () => {
  it('for people with line breaks, for programs without, and as asked', async () => {
    const isPretty = async (path: string, agent: string) =>
      (await api.ask('GET', path, { headers: { 'User-Agent': agent } })).text.startsWith('{\n  "');
    expect(await isPretty(`${CONFIG_MAPS}/kept`, 'curl/8.1')).toBe(true);
    expect(await isPretty(`${CONFIG_MAPS}/kept?pretty=false`, 'curl/8.1')).toBe(false);
    expect(await isPretty(CONFIG_MAPS, 'k9s/0.40')).toBe(false);
    expect(await isPretty(`${CONFIG_MAPS}?pretty=true`, 'k9s/0.40')).toBe(true);
    expect(await isPretty('/version', 'k9s/0.40')).toBe(true);
  });

  it('in YAML as Kubernetes sorts and indents it', async () => {
    const { text, headers } = await api.ask('GET', `${CONFIG_MAPS}?fieldSelector=metadata.name%3Dkept`, {
      headers: { Accept: 'application/yaml' },
    });
    expect(headers['content-type']).toBe('application/yaml');
    expect(text).toMatch(/^apiVersion: v1\nitems:\n- metadata:\n/);
  });

  it('compressed when large and asked for', async () => {
    await api.ask('POST', CONFIG_MAPS, { headers: JSON_TYPE, body: configMap('large', { a: 'x'.repeat(200_000) }) });
    for (const path of ['/large', '']) {
      const plain = await api.ask('GET', `${CONFIG_MAPS}${path}`);
      expect(plain.headers['content-encoding']).toBeUndefined();
      const packed = await api.ask('GET', `${CONFIG_MAPS}${path}`, { headers: { 'Accept-Encoding': 'gzip' } });
      expect(packed.headers['content-encoding']).toBe('gzip');
      expect(gunzipSync(packed.bytes).toString()).toBe(plain.text);
    }
    const small = await api.ask('GET', `${CONFIG_MAPS}/kept`, { headers: { 'Accept-Encoding': 'gzip' } });
    expect(small.headers['content-encoding']).toBeUndefined();
  });
});

it('aggregated discovery is sent once: who has it is told so', async () => {
  for (const path of ['/api', '/apis']) {
    const Accept = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';
    const { headers } = await api.ask('GET', path, { headers: { Accept } });
    expect(headers).toMatchObject({ etag: expect.stringMatching(/^"[0-9A-F]{128}"$/), 'cache-control': 'public' });
    const again = await api.ask('GET', path, { headers: { Accept, 'If-None-Match': headers.etag! } });
    expect({ code: again.code, text: again.text }).toEqual({ code: 304, text: '' });
  }
});

it('what a user is shown is kept by no proxy', async () => {
  for (const path of [CONFIG_MAPS, '/version', `${CONFIG_MAPS}/nope`])
    expect((await api.ask('GET', path)).headers['cache-control']).toBe('no-cache, private');
});

it('what is not there is answered by the router, without a Status', async () => {
  for (const path of ['/nope', '/apis/nope/v1', '/readyz/nope']) {
    const { code, text, headers } = await api.ask('GET', path);
    expect({ code, text, type: headers['content-type'] }).toEqual({
      code: 404,
      text: '404 page not found\n',
      type: 'text/plain; charset=utf-8',
    });
  }
});
