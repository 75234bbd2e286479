/** What the daemon's own components write and are refused is audited as anybody's requests are. */

import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { AuditEvent } from '../../daemon/api/audit/event.ts';
import { openPki } from '../../daemon/auth/pki.ts';
import { systemClock } from '../../daemon/base/clock.ts';
import { silentLogger } from '../../daemon/base/log.ts';
import { type Audit, openAudit } from '../../daemon/bin/audit.ts';
import { bootstrap } from '../../daemon/bin/bootstrap.ts';
import { type Kernel, openKernel } from '../../daemon/bin/kernel.ts';
import type { Client } from '../../daemon/client/client.ts';
import { ACTING_USERS } from '../../daemon/controllers/accounts.ts';
import { NAMESPACES, NODES, PODS, SECRETS, SERVICE_ACCOUNTS } from '../../daemon/kinds/resources.ts';
import { makeNode } from '../support/objects.ts';

let directory: string;
let audit: Audit;
let kernel: Kernel;
let admin: Client;
let controller: Client;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'reflet-audit-own-'));
  const policy = join(directory, 'policy.json');
  const rules = [{ level: 'None', users: ['admin', 'system:apiserver'] }, { level: 'RequestResponse' }];
  const omitStages = ['RequestReceived'];
  await writeFile(policy, JSON.stringify({ apiVersion: 'audit.k8s.io/v1', kind: 'Policy', omitStages, rules }));
  audit = await openAudit({ auditPolicyFile: policy }, directory, silentLogger);
  const keysDir = join(directory, 'keys');
  const pki = await openPki(keysDir, ['localhost'], systemClock);
  kernel = await openKernel({
    ...{ storeDir: join(directory, 'store'), keysDir, serviceCidr: '10.96.0.0/16', audit },
    nodes: () => undefined,
    log: silentLogger,
  });
  await bootstrap(kernel.clientFor('system:apiserver', ['system:masters'], 'kube-apiserver'), {
    ...{ clusterIp: '10.96.0.1', hostIp: '192.0.2.1', port: 6443, clientCa: pki.caCertificate },
  });
  admin = kernel.clientFor('admin', ['system:masters'], 'test');
  const { username, groups, fieldManager } = ACTING_USERS['replicaset']!;
  controller = kernel.clientFor(username, groups, fieldManager);
});
afterEach(async () => {
  await kernel.store.close();
  await rm(directory, { recursive: true, force: true });
});

async function namespace(name: string, labels: Record<string, string>): Promise<void> {
  await admin.create(NAMESPACES, { metadata: { name, labels } });
  await admin.create(SERVICE_ACCOUNTS, { metadata: { name: 'default', namespace: name } });
}

const privileged = (name: string, where: string) => ({
  metadata: { name, namespace: where },
  spec: { containers: [{ name: 'c', image: 'i', securityContext: { privileged: true } }] },
});

async function events(): Promise<AuditEvent[]> {
  await audit.close();
  const text = await readFile(join(directory, 'audit', 'audit.log'), 'utf8');
  return text
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as AuditEvent);
}

it('a write that admission refuses is told with its reason', async () => {
  await namespace('safe', { 'pod-security.kubernetes.io/enforce': 'baseline' });
  await expect(controller.create(PODS, privileged('p', 'safe'))).rejects.toThrow('violates PodSecurity');
  expect(await events()).toEqual([
    expect.objectContaining({
      verb: 'create',
      user: expect.objectContaining({ username: 'system:serviceaccount:kube-system:replicaset-controller' }),
      objectRef: { resource: 'pods', namespace: 'safe', name: 'p', apiVersion: 'v1' },
      responseStatus: expect.objectContaining({ code: 403, reason: 'Forbidden', status: 'Failure' }),
      requestObject: privileged('p', 'safe'),
      annotations: expect.objectContaining({
        'authorization.k8s.io/decision': 'allow',
        'pod-security.kubernetes.io/enforce-policy': 'baseline:latest',
      }),
    }),
  ]);
});

it('what admission notes of a write stands beside it', async () => {
  await namespace('watched', { 'pod-security.kubernetes.io/audit': 'baseline' });
  await controller.create(PODS, privileged('p', 'watched'));
  const [event, ...others] = await events();
  expect(others).toEqual([]);
  expect(event).toMatchObject({
    responseStatus: { code: 201 },
    responseObject: { metadata: { name: 'p', uid: expect.any(String) } },
  });
  expect(event!.annotations).toMatchObject({
    'pod-security.kubernetes.io/audit-violations': expect.stringContaining('privileged'),
  });
});

it('what a component may not do is told as forbidden, what is not there as not found', async () => {
  await admin.create(NODES, makeNode('n1'));
  await expect(controller.delete(NODES, { name: 'n1' })).rejects.toThrow('cannot delete resource "nodes"');
  await expect(controller.delete(PODS, { namespace: 'default', name: 'none' })).rejects.toThrow('not found');
  expect(await events()).toEqual([
    expect.objectContaining({
      verb: 'delete',
      objectRef: { resource: 'nodes', name: 'n1', apiVersion: 'v1' },
      responseStatus: expect.objectContaining({ code: 403 }),
      annotations: { 'authorization.k8s.io/decision': 'forbid', 'authorization.k8s.io/reason': expect.any(String) },
    }),
    expect.objectContaining({
      objectRef: { resource: 'pods', namespace: 'default', name: 'none', apiVersion: 'v1' },
      responseStatus: expect.objectContaining({ code: 404, reason: 'NotFound' }),
    }),
  ]);
});

it('of Secrets no value is told, by whomever they are written', async () => {
  const manager = kernel.clientFor('system:kube-controller-manager', [], 'kube-controller-manager');
  await manager.create(SECRETS, { metadata: { name: 's', namespace: 'default' }, stringData: { key: 'canary-8d1f' } });
  const [event] = await events();
  expect(event).toMatchObject({ level: 'Metadata', responseStatus: { code: 201 } });
  expect(JSON.stringify(event)).not.toMatch(/canary|Y2FuYXJ5/);
});
