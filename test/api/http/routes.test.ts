/** Paths, methods and media types over real HTTPS, answered as kube-apiserver's router, muxes and handlers answer them. */

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ApiUnderTest, NAMESPACE, startApi } from '../../client/api-server.ts';

const CONFIG_MAPS = `/api/v1/namespaces/${NAMESPACE}/configmaps`;
const FOOS = `/apis/example.com/v1/namespaces/${NAMESPACE}/foos`;
const DEFINITIONS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
const NAMES = { plural: 'foos', singular: 'foo', kind: 'Foo', listKind: 'FooList' };
const DEFINITION = {
  metadata: { name: 'foos.example.com' },
  spec: {
    group: 'example.com',
    scope: 'Namespaced',
    names: NAMES,
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        subresources: { status: {} },
        schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
      },
    ],
  },
};
const ESTABLISHED = {
  status: {
    acceptedNames: NAMES,
    storedVersions: ['v1'],
    conditions: ['NamesAccepted', 'Established'].map((type) => ({ type, status: 'True', reason: 'x', message: '' })),
  },
};

let api: ApiUnderTest;
beforeAll(async () => {
  api = await startApi();
  await send('POST', DEFINITIONS, 'application/json', DEFINITION);
  await send('PATCH', `${DEFINITIONS}/foos.example.com/status`, 'application/merge-patch+json', ESTABLISHED);
  await send('POST', CONFIG_MAPS, 'application/json', { metadata: { name: 'a' }, data: { a: 'b' } });
});
afterAll(() => api?.close());

const send = (method: string, path: string, type: string, body: unknown) =>
  api.ask(method, path, { headers: { 'Content-Type': type }, body: JSON.stringify(body) });

/** `404 text`, or code, reason and message of a Status. */
async function told(method: string, path: string, type?: string): Promise<string> {
  const { code, json, text } = await (type ? send(method, path, type, {}) : api.ask(method, path));
  if (text === '404 page not found\n') return `${code} text`;
  return json?.kind === 'Status' ? `${code} ${json.reason ?? '-'} ${json.message}` : `${code}`;
}

const NOTHING = '404 NotFound the server could not find the requested resource';

describe('what is not there', () => {
  it.each([
    ['/nope', '404 text'],
    ['//api', '404 text'],
    ['/healthz/', '404 text'],
    ['/openapi/v2/', '404 text'],
    ['/metrics/', '404 text'],
    ['/apis/nope/v1/things', '404 text'],
    ['/api//v1', NOTHING],
    ['/api/v2', NOTHING],
    ['/api/v1/things', NOTHING],
    ['/apis/apps/v9', NOTHING],
    ['/apis/apps/v1/things', NOTHING],
    ['/apis/example.com/v2', '404 text'],
    ['/apis/example.com/v2/foos', '404 text'],
    ['/apis/example.com/v1/things', '404 text'],
    ['/apis/example.com/v1/foos/x', '404 text'],
    [`${FOOS}/x`, '404 NotFound foos.example.com "x" not found'],
    [`${FOOS}/x/things`, '404 NotFound foos.example.com "x" not found'],
  ])('%s: %s', async (path, expected) => {
    expect(await told('GET', path)).toBe(expected);
  });

  it('is told in a text that no browser takes for something else', async () => {
    const { headers } = await api.ask('GET', '/nope');
    expect(headers).toMatchObject({
      'content-type': 'text/plain; charset=utf-8',
      'x-content-type-options': 'nosniff',
    });
  });

  it('is told with nothing by what publishes OpenAPI', async () => {
    expect(await api.ask('GET', '/openapi/v3/apis/nope/v1')).toMatchObject({ code: 404, text: '' });
  });
});

describe('methods', () => {
  it.each(['/api', '/api/', '/api/v1', '/apis/apps/v1', '/version', '/openid/v1/jwks', CONFIG_MAPS])(
    '%s is behind the router: neither HEAD nor OPTIONS',
    async (path) => {
      for (const method of ['HEAD', 'OPTIONS']) expect((await api.ask(method, path)).code).toBe(405);
      expect((await api.ask('GET', path)).code).toBe(200);
    },
  );

  it.each(['/', '/apis', '/apis/', '/apis/apps', '/apis/example.com/v1', '/openapi/v2', '/openapi/v3', '/healthz'])(
    '%s is answered whatever the method',
    async (path) => {
      for (const method of ['GET', 'HEAD', 'POST']) expect((await api.ask(method, path)).code).toBe(200);
    },
  );

  it('of custom kinds are told by their verb', async () => {
    expect(await told('POST', `${FOOS}/x/status`, 'application/json')).toBe(
      '405 MethodNotAllowed create is not supported on resources of kind "foos.example.com"',
    );
    const body = { apiVersion: 'example.com/v1', kind: 'Foo', metadata: { name: 'y' } };
    const made = await api.ask('POST', `${FOOS}/x?dryRun=All`, {
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(body),
    });
    expect([made.code, made.json?.metadata?.name]).toEqual([201, 'y']);
    expect((await api.ask('HEAD', FOOS)).code).toBe(200);
    expect(await told('PUT', FOOS, 'application/json')).toBe('400 BadRequest name must be provided');
    expect(await told('PATCH', FOOS, 'application/merge-patch+json')).toBe('400 BadRequest name must be provided');
    expect(await told('POST', '/apis/example.com/v1/foos', 'application/json')).toBe('404 text');
    expect(await told('DELETE', '/apis/example.com/v1/foos')).toBe('404 text');
  });

  it.each([
    ['HEAD', `${CONFIG_MAPS}/a/status`, 404],
    ['OPTIONS', `${CONFIG_MAPS}/a/b/c`, 404],
    ['TRACE', `${CONFIG_MAPS}/a`, 405],
    ['HEAD', '/api/v1/bindings', 404],
    ['POST', '/api/v1/bindings', 404],
    ['POST', '/apis/authorization.k8s.io/v1/localsubjectaccessreviews', 404],
    ['HEAD', `/api/v1/namespaces/${NAMESPACE}/pods/none/log`, 405],
    ['HEAD', `/api/v1/namespaces/${NAMESPACE}/pods/none/exec?command=a`, 405],
    ['OPTIONS', `/api/v1/namespaces/${NAMESPACE}/pods/none/exec`, 405],
  ])('%s %s: %i, as there is a path or none', async (method, path, code) => {
    expect((await api.ask(method, path)).code).toBe(code);
  });

  it('of a proxy are those that upstream has routes for', async () => {
    const path = '/api/v1/namespaces/default/services/none/proxy/';
    expect((await api.ask('OPTIONS', path)).code).toBe(404);
    expect((await api.ask('TRACE', path)).code).toBe(405);
  });

  it('clients are told where the server is reached', async () => {
    const { serverAddressByClientCIDRs: told } = (await api.ask('GET', '/api')).json;
    expect(told).toEqual([{ clientCIDR: '0.0.0.0/0', serverAddress: `127.0.0.1:${api.port}` }]);
  });

  it('the index names what can be asked for', async () => {
    const { paths } = (await api.ask('GET', '/')).json as { paths: string[] };
    expect(paths).toEqual(
      expect.arrayContaining(['/.well-known/openid-configuration', '/apis/', '/livez', '/openid/v1/jwks']),
    );
    for (const path of paths.filter((one) => !/poststarthook|readyz|livez|healthz/.test(one)))
      expect((await api.ask('GET', path)).code, path).toBe(path === '/openapi/v3/' ? 404 : 200);
  });

  it('who may not is told so in an answer that no browser takes for something else', async () => {
    const { code, headers } = await api.ask('GET', CONFIG_MAPS, { anonymous: true });
    expect([code, headers['x-content-type-options']]).toEqual([403, 'nosniff']);
    expect((await api.ask('GET', `${CONFIG_MAPS}/none`)).headers).not.toHaveProperty('x-content-type-options');
  });

  it('HEAD of what is no resource is a verb of its own', async () => {
    expect((await api.ask('GET', '/healthz', { anonymous: true })).code).toBe(200);
    expect((await api.ask('HEAD', '/healthz', { anonymous: true })).code).toBe(403);
  });
});

describe('media types', () => {
  const UNKNOWN = '415 UnsupportedMediaType the body of the request was in an unknown format - accepted media types';

  it.each(['application/json;foo', 'application/json; a=b; a=c', 'application/json;=', 'text/plain', 'a/b/c'])(
    'a body of %s is of no known format',
    async (type) => {
      const all = 'application/json, application/yaml, application/vnd.kubernetes.protobuf';
      expect(await told('POST', CONFIG_MAPS, type)).toBe(`${UNKNOWN} include: ${all}`);
    },
  );

  it.each(['application/json;', 'Application/JSON ; charset="utf-8"', 'application/json; a=b; a=b'])(
    'a body of %s is JSON',
    async (type) => {
      expect((await send('POST', `${CONFIG_MAPS}?dryRun=All`, type, { metadata: { name: 'b' } })).code).toBe(201);
    },
  );

  it('an answer that cannot be made is refused by the router, or by what comes before it', async () => {
    const told = async (path: string) =>
      (await api.ask('GET', path, { headers: { Accept: 'text/html' } })).json.message;
    const all = 'application/json, application/yaml, application/vnd.kubernetes.protobuf';
    const routed = '406: Not Acceptable\n\nAvailable representations:';
    for (const path of ['/api', '/api/v1', '/apis/apps/v1', `${CONFIG_MAPS}/a`])
      expect(await told(path)).toBe(`${routed} ${all}`);
    expect(await told('/version')).toBe(`${routed} application/json`);
    const streams = 'application/json;stream=watch, application/vnd.kubernetes.protobuf;stream=watch';
    expect(await told(CONFIG_MAPS)).toBe(`${routed} ${all}, ${streams}`);
    for (const path of ['/apis', '/apis/apps', '/apis/example.com/v1', FOOS])
      expect(await told(path)).toBe(`only the following media types are accepted: ${all}`);
  });

  it('documents of discovery are shown as nothing else', async () => {
    const accept = 'application/json;as=Table;v=v1;g=meta.k8s.io';
    for (const path of ['/api', '/api/v1', '/apis', '/apis/apps', '/apis/apps/v1', '/apis/example.com/v1']) {
      expect((await api.ask('GET', path, { headers: { Accept: accept } })).code, path).toBe(406);
      const fallback = await api.ask('GET', path, { headers: { Accept: `${accept},application/json` } });
      expect(fallback.json.kind, path).toMatch(/^API/);
    }
  });

  it('the keys of the issuer are a key set and nothing else, which may be kept for an hour', async () => {
    const keys = (Accept: string) => api.ask('GET', '/openid/v1/jwks', { headers: { Accept } });
    for (const accept of ['*/*', 'application/jwk-set+json']) {
      const { code, headers } = await keys(accept);
      expect([code, headers['cache-control']]).toEqual([200, 'public, max-age=3600']);
    }
    expect((await keys('application/json')).json.message).toBe(
      '406: Not Acceptable\n\nAvailable representations: application/jwk-set+json',
    );
  });

  it('an error that a client takes in no form is laid out for people', async () => {
    const { text } = await api.ask('GET', `${CONFIG_MAPS}/none`, {
      headers: { Accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' },
    });
    expect(text).toMatch(/^\{\n {2}"kind": "Status",\n/);
    const curl = await api.ask('GET', `${CONFIG_MAPS}/none`, { headers: { 'User-Agent': 'curl/8.0' } });
    expect(curl.text).toBe(text);
    expect((await api.ask('GET', `${CONFIG_MAPS}/none`)).text).toMatch(/^\{"kind":"Status",/);
  });

  it.each([
    ['/apis/authorization.k8s.io/v1/selfsubjectaccessreviews', {}],
    ['/apis/authentication.k8s.io/v1/tokenreviews', { spec: { token: 'x' } }],
    [`/api/v1/namespaces/${NAMESPACE}/serviceaccounts/default/token`, { spec: {} }],
  ])('%s: what is answered and not kept has no table', async (path, body) => {
    const table = 'application/json;as=Table;v=v1;g=meta.k8s.io';
    const post = (accept: string) =>
      api.ask('POST', path, {
        headers: { 'Content-Type': 'application/json', Accept: accept },
        body: JSON.stringify(body),
      });
    expect((await post(table)).json).toMatchObject({ code: 406, reason: 'NotAcceptable' });
    expect((await post(`${table},application/json`)).json?.kind).not.toBe('Table');
  });

  it('custom kinds say which patches they take', async () => {
    const patches = 'application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml';
    for (const type of ['application/strategic-merge-patch+json', 'text/plain'])
      expect(await told('PATCH', `${FOOS}/x`, type)).toBe(`${UNKNOWN} include: ${patches}`);
    expect(await told('PATCH', `${CONFIG_MAPS}/a`, 'text/plain')).toBe(
      '415 UnsupportedMediaType 415: Unsupported Media Type',
    );
  });
});

describe('a resourceVersion that is no number', () => {
  const why = 'resourceVersion: Invalid value: "x": strconv.ParseUint: parsing "x": invalid syntax';

  it.each([
    `${CONFIG_MAPS}?resourceVersion=x`,
    `${CONFIG_MAPS}/a?resourceVersion=x`,
    `${CONFIG_MAPS}?resourceVersion=x&watch=true`,
    `${CONFIG_MAPS}?resourceVersion=x&resourceVersionMatch=NotOlderThan`,
    `/api/v1/namespaces/${NAMESPACE}/events?resourceVersion=x&watch=true`,
  ])('%s: the cache cannot read it', async (path) => {
    expect(await told('GET', path)).toBe(`500 - ${why}`);
  });

  it.each([
    `${CONFIG_MAPS}?resourceVersion=x&limit=1`,
    `${CONFIG_MAPS}?resourceVersion=x&resourceVersionMatch=Exact`,
    `/api/v1/namespaces/${NAMESPACE}/events?resourceVersion=x`,
  ])('%s: the storage says whose fault it is', async (path) => {
    expect(await told('GET', path)).toBe(`400 BadRequest invalid resource version: ${why}`);
  });
});

it.each([
  ['/api/v1', 'configmaps', 'qFsyl6wFWjQ='],
  ['/apis/apps/v1', 'deployments', '8aSe+NMegvE='],
  ['/apis/events.k8s.io/v1', 'events', 'r2yiGXH7wu8='],
  ['/apis/discovery.k8s.io/v1beta1', 'endpointslices', 'qgS0xkrxYAI='],
  ['/apis/example.com/v1', 'foos', '4XyhoHMtUhg='],
  ['/api/v1', 'configmaps/status', undefined],
  ['/apis/authorization.k8s.io/v1', 'subjectaccessreviews', undefined],
])('%s tells in which version %s are kept', async (path, name, hash) => {
  const { resources } = (await api.ask('GET', path)).json;
  expect(resources.find((one: { name: string }) => one.name === name)?.storageVersionHash).toBe(hash);
});

it.each(['/version', `${CONFIG_MAPS}/a`])('%s: a timeout that is none is refused', async (path) => {
  const why = 'invalid timeout specified in the request URL - time: invalid duration "soon"';
  expect(await told('GET', `${path}?timeout=soon`)).toBe(`400 BadRequest ${why}`);
  for (const timeout of ['', '0s', '3m']) expect((await api.ask('GET', `${path}?timeout=${timeout}`)).code).toBe(200);
});

it("a write at a revision that is no number is nobody's fault", async () => {
  const { code, json } = await send('PUT', `${CONFIG_MAPS}/a`, 'application/json', {
    metadata: { name: 'a', resourceVersion: 'x' },
  });
  expect([code, json.message]).toEqual([500, 'strconv.ParseUint: parsing "x": invalid syntax']);
});

it('keeps the generation that a client gives to what counts none', async () => {
  const write = (method: string, path: string, generation: number) =>
    send(method, path, 'application/json', { metadata: { name: 'counted', generation }, data: {} });
  expect((await write('POST', CONFIG_MAPS, 5)).json.metadata.generation).toBe(5);
  expect((await write('PUT', `${CONFIG_MAPS}/counted`, 7)).json.metadata.generation).toBe(5);
  expect((await write('POST', CONFIG_MAPS, -1)).code).toBe(422);
});

describe('kinds that are not supported', () => {
  const asTable = { headers: { Accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' } };
  it.each([
    ['/apis/apps/v1/statefulsets', 'StatefulSetList'],
    [`/apis/batch/v1/namespaces/${NAMESPACE}/cronjobs?labelSelector=a`, 'CronJobList'],
    ['/api/v1/persistentvolumes', 'PersistentVolumeList'],
    ['/apis/autoscaling/v2/horizontalpodautoscalers', 'HorizontalPodAutoscalerList'],
  ])('%s can be listed: there are none', async (path, kind) => {
    const { code, json } = await api.ask('GET', path);
    expect([code, json.kind, json.items]).toEqual([200, kind, []]);
    expect((await api.ask('GET', path, asTable)).json).toMatchObject({ kind: 'Table', rows: [] });
  });

  it('are not found by name, and cannot be made', async () => {
    const sets = `/apis/apps/v1/namespaces/${NAMESPACE}/statefulsets`;
    const unsupported =
      '405 MethodNotAllowed StatefulSet of apps/v1 is not supported yet: there are none, and none can be made';
    expect(await told('GET', `${sets}/a`)).toBe('404 NotFound statefulsets.apps "a" not found');
    expect(await told('POST', sets, 'application/json')).toBe(unsupported);
    expect(await told('PATCH', `${sets}/a`, 'application/merge-patch+json')).toBe(unsupported);
    expect(await told('DELETE', sets)).toBe(unsupported);
  });

  it('are told by discovery with the verbs that there are, in groups in upstream’s order', async () => {
    const { resources } = (await api.ask('GET', '/apis/apps/v1')).json as {
      resources: { name: string; verbs: string[] }[];
    };
    expect(resources.find(({ name }) => name === 'statefulsets')).toMatchObject({
      shortNames: ['sts'],
      categories: ['all'],
      verbs: ['get', 'list', 'watch'],
    });
    const { groups } = (await api.ask('GET', '/apis')).json as { groups: { name: string }[] };
    const names = groups.map(({ name }) => name);
    expect(names.slice(0, 3)).toEqual(['apps', 'events.k8s.io', 'authentication.k8s.io']);
    expect(names.slice(-3)).toEqual(['flowcontrol.apiserver.k8s.io', 'example.com', 'metrics.k8s.io']);
  });
});
