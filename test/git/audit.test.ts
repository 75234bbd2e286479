/** What the real server writes into its audit log: requests, the commits that writes became, pushes, and nobody's secrets. */

import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { run } from '../../daemon/base/process.ts';
import { type ControlPlaneProcess, startControlPlaneProcess } from '../bench/support/control-plane-process.ts';
import { configMap, createClone } from './support/world.ts';

interface AuditLine {
  level: string;
  stage: string;
  verb: string;
  auditID: string;
  user: { username: string };
  impersonatedUser?: { username: string };
  objectRef?: { resource: string; name?: string; namespace?: string };
  responseStatus?: { code: number; reason?: string };
  requestObject?: unknown;
  annotations?: Record<string, string>;
}

let directory: string;
let controlPlane: ControlPlaneProcess;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'reflet-audited-'));
  controlPlane = await startControlPlaneProcess(directory);
});
afterAll(async () => {
  await controlPlane?.stop();
  await rm(directory, { recursive: true, force: true });
});

const lines = async (): Promise<AuditLine[]> =>
  (await readFile(join(directory, 'audit', 'audit.log'), 'utf8'))
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as AuditLine);
const find = (test: (line: AuditLine) => boolean) =>
  expect.poll(async () => (await lines()).find(test), { timeout: 10_000 });

function call(
  method: string,
  path: string,
  body?: object,
  headers: Record<string, string> = {},
): Promise<{ code: number; auditId: string }> {
  const { certificate, key, certificateAuthority } = controlPlane.credentials;
  const isAnonymous = headers['authorization'] !== undefined;
  return new Promise((resolve, reject) => {
    const sent = request(
      {
        ...{ host: '127.0.0.1', port: controlPlane.port, path, method, ca: certificateAuthority, agent: false },
        ...(isAnonymous ? {} : { cert: certificate, key }),
        headers: { 'content-type': 'application/json', ...headers },
      },
      (response) => {
        response.resume();
        response.on('end', () =>
          resolve({ code: response.statusCode ?? 0, auditId: String(response.headers['audit-id']) }),
        );
      },
    );
    sent.on('error', reject);
    sent.end(body && JSON.stringify(body));
  });
}
const MAPS = '/api/v1/namespaces/default/configmaps';
const map = (name: string) => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data: { a: '1' } });
const tip = async () =>
  (await run('git', ['rev-parse', 'main'], { cwd: join(directory, 'desired.git') })).stdout.trim();

test('a write names its user, verb, object and the commit that it became', async () => {
  const { code, auditId } = await call('POST', MAPS, map('written'));
  expect(code).toBe(201);
  const line = find(({ auditID }) => auditID === auditId);
  await line.toMatchObject({
    ...{ level: 'Metadata', stage: 'ResponseComplete', verb: 'create', user: { username: 'system:admin' } },
    objectRef: { resource: 'configmaps', namespace: 'default', name: 'written' },
    responseStatus: { code: 201 },
    annotations: {
      'authorization.k8s.io/decision': 'allow',
      'reflet.dev/commit': expect.stringMatching(/^[0-9a-f]{40}$/),
    },
  });
  const told = (await lines()).find(({ auditID }) => auditID === auditId)!;
  expect(told.requestObject).toBeUndefined();
  await expect.poll(tip).toBe(told.annotations?.['reflet.dev/commit']);
});

test('refusals are told with who asked and for whom', async () => {
  const headers = { 'impersonate-user': 'jane', 'audit-id': 'mine-1' };
  const { code, auditId } = await call('DELETE', `${MAPS}/written`, undefined, headers);
  expect([code, auditId]).toEqual([403, 'mine-1']);
  await find(({ auditID }) => auditID === 'mine-1').toMatchObject({
    user: { username: 'system:admin' },
    impersonatedUser: { username: 'jane' },
    responseStatus: { code: 403, reason: 'Forbidden' },
    annotations: { 'authorization.k8s.io/decision': 'forbid' },
  });
  const unknown = { authorization: 'Bearer nobody', 'audit-id': 'nobody-1' };
  expect((await call('POST', MAPS, map('x'), unknown)).code).toBe(401);
  await find(({ auditID }) => auditID === 'nobody-1').toMatchObject({
    user: { username: '' },
    responseStatus: { code: 401 },
  });
});

test('a push is told as a whole and object by object', async () => {
  const clone = await createClone(join(directory, 'clone'), join(directory, 'desired.git'));
  await clone.commit({ 'one.yaml': configMap('one', { a: '1' }), 'two.yaml': configMap('two', { a: '1' }) });
  expect((await clone.push()).stderr).toContain('admitted');
  const commit = await tip();
  const isOf = (line: AuditLine) => line.annotations?.['reflet.dev/commit'] === commit;
  await find((line) => isOf(line) && line.verb === 'push').toMatchObject({ user: { username: 'system:admin' } });
  for (const name of ['one', 'two'])
    await find((line) => isOf(line) && line.objectRef?.name === name).toMatchObject({
      verb: 'create',
      level: 'Metadata',
    });
});

test('what admission notes of a pushed object, and why a push is refused, is told', async () => {
  const clone = await createClone(join(directory, 'guarded'), join(directory, 'desired.git'));
  const labels = '{pod-security.kubernetes.io/enforce: baseline, pod-security.kubernetes.io/audit: restricted}';
  const space = `apiVersion: v1\nkind: Namespace\nmetadata: {name: guarded, labels: ${labels}}\n`;
  const pod = (name: string, spec: string) =>
    `apiVersion: v1\nkind: Pod\nmetadata: {name: ${name}, namespace: guarded}\nspec: {${spec}containers: [{name: c, image: i}]}\n`;
  await clone.commit({ 'space.yaml': space, 'fine.yaml': pod('fine', '') });
  expect((await clone.push()).stderr).toContain('admitted');
  await find(({ verb, objectRef }) => verb === 'create' && objectRef?.name === 'fine').toMatchObject({
    annotations: {
      'pod-security.kubernetes.io/enforce-policy': 'baseline:latest',
      'pod-security.kubernetes.io/audit-violations': expect.stringContaining('would violate PodSecurity "restricted'),
      'reflet.dev/commit': await tip(),
    },
  });
  await clone.commit({ 'bad.yaml': pod('bad', 'hostNetwork: true, ') });
  expect((await clone.push()).stderr).toContain('refused');
  await find(({ verb, responseStatus }) => verb === 'push' && responseStatus?.code === 403).toMatchObject({
    responseStatus: {
      ...{ status: 'Failure', reason: 'Forbidden' },
      message: expect.stringContaining('violates PodSecurity "baseline:latest"'),
    },
  });
});

test('controllers are told of by name, and no value of a Secret is', async () => {
  const value = 'bm90aGluZyB0byBzZWU=';
  const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 's' }, data: { k: value } };
  expect((await call('POST', '/api/v1/namespaces/default/secrets', secret)).code).toBe(201);
  await find(({ objectRef }) => objectRef?.resource === 'secrets' && objectRef.name === 's').toMatchObject({
    verb: 'create',
  });
  await find(
    ({ user, objectRef }) =>
      user.username === 'system:serviceaccount:kube-system:root-ca-cert-publisher' &&
      objectRef?.resource === 'configmaps',
  ).toBeDefined();
  expect(await readFile(join(directory, 'audit', 'audit.log'), 'utf8')).not.toContain(value);
});
