/** Attacks on who may do what, against the real server: paths, headers and tokens that lie; grants, streams and nodes that reach too far; values that leak. */

import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ControlPlaneProcess, startControlPlaneProcess } from '../bench/support/control-plane-process.ts';

let directory: string;
let controlPlane: ControlPlaneProcess;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'reflet-attacks-'));
  controlPlane = await startControlPlaneProcess(directory);
});
afterAll(async () => {
  await controlPlane?.stop();
  await rm(directory, { recursive: true, force: true });
});

interface Answer {
  code: number;
  text: string;
}

interface Sent {
  body?: unknown;
  headers?: Record<string, string | string[]>;
  /** With the administrator's certificate. */
  asAdmin?: boolean;
}

function send(method: string, path: string, { body, headers = {}, asAdmin = false }: Sent = {}): Promise<Answer> {
  const { certificate, key, certificateAuthority: ca } = controlPlane.credentials;
  return new Promise((resolve, reject) => {
    const sent = request({
      ...{ host: '127.0.0.1', port: controlPlane.port, path, method, ca, agent: false },
      ...(asAdmin ? { cert: certificate, key } : {}),
      headers: { 'content-type': 'application/json', ...headers },
    });
    sent.on('response', (response) => {
      let text = '';
      response.on('data', (chunk: Buffer) => {
        text += chunk.toString('utf8');
      });
      response.on('end', () => resolve({ code: response.statusCode ?? 0, text }));
    });
    sent.on('upgrade', (_, socket) => {
      socket.destroy();
      resolve({ code: 101, text: '' });
    });
    sent.on('error', reject);
    sent.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

const admin = (method: string, path: string, body?: unknown) => send(method, path, { asAdmin: true, body });
const as = (user: string, groups: string[], method: string, path: string, more: Sent = {}) =>
  send(method, path, {
    ...more,
    asAdmin: true,
    headers: { ...more.headers, 'impersonate-user': user, 'impersonate-group': groups },
  });
const bearer = (token: string) => ({ headers: { authorization: `Bearer ${token}` } });
const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
const RBAC = '/apis/rbac.authorization.k8s.io/v1';
const SECRETS = '/api/v1/namespaces/default/secrets';

describe('nobody gets in', () => {
  it.each([
    '/api/v1/secrets',
    '//api/v1/secrets',
    '/api//v1/secrets',
    '/version/../api/v1/secrets',
    '/version/%2e%2e/api/v1/secrets',
    '/healthz/..%2f..%2fapi/v1/secrets',
    '/%61pi/v1/secrets',
    '/api/v1/namespaces/default%2fsecrets',
    '/api/v1/namespaces/default/secrets%2f',
    '/API/v1/secrets',
    '/version/;/api/v1/secrets',
    '/livez%00/api/v1/secrets',
  ])('by the path %s', async (path) => {
    const { code, text } = await send('GET', path);
    expect([400, 401, 403, 404]).toContain(code);
    expect(text).not.toContain('SecretList');
  });

  it('by headers of a front proxy', async () => {
    const headers = {
      'x-remote-user': 'system:admin',
      'x-remote-group': 'system:masters',
      'x-remote-extra-scopes': 'all',
      'x-forwarded-user': 'system:admin',
      'x-original-url': '/healthz',
      'x-rewrite-url': '/healthz',
    };
    expect((await send('GET', '/api/v1/secrets', { headers })).code).toBe(403);
    expect((await send('GET', '/api/v1/secrets', { headers: { 'impersonate-user': 'system:admin' } })).code).toBe(403);
  });

  it('by tokens that nobody signed for this API', async () => {
    const issuer = 'https://kubernetes.default.svc.cluster.local';
    const claims = { iss: issuer, aud: [issuer], sub: 'system:serviceaccount:default:default', exp: 9e9 };
    const other = await admin('POST', '/api/v1/namespaces/default/serviceaccounts/default/token', {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenRequest',
      spec: { audiences: ['vault'], expirationSeconds: 600 },
    });
    const { token } = (JSON.parse(other.text) as { status: { token: string } }).status;
    const [head = '', body = ''] = token.split('.');
    const forged = [
      `${part({ alg: 'none' })}.${part(claims)}.`,
      `${part({ alg: 'HS256' })}.${part(claims)}.${part({})}`,
      `${head}.${part(claims)}.${token.split('.')[2]}`,
      `${head}.${body}.`,
      token,
      'x'.repeat(10_000),
    ];
    for (const one of forged)
      expect((await send('GET', '/api/v1/namespaces/default/pods', bearer(one))).code).toBe(401);
    // What is no credential at all is nobody's, as upstream.
    for (const authorization of ['Bearer ', 'Bearer', 'Nope x', 'Basic abc'])
      expect((await send('GET', '/api/v1/namespaces/default/pods', { headers: { authorization } })).code).toBe(403);
  });
});

describe('nobody reaches further than they may', () => {
  it('by writing roles, binding them, or aggregating', async () => {
    const rules = [
      { apiGroups: ['rbac.authorization.k8s.io'], resources: ['*'], verbs: ['create', 'update', 'patch', 'get'] },
    ];
    await admin('POST', `${RBAC}/clusterroles`, { metadata: { name: 'role-writer' }, rules });
    const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'role-writer' };
    const subjects = [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'eve' }];
    await admin('POST', `${RBAC}/clusterrolebindings`, { metadata: { name: 'role-writer' }, roleRef, subjects });
    const eve = (method: string, path: string, body: object) => as('eve', [], method, path, { body });
    const all = [{ apiGroups: ['*'], resources: ['*'], verbs: ['*'] }];
    const tries = [
      eve('POST', `${RBAC}/clusterroles`, { metadata: { name: 'all' }, rules: all }),
      eve('PUT', `${RBAC}/clusterroles/role-writer`, { metadata: { name: 'role-writer' }, rules: all }),
      eve('POST', `${RBAC}/clusterrolebindings`, {
        metadata: { name: 'me' },
        roleRef: { ...roleRef, name: 'cluster-admin' },
        subjects,
      }),
      eve('POST', `${RBAC}/namespaces/kube-system/rolebindings`, {
        metadata: { name: 'me' },
        roleRef: { ...roleRef, name: 'admin' },
        subjects,
      }),
      eve('POST', `${RBAC}/clusterroles`, {
        ...{ metadata: { name: 'gather' }, rules: [] },
        aggregationRule: {
          clusterRoleSelectors: [{ matchLabels: { 'kubernetes.io/bootstrapping': 'rbac-defaults' } }],
        },
      }),
    ];
    for (const { code } of await Promise.all(tries)) expect(code).toBe(403);
    expect((await as('eve', [], 'GET', '/api/v1/secrets')).code).toBe(403);
  });

  it('by a WebSocket or an upgrade without the verb', async () => {
    const headers = {
      connection: 'Upgrade',
      upgrade: 'websocket',
      'sec-websocket-version': '13',
      'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
      'sec-websocket-protocol': 'v5.channel.k8s.io',
    };
    for (const subresource of ['exec?command=id&stdout=1', 'attach', 'portforward?ports=80'])
      expect((await as('eve', [], 'GET', `/api/v1/namespaces/default/pods/p/${subresource}`, { headers })).code).toBe(
        403,
      );
  });

  it('as a node, to what its pods do not name', async () => {
    const secret = { metadata: { name: 'of-another' }, data: { k: 'dg==' } };
    expect((await admin('POST', SECRETS, secret)).code).toBe(201);
    const node = (method: string, path: string, body?: object) =>
      as('system:node:n1', ['system:nodes', 'system:authenticated'], method, path, { body });
    for (const path of [
      `${SECRETS}/of-another`,
      SECRETS,
      '/api/v1/secrets',
      `${SECRETS}?fieldSelector=metadata.name%3Dof-another`,
      `${SECRETS}?watch=1&fieldSelector=metadata.name%3Dof-another&timeoutSeconds=1`,
      '/api/v1/pods',
      '/api/v1/pods?fieldSelector=spec.nodeName%3Dn2',
      '/api/v1/nodes',
    ])
      expect((await node('GET', path)).code).toBe(403);
    expect((await node('GET', '/api/v1/pods?fieldSelector=spec.nodeName%3Dn1')).code).toBe(200);
    expect((await node('POST', '/api/v1/nodes', { metadata: { name: 'n2' } })).code).toBe(403);
    expect((await node('DELETE', `${SECRETS}/of-another`)).code).toBe(403);
  });
});

it('a Secret’s value is in no table, partial object, error, metric, log or audit event', async () => {
  const plain = 'correct-horse-battery';
  const value = Buffer.from(plain).toString('base64');
  expect((await admin('POST', SECRETS, { metadata: { name: 'kept' }, data: { k: value } })).code).toBe(201);
  const accept = (as: string) => ({
    asAdmin: true,
    headers: { accept: `application/json;as=${as};v=v1;g=meta.k8s.io` },
  });
  const told = [
    await send('GET', SECRETS, accept('Table')),
    await send('GET', SECRETS, accept('PartialObjectMetadataList')),
    await send('GET', `${SECRETS}/kept`, accept('PartialObjectMetadata')),
    await admin('PUT', `${SECRETS}/kept`, { metadata: { name: 'kept' }, type: 'another', data: { 'bad key': value } }),
    await send('PATCH', `${SECRETS}/kept`, {
      asAdmin: true,
      body: [{ op: 'test', path: '/data/k', value: 'x' }],
      headers: { 'content-type': 'application/json-patch+json' },
    }),
    await admin('GET', '/metrics'),
  ];
  const seen = [
    ...told.map(({ text }) => text),
    controlPlane.logged(),
    await readFile(join(directory, 'audit', 'audit.log'), 'utf8'),
  ];
  for (const text of seen) {
    expect(text).not.toContain(value);
    expect(text).not.toContain(plain);
  }
});
