/** What the audit log holds of real requests: bodies, stages, what admission noted; and what it must never hold. */

import { once } from 'node:events';
import { connect } from 'node:tls';
import { afterEach, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import type { AuditEvent } from '../../../daemon/api/audit/event.ts';
import type { NodeService } from '../../../daemon/client/node-service.ts';
import { NAMESPACES, NODES, PODS } from '../../../daemon/kinds/resources.ts';
import { type ApiUnderTest, startApi } from '../../client/api-server.ts';

const VALUE = 'canary-71c0';
const JSON_TYPE = { 'Content-Type': 'application/json' };

let api: ApiUnderTest;
afterEach(() => api?.close());

const post = (path: string, body: object) => api.ask('POST', path, { headers: JSON_TYPE, body: JSON.stringify(body) });
const map = (name: string) => ({ metadata: { name }, data: { a: 'b' } });
const MAPS = '/api/v1/namespaces/work/configmaps';

async function eventsOf(resource: string): Promise<AuditEvent[]> {
  return (await api.auditEvents()).filter(
    ({ objectRef, requestURI }) => objectRef?.['resource'] === resource && requestURI,
  );
}

it('bodies are written down at the level RequestResponse, of Secrets and tokens never', async () => {
  api = await startApi({ auditPolicy: { rules: [{ level: 'RequestResponse' }] } });
  const text = Buffer.from(VALUE).toString('base64');
  const secret = { metadata: { name: 's' }, data: { key: text }, stringData: { other: VALUE } };
  expect((await post('/api/v1/namespaces/work/secrets', secret)).code).toBe(201);
  expect((await api.ask('GET', '/api/v1/namespaces/work/secrets')).text).toContain(text);
  const patch = {
    headers: { 'Content-Type': 'application/merge-patch+json' },
    body: `{"stringData":{"key":"${VALUE}2"}}`,
  };
  expect((await api.ask('PATCH', '/api/v1/namespaces/work/secrets/s', patch)).code).toBe(200);
  const token = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: { audiences: [] } };
  const issued = await post('/api/v1/namespaces/work/serviceaccounts/default/token', token);
  const review = {
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'TokenReview',
    spec: { token: issued.json.status.token },
  };
  const reviewed = (await post('/apis/authentication.k8s.io/v1/tokenreviews', review)).json.status;
  expect(reviewed.authenticated).toBe(true);
  const [credentialId] = reviewed.user.extra['authentication.kubernetes.io/credential-id'];
  expect((await post(MAPS, map('c'))).code).toBe(201);
  const events = await api.auditEvents();
  const whole = JSON.stringify(events);
  for (const hidden of [VALUE, text, issued.json.status.token]) expect(whole).not.toContain(hidden);
  expect(events.findLast(({ objectRef }) => objectRef?.['subresource'] === 'token')?.annotations).toMatchObject({
    'authentication.kubernetes.io/issued-credential-id': credentialId,
  });
  const secrets = events.filter(({ objectRef }) => objectRef?.['resource'] === 'secrets');
  expect(new Set(secrets.map(({ verb }) => verb))).toEqual(new Set(['create', 'list', 'patch']));
  expect(new Set(secrets.map(({ level }) => level))).toEqual(new Set(['Metadata']));
  expect(events.findLast(({ objectRef }) => objectRef?.['name'] === 'c')).toMatchObject({
    ...{ level: 'RequestResponse', stage: 'ResponseComplete', verb: 'create' },
    requestObject: { metadata: { name: 'c' }, data: { a: 'b' } },
    responseObject: { kind: 'ConfigMap', data: { a: 'b' }, metadata: { managedFields: [expect.anything()] } },
    responseStatus: { code: 201 },
    annotations: { 'authorization.k8s.io/decision': 'allow' },
  });
});

it('stages and managed fields are left out where the policy says so, of a rule as of all', async () => {
  api = await startApi({
    auditPolicy: {
      omitManagedFields: true,
      rules: [
        { level: 'RequestResponse', verbs: ['create'], omitStages: ['RequestReceived'] },
        { level: 'RequestResponse', verbs: ['get'], omitManagedFields: false },
        { level: 'None' },
      ],
    },
  });
  await post(MAPS, map('c'));
  await api.ask('GET', `${MAPS}/c`);
  await api.ask('DELETE', `${MAPS}/c`);
  const events = await eventsOf('configmaps');
  expect(events.map(({ verb, stage }) => `${verb} ${stage}`)).toEqual([
    'create ResponseComplete',
    'get RequestReceived',
    'get ResponseComplete',
  ]);
  expect(events[0]!.responseObject).toMatchObject({ metadata: { name: 'c', uid: expect.any(String) } });
  expect(JSON.stringify(events[0])).not.toContain('managedFields');
  expect(events[2]!.responseObject).toMatchObject({ metadata: { managedFields: [expect.anything()] } });
});

it('what Pod Security notes stands with the request, admitted or not', async () => {
  api = await startApi({ auditPolicy: { omitStages: ['RequestReceived'], rules: [{ level: 'Metadata' }] } });
  const level = (mode: string, value: string) => ({ [`pod-security.kubernetes.io/${mode}`]: value });
  const labels = { ...level('enforce', 'baseline'), ...level('audit', 'restricted') };
  await api.client().create(NAMESPACES, { metadata: { name: 'guarded', labels } });
  const pod = (name: string, more: object) => ({
    metadata: { name },
    spec: {
      serviceAccountName: 'default',
      automountServiceAccountToken: false,
      containers: [{ name: 'c', image: 'i' }],
      ...more,
    },
  });
  await post('/api/v1/namespaces/guarded/serviceaccounts', { metadata: { name: 'default' } });
  expect((await post('/api/v1/namespaces/guarded/pods', pod('fine', {}))).code).toBe(201);
  expect((await post('/api/v1/namespaces/guarded/pods', pod('bad', { hostNetwork: true }))).code).toBe(403);
  const [fine, bad] = await eventsOf(PODS.plural);
  expect(fine).toMatchObject({
    objectRef: { name: 'fine' },
    annotations: {
      'pod-security.kubernetes.io/enforce-policy': 'baseline:latest',
      'pod-security.kubernetes.io/audit-violations': expect.stringContaining(
        'would violate PodSecurity "restricted:latest": allowPrivilegeEscalation != false',
      ),
    },
  });
  expect(bad).toMatchObject({
    responseStatus: { code: 403 },
    annotations: { 'pod-security.kubernetes.io/enforce-policy': 'baseline:latest' },
  });
});

it('an upgrade has begun when it is answered; one that is refused has not', async () => {
  api = await startApi({ auditPolicy: { rules: [{ level: 'Metadata' }] } });
  const pair = await api.pki.issueClient('system:admin', ['system:masters']);
  const path = '/api/v1/namespaces/work/pods/none/exec?command=id&stdout=1';
  const socket = connect({
    ...{ host: '127.0.0.1', port: api.port, ca: api.pki.caCertificate, cert: pair.certificate, key: pair.key },
  });
  socket.write(`GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n`);
  socket.write('Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n');
  socket.write('Sec-WebSocket-Protocol: v5.channel.k8s.io\r\n\r\n');
  expect(Buffer.concat(await socket.toArray()).toString()).toMatch(/^HTTP\/1\.1 404 /);
  const events = await eventsOf(PODS.plural);
  expect(events.map(({ stage, verb, responseStatus }) => [stage, verb, responseStatus])).toMatchObject([
    ['RequestReceived', 'create', undefined],
    ['ResponseComplete', 'create', { code: 404, reason: 'NotFound' }],
  ]);
  expect(events[1]!.objectRef).toEqual({
    ...{ resource: 'pods', namespace: 'work', name: 'none', apiVersion: 'v1', subresource: 'exec' },
  });
});

it.each([
  ['an object', `${MAPS}/c`, { kind: 'ConfigMap', data: { a: 'b' } }],
  ['a list', MAPS, { kind: 'ConfigMapList', items: [expect.objectContaining({ data: { a: 'b' } })] }],
  ['an error', `${MAPS}/nothing`, { kind: 'Status', reason: 'NotFound' }],
])('%s that is answered in protobuf is written down too', async (_what, path, expected) => {
  api = await startApi({ auditPolicy: { omitStages: ['RequestReceived'], rules: [{ level: 'RequestResponse' }] } });
  await post(MAPS, map('c'));
  const { bytes } = await api.ask('GET', path, { headers: { Accept: 'application/vnd.kubernetes.protobuf' } });
  expect(bytes.toString('latin1', 0, 3)).toBe('k8s');
  expect((await eventsOf('configmaps')).at(-1)).toMatchObject({ requestURI: path, responseObject: expected });
});

it('a command that runs is told of when it begins (101) and when it is over, without what went through', async () => {
  const exec: NodeService['exec'] = async (_pod, { stdout }) => {
    stdout?.end(`${VALUE}\n`);
    return { resize() {}, close() {}, exit: Promise.resolve(0) };
  };
  api = await startApi({
    auditPolicy: { rules: [{ level: 'RequestResponse' }] },
    nodes: (name) => (name === 'n1' ? ({ exec } as unknown as NodeService) : undefined),
  });
  await api.client().create(NODES, { metadata: { name: 'n1' } });
  const containers = [{ name: 'c', image: 'i' }];
  await api.client().create(PODS, {
    metadata: { name: 'p', namespace: 'work' },
    spec: { nodeName: 'n1', automountServiceAccountToken: false, containers },
  });
  const pair = await api.pki.issueClient('system:admin', ['system:masters']);
  const path = '/api/v1/namespaces/work/pods/p/exec?command=id&stdout=1';
  const socket = new WebSocket(`wss://127.0.0.1:${api.port}${path}`, ['v5.channel.k8s.io'], {
    ...{ ca: api.pki.caCertificate, cert: pair.certificate, key: pair.key },
    headers: { 'Audit-Id': 'mine-7', 'User-Agent': 'kubectl/v1.32.0' },
  });
  const received: string[] = [];
  socket.on('message', (data) => received.push(String(data)));
  await once(socket, 'close');
  expect(received.join('')).toContain(VALUE);
  const events = (await eventsOf(PODS.plural)).filter(({ auditID }) => auditID === 'mine-7');
  expect(events.map(({ stage, responseStatus }) => [stage, responseStatus])).toEqual([
    ['RequestReceived', undefined],
    ['ResponseStarted', { metadata: {}, code: 101 }],
    ['ResponseComplete', { metadata: {}, code: 101 }],
  ]);
  expect(events[2]).toMatchObject({
    ...{ verb: 'create', requestURI: path, user: { username: 'system:admin' }, userAgent: 'kubectl/v1.32.0' },
    sourceIPs: ['127.0.0.1'],
    objectRef: { resource: 'pods', namespace: 'work', name: 'p', apiVersion: 'v1', subresource: 'exec' },
    annotations: { 'authorization.k8s.io/decision': 'allow' },
  });
  expect(JSON.stringify(events)).not.toContain(VALUE);
});

it('a watch has begun when it is answered, and is complete when it ends', async () => {
  api = await startApi({ auditPolicy: { rules: [{ level: 'Metadata' }] } });
  await api.ask('GET', `${MAPS}?watch=1&timeoutSeconds=1`);
  expect((await eventsOf('configmaps')).map(({ stage, verb }) => `${verb} ${stage}`)).toEqual([
    'watch RequestReceived',
    'watch ResponseStarted',
    'watch ResponseComplete',
  ]);
});
