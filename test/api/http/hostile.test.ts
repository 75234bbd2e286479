/** Hostile requests over real HTTPS: refused, bounded, and nothing more is shown than the user may see. */

import { connect, type TLSSocket } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ROLE_BINDINGS, ROLES, SECRETS } from '../../../daemon/kinds/resources.ts';
import { type ApiUnderTest, NAMESPACE, startApi } from '../../client/api-server.ts';

const CONFIG_MAPS = `/api/v1/namespaces/${NAMESPACE}/configmaps`;
const JSON_TYPE = { 'Content-Type': 'application/json' };

let api: ApiUnderTest;
let pair: { certificate: string; key: string };
beforeAll(async () => {
  api = await startApi();
  pair = await api.pki.issueClient('system:admin', ['system:masters']);
  const client = api.client();
  const meta = (name: string) => ({ name, namespace: NAMESPACE });
  for (const name of ['shown', 'hidden']) await client.create(SECRETS, { metadata: meta(name) });
  await client.create(ROLES, {
    metadata: meta('one'),
    rules: [{ apiGroups: [''], resources: ['secrets'], resourceNames: ['shown'], verbs: ['get', 'list', 'watch'] }],
  });
  await client.create(ROLE_BINDINGS, {
    metadata: meta('one'),
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'one' },
    subjects: [{ kind: 'User', name: 'bob', apiGroup: 'rbac.authorization.k8s.io' }],
  });
});
afterAll(() => api?.close());

async function open(): Promise<TLSSocket> {
  const options = { host: '127.0.0.1', port: api.port, ca: api.pki.caCertificate, allowHalfOpen: true };
  const socket = connect({ ...options, cert: pair.certificate, key: pair.key });
  socket.on('error', () => {});
  await new Promise((resolve) => socket.once('secureConnect', resolve));
  return socket;
}

const upgrade = (headers = '') =>
  `GET /api/v1/namespaces/${NAMESPACE}/pods/x/exec?command=sh&stdout=1 HTTP/1.1\r\nHost: api:1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n${headers}\r\n`;

describe('a right to one object by name', () => {
  const bob = { headers: { 'Impersonate-User': 'bob' } };
  const secrets = `/api/v1/namespaces/${NAMESPACE}/secrets`;

  it.each([
    `/api/v1/watch/namespaces/${NAMESPACE}/secrets/shown?fieldSelector=metadata.name!%3Dx&timeoutSeconds=1`,
    `/api/v1/watch/namespaces/${NAMESPACE}/secrets/shown?fieldSelector=type!%3Dmetadata.name&timeoutSeconds=1`,
    `/api/v1/watch/namespaces/${NAMESPACE}/secrets/shown?timeoutSeconds=1`,
    `${secrets}?fieldSelector=type!%3Dx,metadata.name%3Dshown`,
    `${secrets}?watch=1&timeoutSeconds=1&fieldSelector=metadata.name%3Dshown`,
  ])('%s shows that object alone', async (path) => {
    const { code, text } = await api.ask('GET', path, bob);
    expect(code).toBe(200);
    expect(text).toContain('"shown"');
    expect(text).not.toContain('hidden');
  });

  it.each([
    `${secrets}?fieldSelector=metadata.name!%3Dshown`,
    `${secrets}?fieldSelector=type%3Dx%5C,metadata.name%5C%3Dshown`,
    `/api/v1/watch/namespaces/${NAMESPACE}/secrets/hidden?fieldSelector=metadata.name%3Dshown`,
    `${secrets}?labelSelector=metadata.name%3Dshown`,
  ])('%s is forbidden', async (path) => {
    expect((await api.ask('GET', path, bob)).code).toBe(403);
  });
});

describe('impersonation', () => {
  it('takes a key that is not properly encoded as it is', async () => {
    const headers = { 'Impersonate-User': 'bob', 'Impersonate-Extra-%zz': 'a', 'Impersonate-Extra-__proto__': 'b' };
    expect((await api.ask('GET', `/api/v1/namespaces/${NAMESPACE}/secrets/shown`, { headers })).code).toBe(200);
  });

  it('takes each header for one name, whatever is in it, and the first user', async () => {
    const review = async (headers: Record<string, string | string[]>) => {
      const body = JSON.stringify({ apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' });
      const path = '/apis/authentication.k8s.io/v1/selfsubjectreviews';
      const { json } = await api.ask('POST', path, { headers: { ...JSON_TYPE, ...headers }, body });
      return json.status?.userInfo ?? json.message;
    };
    const groups = ['CN=ops,O=example', 'plain'];
    const scopes = ['a, b', 'c'];
    expect(
      await review({
        ...{ 'Impersonate-User': 'CN=bob,O=example', 'Impersonate-Group': groups },
        'Impersonate-Extra-Scopes': scopes,
      }),
    ).toEqual({
      ...{ username: 'CN=bob,O=example', groups: [...groups, 'system:authenticated'] },
      extra: { scopes },
    });
    expect(await review({ 'Impersonate-User': ['bob', 'system:admin'] })).toMatchObject({ username: 'bob' });
    expect(await review({ 'Impersonate-User': 'bob', 'Impersonate-Group': 'system:unauthenticated' })).toBe(
      'selfsubjectreviews.authentication.k8s.io is forbidden: User "bob" cannot create resource "selfsubjectreviews" in API group "authentication.k8s.io" at the cluster scope',
    );
  });

  it('of a uid needs a user, and the right to it', async () => {
    const nobody = { 'Impersonate-Uid': 'u', 'Impersonate-Group': 'g', 'Impersonate-Extra-X': 'e' };
    const { code, text } = await api.ask('GET', `${CONFIG_MAPS}?limit=1&x=1`, { headers: nobody });
    expect([code, text]).toEqual([
      500,
      `Internal Server Error: "${CONFIG_MAPS}?limit=1&amp;x=1": requested [{Group  g    } {UserExtra  e  authentication.k8s.io/v1  x} {UID  u  authentication.k8s.io/v1  }] without impersonating a user\n`,
    ]);
    const body = JSON.stringify({ apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' });
    const headers = { ...JSON_TYPE, 'Impersonate-User': 'bob', 'Impersonate-Uid': 'u-1' };
    const { json } = await api.ask('POST', '/apis/authentication.k8s.io/v1/selfsubjectreviews', { headers, body });
    expect(json.status.userInfo).toMatchObject({ username: 'bob', uid: 'u-1' });
  });
});

describe('a page of another origin', () => {
  const body = JSON.stringify({ metadata: { name: 'foreign' } });

  it.each(['https://evil.example', 'null', 'http://127.0.0.1.evil.example', 'https://127.0.0.1'])(
    '%s changes nothing with the browser’s certificate',
    async (origin) => {
      const { code, json } = await api.ask('POST', CONFIG_MAPS, { headers: { Origin: origin }, body });
      expect({ code, reason: json.reason }).toEqual({ code: 403, reason: 'Forbidden' });
      expect((await api.ask('GET', CONFIG_MAPS, { headers: { Origin: origin } })).headers).not.toHaveProperty(
        'access-control-allow-origin',
      );
    },
  );

  it('is no other origin when it is the server’s own', async () => {
    const headers = { ...JSON_TYPE, Origin: `https://127.0.0.1:${api.port}` };
    expect((await api.ask('POST', CONFIG_MAPS, { headers, body })).code).toBe(201);
  });

  it('opens no stream', async () => {
    const answer = async (origin: string) => {
      const socket = await open();
      socket.end(upgrade(`Origin: ${origin}\r\n`));
      const chunks = await socket.toArray();
      return Buffer.concat(chunks).toString();
    };
    for (const origin of ['https://evil.example', 'http://localhost:3000', 'http://localhost.evil.example'])
      expect(await answer(origin)).toMatch(/^HTTP\/1\.1 403 Forbidden\r\n/);
    expect(await answer('https://api:1')).toMatch(/^HTTP\/1\.1 404 Not Found\r\n/);
    // Go programs, which have to name one.
    expect(await answer('http://localhost')).toMatch(/^HTTP\/1\.1 404 Not Found\r\n/);
  });
});

describe('a Secret’s values', () => {
  it('do not travel with the rows of a table, by way of what was applied last', async () => {
    const applied = {
      'kubectl.kubernetes.io/last-applied-configuration': '{"stringData":{"k":"plain-text"}}',
      a: 'kept',
    };
    await api.client().create(SECRETS, {
      metadata: { name: 'applied', namespace: NAMESPACE, annotations: applied },
      data: { k: 'cGxhaW4tdGV4dA==' },
    });
    const headers = { Accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' };
    const { json, text } = await api.ask('GET', `/api/v1/namespaces/${NAMESPACE}/secrets`, { headers });
    const row = json.rows.find(
      (one: { object: { metadata: { name: string } } }) => one.object.metadata.name === 'applied',
    );
    expect(row.object.metadata.annotations).toEqual({ a: 'kept' });
    expect(text).not.toMatch(/plain-text|cGxhaW4/);
  });

  it('are in no message about them', async () => {
    const secrets = `/api/v1/namespaces/${NAMESPACE}/secrets`;
    const texts: string[] = [];
    for (const data of [
      '{"k":"HIDDENVALUE!"}',
      '{"k":{"HIDDENVALUE":1}}',
      '{"k":["HIDDENVALUE"]}',
      '{"k":"HIDDENVALUE',
    ]) {
      const body = `{"kind":"Secret","apiVersion":"v1","metadata":{"name":"bad"},"data":${data}}`;
      const { code, text } = await api.ask('POST', secrets, { headers: JSON_TYPE, body });
      expect(code).toBe(400);
      texts.push(text);
    }
    expect(texts.join()).not.toContain('HIDDENVALUE');
  });
});

describe('what is held', () => {
  it('a refused upgrade is closed though the client keeps its half open', async () => {
    const socket = await open();
    const closed = new Promise((resolve) => socket.once('close', resolve));
    socket.on('data', () => {});
    socket.write(upgrade());
    // Writing on is what shows that the server has let go: to a half-closed connection it would succeed for ever.
    const drip = setInterval(() => socket.write('x'), 200);
    await closed;
    clearInterval(drip);
    socket.destroy();
  });

  it('names that nobody serves become no metric', async () => {
    await api.ask('GET', '/api/v1/namespaces/x/nonsense-plural');
    await api.ask('GET', CONFIG_MAPS);
    const { text } = await api.ask('GET', '/metrics');
    expect(text).toContain('resource="configmaps"');
    expect(text).not.toContain('nonsense-plural');
    expect(text).toMatch(
      /apiserver_request_total\{verb="LIST",dry_run="",group="",version="v1",resource="configmaps",subresource="",scope="namespace",component="apiserver",code="200"\} \d/,
    );
    expect(text).toContain('apiserver_storage_objects{resource="configmaps"}');
    expect(text).toMatch(/apiserver_current_inflight_requests\{request_kind="readOnly"\} 1\n/);
  });
});

describe('costly bodies', () => {
  const post = (body: string) => api.ask('POST', CONFIG_MAPS, { headers: JSON_TYPE, body });

  it.each([
    ['open lists', '['.repeat(1_000_000)],
    ['closed lists', `{"a":${'['.repeat(1_000_000)}${']'.repeat(1_000_000)}}`],
    ['objects', '{"a":'.repeat(500_000)],
  ])('deep %s are refused before they are parsed', async (_what, body) => {
    const { code, json } = await post(body);
    expect(code).toBe(400);
    expect(json.message).toContain('nested more than 200 levels deep');
  });

  it('of very many values are too large; one great value is not', async () => {
    const data = Object.fromEntries(Array.from({ length: 150_000 }, (_, number) => [`k${number}`, '']));
    const many = await post(JSON.stringify({ metadata: { name: 'many' }, data }));
    expect({ code: many.code, reason: many.json.reason }).toEqual({ code: 413, reason: 'RequestEntityTooLarge' });
    const keys = Array.from({ length: 31_000 }, (_, number) => `  k${number}: ""`).join('\n');
    const applied = await api.ask('PATCH', `${CONFIG_MAPS}/many?fieldManager=m`, {
      headers: { 'Content-Type': 'application/apply-patch+yaml' },
      body: `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: many}\ndata:\n${keys}\n`,
    });
    expect([400, 413]).toContain(applied.code); // 400 when reading it alone took too long
    const great = { metadata: { name: 'great' }, data: { text: '[{",\\"'.repeat(50_000) } };
    expect((await post(JSON.stringify(great))).code).toBe(201);
  });
});
