/** Every loop over the real kernel with the default roles and nothing else: each acts as its own user, and none is refused. */

import { webcrypto } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import 'reflect-metadata';
import * as x509 from '@peculiar/x509';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { AuditEvent } from '../../daemon/api/audit/event.ts';
import { openPki } from '../../daemon/auth/pki.ts';
import { refusal } from '../../daemon/auth/rbac.ts';
import type { Authorizer } from '../../daemon/auth/user.ts';
import { formatTime, systemClock } from '../../daemon/base/clock.ts';
import { silentLogger } from '../../daemon/base/log.ts';
import { openAudit } from '../../daemon/bin/audit.ts';
import { bootstrap } from '../../daemon/bin/bootstrap.ts';
import { type Kernel, openKernel } from '../../daemon/bin/kernel.ts';
import { startLoops } from '../../daemon/bin/loops.ts';
import type { Client } from '../../daemon/client/client.ts';
import {
  CERTIFICATE_SIGNING_REQUESTS,
  CLUSTER_ROLES,
  CONFIG_MAPS,
  CUSTOM_RESOURCE_DEFINITIONS,
  DEPLOYMENTS,
  ENDPOINT_SLICES,
  ENDPOINTS,
  FLOW_SCHEMAS,
  NAMESPACES,
  NODES,
  POD_DISRUPTION_BUDGETS,
  PODS,
  REPLICA_SETS,
  RESOURCE_QUOTAS,
  SECRETS,
  SERVICE_ACCOUNTS,
  SERVICES,
  VALIDATING_ADMISSION_POLICIES,
} from '../../daemon/kinds/resources.ts';
import type { Deployment, Secret } from '../../daemon/kinds/types.generated.ts';
import { makeDeployment, makeNode } from '../support/objects.ts';

let directory: string;
let kernel: Kernel;
let client: Client;
let finish: () => Promise<void>;
const refused = new Set<string>();

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'reflet-loops-'));
  const policy = join(directory, 'policy.json');
  const rules = [{ level: 'Metadata' }];
  await writeFile(policy, JSON.stringify({ apiVersion: 'audit.k8s.io/v1', kind: 'Policy', rules }));
  const audit = await openAudit({ auditPolicyFile: policy }, directory, silentLogger);
  const keysDir = join(directory, 'keys');
  const pki = await openPki(keysDir, ['localhost'], systemClock);
  kernel = await openKernel({
    ...{ storeDir: join(directory, 'store'), keysDir, serviceCidr: '10.96.0.0/16', audit },
    nodes: () => undefined,
    log: silentLogger,
  });
  const authorizer = kernel.context.authorizer as { authorize: Authorizer['authorize'] };
  const { authorize } = authorizer;
  authorizer.authorize = (user, attributes) => {
    const result = authorize(user, attributes);
    if (!result.allowed && user.username.startsWith('system:')) refused.add(refusal(user, attributes));
    return result;
  };
  await bootstrap(kernel.clientFor('system:apiserver', ['system:masters'], 'kube-apiserver'), {
    ...{ clusterIp: '10.96.0.1', hostIp: '192.0.2.1', port: 6443, clientCa: pki.caCertificate },
  });
  const loops = await startLoops(kernel, { pki, podCidr: '10.244.0.0/16', log: silentLogger });
  client = kernel.clientFor('admin', ['system:masters'], 'test');
  finish = async () => {
    loops.stop();
    await audit.close();
    await kernel.store.close();
  };
});
afterAll(async () => {
  await rm(directory, { recursive: true, force: true });
});

const until = (what: string, test: () => Promise<unknown>) =>
  expect.poll(() => test().catch(() => undefined), { timeout: 30_000, message: what });
const inShop = (name: string) => ({ namespace: 'shop', name });
const conditionOf = (object: object, type: string) =>
  (object as { status?: { conditions?: { type: string; status: string }[] } }).status?.conditions?.find(
    (one) => one.type === type,
  );

async function workloads(): Promise<void> {
  await client.create(NAMESPACES, { metadata: { name: 'shop' } });
  for (const name of ['n1', 'n2']) await client.create(NODES, makeNode(name));
  await until('account and certificates', async () => [
    (await client.get(SERVICE_ACCOUNTS, inShop('default'))).metadata?.name,
    (await client.get(CONFIG_MAPS, inShop('kube-root-ca.crt'))).metadata?.name,
  ]).toEqual(['default', 'kube-root-ca.crt']);
  await client.create(SERVICES, { metadata: inShop('web'), spec: { selector: { app: 'web' }, ports: [{ port: 80 }] } });
  await client.create(SERVICES, { metadata: inShop('outside'), spec: { ports: [{ port: 80 }] } });
  await client.create(ENDPOINTS, {
    metadata: inShop('outside'),
    subsets: [{ addresses: [{ ip: '192.0.2.7' }], ports: [{ port: 80 }] }],
  });
  const selector = { matchLabels: { app: 'web' } };
  await client.create(POD_DISRUPTION_BUDGETS, { metadata: inShop('web'), spec: { maxUnavailable: 1, selector } });
  await client.create(RESOURCE_QUOTAS, { metadata: inShop('q'), spec: { hard: { pods: '20' } } });
  await client.create(DEPLOYMENTS, { ...makeDeployment('web', 3), metadata: inShop('web') } as Deployment);
  const bound = async () =>
    (await client.list(PODS, { namespace: 'shop' })).items.filter(({ spec }) => spec?.nodeName).length;
  await until('pods with nodes', bound).toBe(3);
  await until('what is counted', async () => [
    (await client.get(RESOURCE_QUOTAS, inShop('q'))).status?.used?.pods,
    (await client.get(POD_DISRUPTION_BUDGETS, inShop('web'))).status?.expectedPods,
    (await client.list(ENDPOINT_SLICES, { namespace: 'shop' })).items.length >= 2,
  ]).toEqual(['3', 3, true]);
  await client.patch(DEPLOYMENTS, inShop('web'), { metadata: { annotations: { a: 'b' } } }, { type: 'merge' });
  await client.patch(DEPLOYMENTS, inShop('web'), { spec: { replicas: 2 } }, { type: 'merge' });
}

async function removals(): Promise<void> {
  const taints = [{ key: 'gone', effect: 'NoExecute' }];
  await client.patch(NODES, { name: 'n1' }, { spec: { taints } }, { type: 'merge' });
  await until('pods of the tainted node go', async () =>
    (await client.list(PODS, { namespace: 'shop' })).items.every(
      ({ metadata, spec }) => spec?.nodeName !== 'n1' || metadata?.deletionTimestamp,
    ),
  ).toBe(true);
  const [set] = (await client.list(REPLICA_SETS, { namespace: 'shop' })).items;
  await client.delete(REPLICA_SETS, inShop(set!.metadata!.name!), { propagationPolicy: 'Orphan' });
  await until('adopted by a new ReplicaSet', async () =>
    (await client.list(REPLICA_SETS, { namespace: 'shop' })).items.some(
      ({ metadata }) => metadata?.uid !== set!.metadata!.uid,
    ),
  ).toBe(true);
  await client.delete(DEPLOYMENTS, inShop('web'), { propagationPolicy: 'Foreground' });
  await client.delete(NAMESPACES, { name: 'shop' });
  await until('pods go with their node’s word', async () => {
    for (const { metadata } of (await client.list(PODS, { namespace: 'shop' })).items)
      await client.delete(PODS, inShop(metadata!.name!), { gracePeriodSeconds: 0 });
    return (await client.list(NAMESPACES)).items.some(({ metadata }) => metadata?.name === 'shop');
  }).toBe(false);
}

async function certificates(): Promise<void> {
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const name = 'O=system:nodes,CN=system:node:n9';
  const made = await x509.Pkcs10CertificateRequestGenerator.create({ name, keys, signingAlgorithm: algorithm });
  const node = kernel.clientFor('system:node:n9', ['system:nodes'], 'kubelet');
  const spec = {
    request: Buffer.from(made.toString('pem')).toString('base64'),
    signerName: 'kubernetes.io/kube-apiserver-client-kubelet',
    usages: ['client auth', 'digital signature'],
  };
  await node.create(CERTIFICATE_SIGNING_REQUESTS, { metadata: { name: 'n9' }, spec });
  await until('a certificate', async () =>
    Boolean((await client.get(CERTIFICATE_SIGNING_REQUESTS, { name: 'n9' })).status?.certificate),
  ).toBe(true);
}

async function accounts(): Promise<void> {
  const own = { namespace: 'kube-system', name: 'deployment-controller' };
  await until('who acts is there', async () => Boolean(await client.get(SERVICE_ACCOUNTS, own))).toBe(true);
  const annotations = { 'kubernetes.io/service-account.name': 'default' };
  const type = 'kubernetes.io/service-account-token';
  const key = { namespace: 'default', name: 'default-token' };
  await until('default', async () =>
    Boolean(await client.get(SERVICE_ACCOUNTS, { namespace: 'default', name: 'default' })),
  ).toBe(true);
  await client.create(SECRETS, { metadata: { ...key, annotations }, type } as Secret);
  await until('a token', async () => Boolean((await client.get(SECRETS, key)).data?.['token'])).toBe(true);
  const expired = { namespace: 'kube-system', name: 'bootstrap-token-abcdef' };
  const stringData = {
    ...{ 'token-id': 'abcdef', 'token-secret': '0123456789abcdef' },
    expiration: formatTime(systemClock.now() - 60_000),
  };
  await client.create(SECRETS, { metadata: expired, type: 'bootstrap.kubernetes.io/token', stringData } as Secret);
  await until('the bootstrap token goes', async () =>
    (await client.list(SECRETS, { namespace: 'kube-system' })).items.some(
      ({ metadata }) => metadata?.name === expired.name,
    ),
  ).toBe(false);
}

async function cluster(): Promise<void> {
  const rules = [{ apiGroups: ['example.com'], resources: ['things'], verbs: ['get'] }];
  const labels = { 'rbac.authorization.k8s.io/aggregate-to-view': 'true' };
  await client.create(CLUSTER_ROLES, { metadata: { name: 'more', labels }, rules });
  await until('view gathers it', async () =>
    JSON.stringify((await client.get(CLUSTER_ROLES, { name: 'view' })).rules).includes('example.com'),
  ).toBe(true);
  const names = { plural: 'things', singular: 'thing', kind: 'Thing', listKind: 'ThingList' };
  const schema = { openAPIV3Schema: { type: 'object' } };
  const versions = [{ name: 'v1', served: true, storage: true, schema }];
  const spec = { group: 'example.com', names, scope: 'Namespaced', versions };
  await client.create(CUSTOM_RESOURCE_DEFINITIONS, { metadata: { name: 'things.example.com' }, spec } as never);
  await until('established', async () =>
    conditionOf(await client.get(CUSTOM_RESOURCE_DEFINITIONS, { name: 'things.example.com' }), 'Established'),
  ).toMatchObject({ status: 'True' });
  const resourceRules = [{ apiGroups: [''], apiVersions: ['v1'], resources: ['configmaps'], operations: ['CREATE'] }];
  const policy = { matchConstraints: { resourceRules }, validations: [{ expression: 'true' }] };
  await client.create(VALIDATING_ADMISSION_POLICIES, { metadata: { name: 'p' }, spec: policy } as never);
  await until('types are checked', async () =>
    Boolean((await client.get(VALIDATING_ADMISSION_POLICIES, { name: 'p' })).status?.observedGeneration),
  ).toBe(true);
  await client.create(FLOW_SCHEMAS, {
    metadata: { name: 'f' },
    spec: { priorityLevelConfiguration: { name: 'nowhere' }, matchingPrecedence: 9_000 },
  });
  await until('dangling', async () =>
    conditionOf(await client.get(FLOW_SCHEMAS, { name: 'f' }), 'Dangling'),
  ).toMatchObject({ status: 'True' });
  await client.delete(FLOW_SCHEMAS, { name: 'probes' });
  await until('made again', async () => Boolean(await client.get(FLOW_SCHEMAS, { name: 'probes' }))).toBe(true);
}

it('each loop acts as upstream’s user of its kind, and has the rights that it needs', async () => {
  await accounts();
  await cluster();
  await certificates();
  await workloads();
  await removals();
  expect([...refused]).toEqual([]);
  await finish();
  const log = await readFile(join(directory, 'audit', 'audit.log'), 'utf8');
  const events = log
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as AuditEvent & { user: { username: string } });
  const whoWrote = (resource: string, subresource?: string) =>
    new Set(
      events
        .filter(({ objectRef: ref }) => ref?.['resource'] === resource && ref['subresource'] === subresource)
        .map(({ user }) => user.username),
    );
  const account = (name: string) => `system:serviceaccount:kube-system:${name}`;
  expect(whoWrote('replicasets')).toContain(account('deployment-controller'));
  expect(whoWrote('deployments', 'status')).toContain(account('deployment-controller'));
  expect(whoWrote('replicasets', 'status')).toContain(account('replicaset-controller'));
  expect(whoWrote('pods')).toContain(account('replicaset-controller'));
  expect(whoWrote('pods')).toContain(account('node-controller'));
  expect(whoWrote('pods', 'binding')).toEqual(new Set(['system:kube-scheduler']));
  expect(whoWrote('pods')).toContain(account('generic-garbage-collector'));
  expect(whoWrote('endpoints')).toContain(account('endpoint-controller'));
  expect(whoWrote('endpointslices')).toContain(account('endpointslice-controller'));
  expect(whoWrote('endpointslices')).toContain(account('endpointslicemirroring-controller'));
  expect(whoWrote('poddisruptionbudgets', 'status')).toEqual(new Set([account('disruption-controller')]));
  expect(whoWrote('resourcequotas', 'status')).toContain(account('resourcequota-controller'));
  expect(whoWrote('namespaces', 'finalize')).toEqual(new Set([account('namespace-controller')]));
  expect(whoWrote('serviceaccounts')).toContain(account('service-account-controller'));
  expect(whoWrote('serviceaccounts')).toContain('system:kube-controller-manager');
  expect(whoWrote('configmaps')).toContain(account('root-ca-cert-publisher'));
  expect(whoWrote('clusterroles')).toContain(account('clusterrole-aggregation-controller'));
  expect(whoWrote('certificatesigningrequests', 'approval')).toEqual(new Set([account('certificate-controller')]));
  expect(whoWrote('certificatesigningrequests', 'status')).toEqual(new Set([account('certificate-controller')]));
  expect(whoWrote('secrets')).toContain('system:kube-controller-manager');
  expect(whoWrote('secrets')).toContain(account('token-cleaner'));
  expect(whoWrote('nodes')).toContain(account('node-controller'));
  expect(whoWrote('flowschemas', 'status')).toEqual(new Set(['system:apiserver']));
  expect(whoWrote('validatingadmissionpolicies', 'status')).toEqual(
    new Set([account('validatingadmissionpolicy-status-controller')]),
  );
});
