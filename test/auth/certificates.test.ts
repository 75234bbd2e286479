/** Certificates by request, against the real server with kubectl: made, approved, signed, used; and who may not. */

import { webcrypto } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import 'reflect-metadata';
import * as x509 from '@peculiar/x509';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type RunResult, run } from '../../daemon/base/process.ts';
import { type ControlPlaneProcess, startControlPlaneProcess } from '../bench/support/control-plane-process.ts';

let directory: string;
let controlPlane: ControlPlaneProcess;
const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'reflet-certificates-'));
  controlPlane = await startControlPlaneProcess(directory);
});
afterAll(async () => {
  await controlPlane?.stop();
  await rm(directory, { recursive: true, force: true });
});

const kubectl = (...args: string[]): Promise<RunResult> =>
  run('kubectl', ['--kubeconfig', controlPlane.kubeconfig, ...args]);
const kubectlAs = (user: string, ...args: string[]) =>
  kubectl('--as', user, '--as-group', 'system:authenticated', ...args);

interface Wish {
  signer: string;
  usages?: string[];
  seconds?: number;
}

/** Asks for a certificate; resolves with the key in PEM. */
async function ask(
  name: string,
  subject: string,
  { signer, usages = ['client auth'], seconds }: Wish,
  user = 'jane',
): Promise<string> {
  const keys = await webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
  const made = await x509.Pkcs10CertificateRequestGenerator.create({
    name: subject,
    keys,
    signingAlgorithm: ALGORITHM,
  });
  const spec = {
    request: Buffer.from(made.toString('pem')).toString('base64'),
    signerName: signer,
    usages,
    username: 'somebody else',
    ...(seconds === undefined ? {} : { expirationSeconds: seconds }),
  };
  const path = join(directory, `${name}.json`);
  const body = { apiVersion: 'certificates.k8s.io/v1', kind: 'CertificateSigningRequest', metadata: { name }, spec };
  await writeFile(path, JSON.stringify(body));
  const { exitCode, stderr } = await kubectlAs(user, 'create', '-f', path);
  if (exitCode !== 0) throw new Error(stderr);
  return x509.PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey), 'PRIVATE KEY');
}

const field = async (name: string, jsonpath: string) =>
  (await kubectl('get', 'csr', name, '-o', `jsonpath=${jsonpath}`)).stdout;
const condition = (name: string) =>
  expect.poll(async () => (await kubectl('get', 'csr', name, '--no-headers')).stdout.trim().split(/ +/).at(-1), {
    timeout: 15_000,
  });

beforeAll(async () => {
  await kubectl('create', 'clusterrole', 'asker', '--verb=create,get', '--resource=certificatesigningrequests');
  for (const user of ['jane', 'system:node:n1'])
    await kubectl(
      'create',
      'clusterrolebinding',
      `asker-${user.split(':').at(-1)}`,
      '--clusterrole=asker',
      `--user=${user}`,
    );
});

test('a certificate that was approved lets its user in, for as long as was asked', async () => {
  const key = await ask('jane', 'CN=jane,O=developers', {
    signer: 'kubernetes.io/kube-apiserver-client',
    seconds: 1200,
  });
  await condition('jane').toBe('Pending');
  expect(await field('jane', '{.spec.username}')).toBe('jane');
  expect((await kubectl('certificate', 'approve', 'jane')).stdout).toContain('approved');
  await condition('jane').toBe('Approved,Issued');
  expect(await field('jane', '{.status.conditions[0].lastTransitionTime}')).toMatch(/^\d{4}-/);
  const pem = Buffer.from(await field('jane', '{.status.certificate}'), 'base64').toString('utf8');
  const certificate = new x509.X509Certificate(pem);
  expect(
    certificate.notAfter.getTime() - Date.parse(await field('jane', '{.metadata.creationTimestamp}')),
  ).toBeLessThan(1_300_000);
  await writeFile(join(directory, 'jane.crt'), pem);
  await writeFile(join(directory, 'jane.key'), key, { mode: 0o600 });
  const server = [
    '--server',
    `https://127.0.0.1:${controlPlane.port}`,
    '--certificate-authority',
    join(directory, 'keys', 'ca.crt'),
  ];
  const who = ['--client-certificate', join(directory, 'jane.crt'), '--client-key', join(directory, 'jane.key')];
  const { stdout } = await run('kubectl', [
    ...server,
    ...who,
    '--kubeconfig',
    '/dev/null',
    'auth',
    'whoami',
    '-o',
    'jsonpath={.status.userInfo.username} {.status.userInfo.groups}',
  ]);
  expect(stdout).toBe('jane ["developers","system:authenticated"]');
});

test('a denied request is never signed', async () => {
  await ask('denied', 'CN=jane', { signer: 'kubernetes.io/kube-apiserver-client' });
  expect((await kubectl('certificate', 'deny', 'denied')).exitCode).toBe(0);
  await condition('denied').toBe('Denied');
  expect((await kubectl('certificate', 'approve', 'denied')).stderr).toContain('is already Denied');
});

test('what a signer does not take fails', async () => {
  await ask('wrong', 'CN=jane', {
    signer: 'kubernetes.io/kube-apiserver-client',
    usages: ['client auth', 'server auth'],
  });
  await kubectl('certificate', 'approve', 'wrong');
  await condition('wrong').toBe('Approved,Failed');
});

test('approving needs the verb on the signer; nobody gets system:masters; a request is as it is', async () => {
  await ask('mine', 'CN=jane', { signer: 'example.org/signer' });
  const approval = [
    'create',
    'clusterrole',
    'approver',
    '--verb=get,update',
    '--resource=certificatesigningrequests,certificatesigningrequests/approval',
  ];
  await kubectl(...approval);
  await kubectl('create', 'clusterrolebinding', 'approver', '--clusterrole=approver', '--user=max');
  const { stderr } = await kubectlAs('max', 'certificate', 'approve', 'mine');
  expect(stderr).toContain('user not permitted to approve requests with signerName "example.org/signer"');
  const rules = [
    {
      apiGroups: ['certificates.k8s.io'],
      resources: ['signers'],
      resourceNames: ['example.org/*'],
      verbs: ['approve'],
    },
  ];
  const role = {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRole',
    metadata: { name: 'signer-approver' },
  };
  await writeFile(join(directory, 'role.json'), JSON.stringify({ ...role, rules }));
  await kubectl('create', '-f', join(directory, 'role.json'));
  await kubectl('create', 'clusterrolebinding', 'signer-approver', '--clusterrole=signer-approver', '--user=max');
  expect((await kubectlAs('max', 'certificate', 'approve', 'mine')).stderr).toBe('');
  await condition('mine').toBe('Approved');
  const masters = ask('masters', 'CN=jane,O=system:masters', { signer: 'kubernetes.io/kube-apiserver-client' });
  await expect(masters).rejects.toThrow(
    'use of kubernetes.io/kube-apiserver-client signer with system:masters group is not allowed',
  );
  await expect(ask('none', 'CN=x', { signer: 'nowhere' })).rejects.toThrow('must be a fully qualified domain and path');
});

test('what is no request is invalid, whoever is to sign it', async () => {
  const refused = async (name: string, request: string, signerName: string) => {
    const path = join(directory, `${name}.json`);
    const spec = { request: Buffer.from(request).toString('base64'), signerName, usages: ['client auth'] };
    const body = { apiVersion: 'certificates.k8s.io/v1', kind: 'CertificateSigningRequest', metadata: { name }, spec };
    await writeFile(path, JSON.stringify(body));
    return (await kubectlAs('jane', 'create', '-f', path)).stderr;
  };
  const noPem = 'spec.request: Invalid value: []byte{0x78}: PEM block type must be CERTIFICATE REQUEST';
  const block = '-----BEGIN CERTIFICATE REQUEST-----\nAAEC\n-----END CERTIFICATE REQUEST-----\n';
  for (const signer of ['kubernetes.io/kube-apiserver-client', 'example.org/signer']) {
    expect(await refused('no-pem', 'x', signer)).toContain(noPem);
    expect(await refused('no-request', block, signer)).toMatch(
      /is invalid: spec\.request: Invalid value: \[\]byte\{.*\}: not a PKCS#10 certificate request/,
    );
  }
});

test('a node renews its own client certificate, and no other node’s', async () => {
  const wish = { signer: 'kubernetes.io/kube-apiserver-client-kubelet', usages: ['client auth', 'digital signature'] };
  const asNode = async (name: string, subject: string) => {
    await kubectl(
      'create',
      'clusterrolebinding',
      `self-${name}`,
      '--clusterrole=system:certificates.k8s.io:certificatesigningrequests:selfnodeclient',
      '--user=system:node:n1',
    );
    await ask(name, subject, wish, 'system:node:n1');
  };
  await asNode('own', 'CN=system:node:n1,O=system:nodes');
  await condition('own').toBe('Approved,Issued');
  await asNode('other', 'CN=system:node:n2,O=system:nodes');
  await condition('other').toBe('Pending');
});
