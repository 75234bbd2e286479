import { webcrypto } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import 'reflect-metadata';
import * as x509 from '@peculiar/x509';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { endOfCertificate, subjectOfRequest } from '../../../daemon/auth/certificate-request.ts';
import { openPki, type Pki } from '../../../daemon/auth/pki.ts';
import { formatTime } from '../../../daemon/base/clock.ts';
import type { Client } from '../../../daemon/client/client.ts';
import { start } from '../../../daemon/controllers/certificatesigningrequest/loop.ts';
import type { ControllerContext } from '../../../daemon/controllers/shared/context.ts';
import { CERTIFICATE_SIGNING_REQUESTS } from '../../../daemon/kinds/resources.ts';
import { type ControlPlane, startControlPlane } from '../../support/control-plane.ts';

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const SIGNER = 'kubernetes.io/kubelet-serving';
const USAGES = ['digital signature', 'server auth'];
const SUBJECT = 'CN=system:node:n1,O=system:nodes';
const NAMES: x509.JsonGeneralNames = [
  { type: 'dns', value: 'n1.example.org' },
  { type: 'ip', value: '192.0.2.7' },
];

let directory: string;
let made: ControlPlane;
let pki: Pki;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'reflet-csr-'));
  made = await startControlPlane([startLoop], { nodes: [] });
  pki = await openPki(directory, ['127.0.0.1'], made.clock);
});
afterEach(async () => {
  made.stop();
  await rm(directory, { recursive: true, force: true });
});

function startLoop(context: ControllerContext) {
  return start(context, {
    signing: {
      subjectOf: subjectOfRequest,
      endOf: endOfCertificate,
      certificate: (request) => pki.signRequest(request),
      accountToken: () => Promise.reject(new Error('no accounts here')),
    },
  });
}

async function requestOf(name: string, names: x509.JsonGeneralNames): Promise<string> {
  const keys = await webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
  const extensions = names.length > 0 ? [new x509.SubjectAlternativeNameExtension(names)] : [];
  const request = await x509.Pkcs10CertificateRequestGenerator.create({
    ...{ name, keys, signingAlgorithm: ALGORITHM, extensions },
  });
  return Buffer.from(request.toString('pem')).toString('base64');
}

/** Asks as the node, approved unless told otherwise, and gives what became of it. */
async function ask({
  signer = SIGNER,
  subject = SUBJECT,
  names = NAMES,
  usages = USAGES,
  isApproved = true,
  request = '',
  expirationSeconds = 3_600,
} = {}) {
  const at = formatTime(made.clock.now());
  const approval = { type: 'Approved', status: 'True', reason: 'ByHand', lastUpdateTime: at, lastTransitionTime: at };
  await made.client.create(CERTIFICATE_SIGNING_REQUESTS, {
    metadata: { name: 'r' },
    spec: {
      ...{ signerName: signer, usages, expirationSeconds, username: 'system:node:n1', groups: ['system:nodes'] },
      request: request || (await requestOf(subject, names)),
    },
    status: isApproved ? { conditions: [approval] } : {},
  });
  const read = async () => (await made.client.get(CERTIFICATE_SIGNING_REQUESTS, { name: 'r' })).status;
  const isJudged = (status: Awaited<ReturnType<typeof read>>) =>
    status?.certificate !== undefined || status?.conditions?.some(({ type }) => type === 'Failed') === true;
  await made.clock.advance(100);
  // Signing is real work in other threads, which no clock of ours moves.
  if (isApproved)
    await vi.waitUntil(
      async () => {
        await made.clock.advance(100);
        return isJudged(await read());
      },
      { timeout: 30_000, interval: 5 },
    );
  return read();
}

describe('a kubelet’s serving certificate', () => {
  it('is signed when somebody has approved it, with its names and usages', async () => {
    const status = await ask();
    const pem = Buffer.from(status!.certificate!, 'base64').toString('utf8');
    const certificate = new x509.X509Certificate(pem);
    expect(certificate.subject).toBe('CN=system:node:n1, O=system:nodes');
    const extended = certificate.getExtension(x509.ExtendedKeyUsageExtension);
    expect(extended?.usages).toEqual([x509.ExtendedKeyUsage.serverAuth]);
    const names = certificate.getExtension(x509.SubjectAlternativeNameExtension);
    expect(names?.names.items.map(({ value }) => value)).toEqual(['n1.example.org', '192.0.2.7']);
    const authority = new x509.X509Certificate(pki.caCertificate);
    expect(await certificate.verify({ publicKey: authority.publicKey, signatureOnly: true })).toBe(true);
  });

  it('is approved by nobody but people', async () => {
    expect(await ask({ isApproved: false })).toEqual({});
  });

  it.each<[string, Parameters<typeof ask>[0], string]>([
    ['another organization', { subject: 'CN=system:node:n1,O=ops' }, 'subject organization is not system:nodes'],
    ['another name', { subject: 'CN=jane,O=system:nodes' }, 'subject common name does not begin with system:node:'],
    [
      'a second name behind that of the node',
      { subject: 'CN=system:node:n1,O=system:nodes,CN=jane' },
      'subject common name does not begin with system:node:',
    ],
    ['no names', { names: [] }, 'DNS or IP subjectAltName is required'],
    [
      'an address of another kind',
      { names: [...NAMES, { type: 'url', value: 'https://a' }] as x509.JsonGeneralNames },
      'URI subjectAltNames are not allowed',
    ],
    [
      'the usages of a client',
      { usages: ['digital signature', 'client auth'] },
      'usages did not match [digital signature key encipherment server auth]',
    ],
    [
      'usages beyond those of a server',
      { usages: ['digital signature', 'server auth', 'client auth'] },
      'usages did not match [digital signature key encipherment server auth]',
    ],
    ['what is no request', { request: Buffer.from('nothing').toString('base64') }, 'the request cannot be read'],
  ])('with %s fails', async (_what, wish, message) => {
    const status = await ask(wish);
    expect(status?.certificate).toBeUndefined();
    expect(status?.conditions?.at(-1)).toMatchObject({ type: 'Failed', reason: 'SignerValidationFailure', message });
  });
});

describe('a client’s certificate', () => {
  const signer = 'kubernetes.io/kube-apiserver-client';
  it.each([
    [['client auth', 'server auth'], 'invalid usage for client certificate: server auth'],
    [['digital signature'], 'missing required usage for client certificate: client auth'],
  ])('with the usages %j fails', async (usages, message) => {
    const status = await ask({ signer, usages, subject: 'CN=jane', names: [] });
    expect(status?.conditions?.at(-1)).toMatchObject({ type: 'Failed', message });
  });

  it.each([
    [1_200, 1_200],
    [86_400, 86_400 - 300],
  ])('asked for %i s lasts %i s, and is good five minutes before', async (expirationSeconds, seconds) => {
    const status = await ask({ signer, usages: ['client auth'], subject: 'CN=jane', names: [], expirationSeconds });
    const certificate = new x509.X509Certificate(Buffer.from(status!.certificate!, 'base64').toString('utf8'));
    expect((certificate.notAfter.getTime() - certificate.notBefore.getTime()) / 1000).toBe(seconds + 300);
  });

  it('names the one whom the request is judged by, the last, and nobody else', async () => {
    const status = await ask({ signer, usages: ['client auth'], subject: 'CN=admin,O=a,CN=jane,O=b', names: [] });
    const pem = Buffer.from(status!.certificate!, 'base64').toString('utf8');
    expect(new x509.X509Certificate(pem).subject).toBe('CN=jane, O=a, O=b');
  });
});

describe('a kubelet’s client certificate', () => {
  const wish = {
    signer: 'kubernetes.io/kube-apiserver-client-kubelet',
    usages: ['digital signature', 'client auth'],
    names: [],
    isApproved: false,
  };

  /** Lets whoever asks create these subresources, and no others. */
  const allow = (...subresources: string[]) => {
    const { client } = made;
    const create = client.create.bind(client) as Client['create'];
    client.create = (async (...asked: Parameters<Client['create']>) => {
      const [resource, object] = asked;
      if (resource.plural !== 'subjectaccessreviews') return create(...asked);
      const { spec } = object as { spec?: { resourceAttributes?: { subresource?: string } } };
      const allowed = subresources.includes(spec?.resourceAttributes?.subresource ?? '');
      return { ...object, status: { allowed } };
    }) as Client['create'];
  };

  it.each([
    ['selfnodeclient', SUBJECT, 'Auto approving self kubelet client certificate after SubjectAccessReview.'],
    ['nodeclient', SUBJECT, 'Auto approving kubelet client certificate after SubjectAccessReview.'],
    [
      'nodeclient',
      'CN=system:node:n2,O=system:nodes',
      'Auto approving kubelet client certificate after SubjectAccessReview.',
    ],
    ['selfnodeclient', 'CN=system:node:n2,O=system:nodes', undefined],
  ])('whoever may create %s gets it for %s', async (subresource, subject, message) => {
    allow(subresource);
    const status = await ask({ ...wish, subject });
    if (message === undefined) expect(status).toEqual({});
    else expect(status?.conditions?.[0]).toMatchObject({ type: 'Approved', reason: 'AutoApproved', message });
  });

  it('is not approved by itself when it has names', async () => {
    allow('selfnodeclient', 'nodeclient');
    expect(await ask({ ...wish, names: NAMES })).toEqual({});
  });
});
