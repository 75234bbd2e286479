/** Requests that are refused, over HTTPS: the code, the Status and its words; and that hostile ones do no harm. */

import { once } from 'node:events';
import { connect } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Answer, type ApiUnderTest, type AskOptions, NAMESPACE, startApi } from './api-server.ts';

const CONFIG_MAPS = `/api/v1/namespaces/${NAMESPACE}/configmaps`;
const JSON_TYPE = { 'Content-Type': 'application/json' };
const body = (name: string, extra: object = {}) =>
  JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, ...extra });

let api: ApiUnderTest;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api?.close());

/** Every refusal is a whole Status that agrees with the code of the answer. */
function expectRefusal(
  { code, json }: Answer,
  wanted: { code: number; reason: string; message?: string | RegExp },
): void {
  expect({ code, reason: json?.reason }).toEqual({ code: wanted.code, reason: wanted.reason });
  expect(json).toMatchObject({ kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', code: wanted.code });
  if (typeof wanted.message === 'string') expect(json.message).toBe(wanted.message);
  else if (wanted.message) expect(json.message).toMatch(wanted.message);
}

const as = (user: string, ...groups: string[]): AskOptions => ({
  headers: { 'Impersonate-User': user, ...(groups.length > 0 ? { 'Impersonate-Group': groups } : {}) },
});

describe('who asks', () => {
  it('a wrong token is refused, whoever shows it', async () => {
    const options = { anonymous: true, headers: { Authorization: 'Bearer nonsense' } };
    expectRefusal(await api.ask('GET', CONFIG_MAPS, options), {
      code: 401,
      reason: 'Unauthorized',
      message: 'Unauthorized',
    });
    expectRefusal(await api.ask('GET', '/version', options), { code: 401, reason: 'Unauthorized' });
  });

  it('nobody in particular is system:anonymous, who may ask for the version only', async () => {
    expectRefusal(await api.ask('GET', CONFIG_MAPS, { anonymous: true }), {
      code: 403,
      reason: 'Forbidden',
      message: `configmaps is forbidden: User "system:anonymous" cannot list resource "configmaps" in API group "" in the namespace "${NAMESPACE}"`,
    });
    expect((await api.ask('GET', '/version', { anonymous: true })).json.major).toBe('1');
    expect((await api.ask('GET', '/livez', { anonymous: true })).text).toBe('ok');
    expectRefusal(await api.ask('GET', '/metrics', { anonymous: true }), {
      code: 403,
      reason: 'Forbidden',
      message: /cannot get path "\/metrics"/,
    });
  });

  it('an impersonated user has that user’s rights', async () => {
    const refused = await api.ask('GET', `${CONFIG_MAPS}/x`, as('jane'));
    expectRefusal(refused, {
      code: 403,
      reason: 'Forbidden',
      message: `configmaps "x" is forbidden: User "jane" cannot get resource "configmaps" in API group "" in the namespace "${NAMESPACE}"`,
    });
    expect((await api.ask('GET', CONFIG_MAPS, as('jane', 'system:masters'))).code).toBe(200);
    const review = { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' };
    const options = { headers: { ...as('jane', 'a', 'b').headers, ...JSON_TYPE }, body: JSON.stringify(review) };
    const { json } = await api.ask('POST', '/apis/authentication.k8s.io/v1/selfsubjectreviews', options);
    expect(json.status.userInfo).toMatchObject({ username: 'jane', groups: ['a', 'b', 'system:authenticated'] });
  });

  it('impersonation needs the right to it, and a user', async () => {
    const { token } = await serviceAccountToken();
    const options = { anonymous: true, headers: { Authorization: `Bearer ${token}`, 'Impersonate-User': 'jane' } };
    expectRefusal(await api.ask('GET', CONFIG_MAPS, options), {
      code: 403,
      reason: 'Forbidden',
      message: `users "jane" is forbidden: User "system:serviceaccount:${NAMESPACE}:default" cannot impersonate resource "users" in API group "" at the cluster scope`,
    });
    expect((await api.ask('GET', CONFIG_MAPS, { headers: { 'Impersonate-Group': 'a' } })).code).toBe(500);
  });

  it('a service account is known by its token', async () => {
    const { token } = await serviceAccountToken();
    const options = { anonymous: true, headers: { Authorization: `Bearer ${token}` } };
    expectRefusal(await api.ask('GET', CONFIG_MAPS, options), {
      code: 403,
      reason: 'Forbidden',
      message: /User "system:serviceaccount:work:default"/,
    });
  });
});

async function serviceAccountToken(): Promise<{ token: string }> {
  const request = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: {} };
  const path = `/api/v1/namespaces/${NAMESPACE}/serviceaccounts/default/token`;
  const { json } = await api.ask('POST', path, { headers: JSON_TYPE, body: JSON.stringify(request) });
  return json.status;
}

describe('what is asked for', () => {
  it.each([
    ['/api/v1/namespaces/work/nothings', 'the server could not find the requested resource'],
    ['/api/v1/namespaces/work/nothings/x', 'the server could not find the requested resource'],
    ['/api/v1/namespaces/work/configmaps/x/nothing', 'the server could not find the requested resource'],
    ['/api/v1/configmaps/x', 'the server could not find the requested resource'],
    ['/api/v1/namespaces/work/configmaps/x', 'configmaps "x" not found'],
    ['/apis/apps/v1/namespaces/work/deployments/x', 'deployments.apps "x" not found'],
    ['/api/v1/namespaces/none', 'namespaces "none" not found'],
  ])('GET %s is not found', async (path, message) => {
    expectRefusal(await api.ask('GET', path), { code: 404, reason: 'NotFound', message });
  });

  it.each([
    ['PUT', CONFIG_MAPS],
    ['PATCH', CONFIG_MAPS],
    ['POST', `${CONFIG_MAPS}/x`],
    ['POST', '/api/v1/configmaps'],
    ['OPTIONS', CONFIG_MAPS],
    ['DELETE', '/api/v1/namespaces'],
    ['POST', '/version'],
  ])('%s %s is not allowed', async (method, path) => {
    expectRefusal(await api.ask(method, path, { headers: JSON_TYPE, body: body('x') }), {
      code: 405,
      reason: 'MethodNotAllowed',
    });
  });

  it('forms of answers that cannot be made', async () => {
    for (const accept of ['application/json;as=Table;g=meta.k8s.io;v=v9', 'application/json;stream=x']) {
      const answer = await api.ask('GET', CONFIG_MAPS, { headers: { Accept: accept } });
      expectRefusal(answer, {
        code: 406,
        reason: 'NotAcceptable',
        message: /^only the following media types are accepted: application\/json/,
      });
    }
    expectRefusal(await api.ask('GET', CONFIG_MAPS, { headers: { Accept: 'text/html' } }), {
      code: 406,
      reason: 'NotAcceptable',
      message: /^406: Not Acceptable\n\nAvailable representations: application\/json, /,
    });
    await api.ask('POST', CONFIG_MAPS, { headers: JSON_TYPE, body: body('shown') });
    const one = await api.ask('GET', `${CONFIG_MAPS}/shown`, {
      headers: { Accept: 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1' },
    });
    expectRefusal(one, {
      code: 406,
      reason: 'NotAcceptable',
      message: /^you requested PartialObjectMetadataList, but the requested object is not a list \(\*core.ConfigMap\)$/,
    });
    const many = await api.ask('GET', CONFIG_MAPS, {
      headers: { Accept: 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1' },
    });
    expectRefusal(many, {
      code: 406,
      reason: 'NotAcceptable',
      message: /but the requested object is a list \(\*core.ConfigMapList\)$/,
    });
  });

  it('bodies of deletions that are no DeleteOptions: 500, as the API server', async () => {
    await api.ask('POST', CONFIG_MAPS, { headers: JSON_TYPE, body: body('kept') });
    const remove = (options: string) => api.ask('DELETE', `${CONFIG_MAPS}/kept`, { headers: JSON_TYPE, body: options });
    for (const [options, message] of [
      [
        body('kept'),
        'no kind "ConfigMap" is registered for version "v1" in scheme "k8s.io/apimachinery/pkg/apis/meta/internalversion/scheme/register.go:27"',
      ],
      [
        '{"gracePeriodSeconds":"x"}',
        'json: cannot unmarshal string into Go struct field DeleteOptions.gracePeriodSeconds of type int64',
      ],
      ['{', "couldn't get version/kind; json parse error: unexpected end of JSON input"],
    ] as const) {
      const { code, json } = await remove(options);
      expect({ code, json }).toEqual({
        code: 500,
        json: { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message, code: 500 },
      });
    }
    expect((await remove('null')).code).toBe(200);
  });

  it('patches that make something else of an object', async () => {
    await api.ask('POST', CONFIG_MAPS, { headers: JSON_TYPE, body: body('patched') });
    const patch = async (changes: object) => {
      const headers = { 'Content-Type': 'application/merge-patch+json' };
      const { code, json } = await api.ask('PATCH', `${CONFIG_MAPS}/patched`, {
        headers,
        body: JSON.stringify(changes),
      });
      return `${code} ${json.details?.causes[0].message.replace(/"\{.*\}"/, '…')}`;
    };
    expect(await patch({ apiVersion: 'v2' })).toBe(
      '422 Invalid value: …: no kind "ConfigMap" is registered for version "v2" in scheme "k8s.io/kubernetes/pkg/api/legacyscheme/scheme.go:30"',
    );
    expect(await patch({ kind: 'ServiceAccount' })).toBe(
      '422 Invalid value: …: unable to decode /v1, Kind=ServiceAccount into *core.ConfigMap',
    );
    // The URL says what it is; without a version nothing of it is read.
    expect(await patch({ kind: null })).toMatch(/^200/);
    expect(await patch({ apiVersion: null })).toMatch(/^400/);
  });

  it('places where there is nothing', async () => {
    const paths = [
      `/api/v1/namespaces/${NAMESPACE}/namespaces`,
      '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews/a',
      '/apis/apps/v7',
    ];
    for (const path of paths)
      expectRefusal(await api.ask('GET', path), {
        code: 404,
        reason: 'NotFound',
        message: /could not find the requested/,
      });
    expectRefusal(await api.ask('GET', '/api/v1/nodes?fieldSelector=metadata.namespace%3Da'), {
      code: 400,
      reason: 'BadRequest',
      message: /field label not supported: metadata.namespace$/,
    });
  });

  it('an Event of either group is refused as the one type that it is', async () => {
    const { json } = await api.ask('POST', `/apis/events.k8s.io/v1/namespaces/${NAMESPACE}/events`, {
      headers: JSON_TYPE,
      body: JSON.stringify({ metadata: { name: 'k' } }),
    });
    expect(json.message).toMatch(/^Event "k" is invalid: /);
    expect(json.details).not.toHaveProperty('group');
  });

  it('errors are told in YAML to who asks for YAML', async () => {
    const answer = await api.ask('GET', `${CONFIG_MAPS}/missing`, { headers: { Accept: 'application/yaml' } });
    expect(answer.text).toContain('\nreason: NotFound\n');
  });

  it('parameters that mean nothing', async () => {
    for (const query of [
      'labelSelector=a%20%20b',
      'fieldSelector=nothing',
      'limit=many',
      'continue=nonsense',
      'resourceVersion=x&limit=1',
      'fieldSelector=spec.x%3D1',
    ]) {
      const answer = await api.ask('GET', `${CONFIG_MAPS}?${query}`);
      expect([query, answer.code]).toEqual([query, 400]);
      expectRefusal(answer, { code: 400, reason: 'BadRequest' });
    }
    const dry = await api.ask('POST', `${CONFIG_MAPS}?dryRun=some`, { headers: JSON_TYPE, body: body('x') });
    expectRefusal(dry, { code: 422, reason: 'Invalid' });
  });

  it('watches that cannot begin, with the reason and not with a broken connection', async () => {
    for (const query of [
      'labelSelector=a%20%20b',
      'timeoutSeconds=x',
      'sendInitialEvents=true&resourceVersionMatch=Exact',
    ]) {
      const answer = await api.ask('GET', `${CONFIG_MAPS}?watch=true&${query}`);
      expect([query, answer.json?.kind, answer.code >= 400 && answer.code < 500]).toEqual([query, 'Status', true]);
    }
  });
});

describe('bodies', () => {
  const post = (content: string | Buffer, headers: Record<string, string> = JSON_TYPE) =>
    api.ask('POST', CONFIG_MAPS, { headers, body: content });

  it.each(['{', '[]', '"text"', '7', ''])('%j is no object', async (content) => {
    expectRefusal(await post(content), { code: 400, reason: 'BadRequest' });
  });

  it('another type of body, or none that is known', async () => {
    expectRefusal(await post(body('x'), { 'Content-Type': 'text/plain' }), {
      code: 415,
      reason: 'UnsupportedMediaType',
      message:
        /accepted media types include: application\/json, application\/yaml, application\/vnd.kubernetes.protobuf/,
    });
    const patch = await api.ask('PATCH', `${CONFIG_MAPS}/x`, { headers: JSON_TYPE, body: '{}' });
    expectRefusal(patch, { code: 415, reason: 'UnsupportedMediaType' });
  });

  it('a body that does not hold what was announced', async () => {
    expectRefusal(await post(Buffer.from('k8s\0garbage'), { 'Content-Type': 'application/vnd.kubernetes.protobuf' }), {
      code: 400,
      reason: 'BadRequest',
    });
    expectRefusal(await post('a: [', { 'Content-Type': 'application/yaml' }), { code: 400, reason: 'BadRequest' });
  });

  it('larger than the limit: told by its head, or counted while it comes', async () => {
    const large = body('x', { data: { k: 'x'.repeat(3 * 1024 * 1024) } });
    expectRefusal(await post(large), { code: 413, reason: 'RequestEntityTooLarge' });
    expect(await streamedPost(large)).toMatch(/^HTTP\/1.1 413 /);
    expect((await api.ask('GET', '/livez')).text).toBe('ok');
  });

  it('deeper than any manifest', async () => {
    const deep = `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"x"},"data":${'{"a":'.repeat(5000)}1${'}'.repeat(5001)}`;
    expect((await post(deep)).code).toBe(400);
  });

  it('fields that do not exist or stand twice: refused, warned of or dropped, as asked', async () => {
    const unknown = body('fields', { bogus: 1 });
    const strict = await api.ask('POST', `${CONFIG_MAPS}?fieldValidation=Strict`, {
      headers: JSON_TYPE,
      body: unknown,
    });
    expectRefusal(strict, { code: 400, reason: 'BadRequest', message: /strict decoding error: unknown field "bogus"/ });
    const twice = '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"fields"},"data":{"a":"1","a":"2"}}';
    const warned = await api.ask('POST', `${CONFIG_MAPS}?fieldValidation=Warn&dryRun=All`, {
      headers: JSON_TYPE,
      body: twice,
    });
    expect([warned.code, warned.headers['warning']]).toEqual([201, '299 - "duplicate field \\"data.a\\""']);
    const both = await api.ask('POST', `${CONFIG_MAPS}?fieldValidation=Strict&dryRun=All`, {
      headers: JSON_TYPE,
      body: '{"apiVersion":"v1","kind":"ConfigMap","bogus":1,"metadata":{"name":"fields","name":"twice"}}',
    });
    expect(both.json.message).toContain('error: unknown field "bogus", duplicate field "metadata.name"');
    const ignored = await api.ask('POST', `${CONFIG_MAPS}?fieldValidation=Ignore&dryRun=All`, {
      headers: JSON_TYPE,
      body: unknown,
    });
    expect([ignored.code, ignored.headers['warning'], ignored.json.bogus]).toEqual([201, undefined, undefined]);
  });

  it('invalid values, each with its field', async () => {
    const answer = await post(body('Bad_Name', { data: { 'no key!': 'x' } }));
    expectRefusal(answer, { code: 422, reason: 'Invalid' });
    const fields = answer.json.details.causes.map(({ field }: { field: string }) => field);
    expect(fields.sort()).toEqual(['data[no key!]', 'metadata.name']);
    expect(answer.json.details).toMatchObject({ name: 'Bad_Name', kind: 'ConfigMap' });
  });
});

/** A body in chunks, without its length; the beginning of what is answered. */
async function streamedPost(content: string): Promise<string> {
  const pair = await api.pki.issueClient('system:admin', ['system:masters']);
  const socket = connect({
    host: '127.0.0.1',
    port: api.port,
    ca: api.pki.caCertificate,
    cert: pair.certificate,
    key: pair.key,
  });
  socket.on('error', () => {}); // the server may close before everything was sent
  await once(socket, 'secureConnect');
  const head = `POST ${CONFIG_MAPS} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n`;
  socket.write(`${head}${content.length.toString(16)}\r\n${content}\r\n`);
  const [chunk] = (await once(socket, 'data')) as [Buffer];
  socket.destroy();
  return chunk.toString('utf8');
}
