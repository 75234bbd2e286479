/**
 * The cluster's own certificate authority and what it signs: the server's certificate and client certificates.
 * Everything is kept under `DIR/keys` (directory 0700, keys 0600). ECDSA P-256 throughout; RFC 5280 by @peculiar/x509.
 */

import { webcrypto } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { isIP } from 'node:net';
import { join } from 'node:path';
import 'reflect-metadata'; // @peculiar/x509 needs the polyfill before it is loaded
import * as x509 from '@peculiar/x509';
import type { Clock } from '../base/clock.ts';
import { readIfPresent, writeSecretFile } from '../base/secret-file.ts';
import { usageExtensions, verifyRequest } from './certificate-request.ts';

const DAY_MS = 86_400_000;
const CA_LIFETIME_MS = 3650 * DAY_MS;
const LEAF_LIFETIME_MS = 365 * DAY_MS;
/** A leaf is renewed at start when less than this is left. */
const RENEW_BEFORE_MS = 90 * DAY_MS;
/** Certificates begin in the past, so that hosts whose clocks lag accept them. */
const BACKDATE_MS = 3_600_000;

/** Of certificates that were asked for (`--cluster-signing-duration`'s backdate). */
const REQUESTED_BACKDATE_MS = 300_000;
/** From this on their end is backdated with their begin; shorter ones last as long as was asked. */
const REQUESTED_SHORT_MS = 8 * 3_600_000;

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };

export interface KeyPairPem {
  certificate: string;
  key: string;
}

export interface Pki {
  caCertificate: string;
  server: KeyPairPem;
  /** Signs a client certificate: common name is the user, organisations are the groups. */
  issueClient(username: string, groups: readonly string[]): Promise<KeyPairPem>;
  /** Signs a PKCS#10 request (PEM) as it stands: whoever calls has judged it. Rejects for one that its own key did not sign. */
  signRequest(request: { request: string; usages: readonly string[]; seconds: number }): Promise<string>;
}

/** Opens the authority in `directory`, making what is missing. `names` are the host names and addresses that the server answers to. */
export async function openPki(directory: string, names: readonly string[], clock: Clock): Promise<Pki> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const authority = await openAuthority(directory, clock);
  const server = await openServer(directory, authority, names, clock);
  return {
    caCertificate: authority.certificate.toString('pem'),
    server,
    issueClient: (username, groups) => {
      const subject = [{ CN: [username] }, ...groups.map((group) => ({ O: [group] }))];
      return issue(authority, clock, subject, [new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.clientAuth])]);
    },
    async signRequest({ request, usages, seconds }) {
      const { subject, publicKey, alternativeNames } = await verifyRequest(request);
      const certificate = await x509.X509CertificateGenerator.create({
        subject,
        issuer: authority.certificate.subject,
        publicKey,
        signingKey: authority.privateKey,
        signingAlgorithm: ALGORITHM,
        notBefore: new Date(clock.now() - REQUESTED_BACKDATE_MS),
        notAfter: new Date(Math.min(endOf(clock.now(), seconds * 1000), authority.certificate.notAfter.getTime())),
        extensions: [
          new x509.BasicConstraintsExtension(false, undefined, true),
          await x509.AuthorityKeyIdentifierExtension.create(authority.certificate),
          ...usageExtensions(usages),
          ...(alternativeNames ? [alternativeNames] : []),
        ],
      });
      return certificate.toString('pem');
    },
  };
}

const endOf = (now: number, lifetimeMs: number): number =>
  now + lifetimeMs - (lifetimeMs < REQUESTED_SHORT_MS ? 0 : REQUESTED_BACKDATE_MS);

interface Authority {
  certificate: x509.X509Certificate;
  privateKey: webcrypto.CryptoKey;
}

async function openAuthority(directory: string, clock: Clock): Promise<Authority> {
  const [certificatePem, keyPem] = await Promise.all([
    readIfPresent(join(directory, 'ca.crt')),
    readIfPresent(join(directory, 'ca.key')),
  ]);
  if (certificatePem && keyPem)
    return { certificate: new x509.X509Certificate(certificatePem), privateKey: await importKey(keyPem) };
  if (certificatePem || keyPem)
    throw new Error(
      `keys: ${directory} holds only one of ca.crt and ca.key: restore the other, or remove both to begin anew`,
    );
  const keys = await generateKeys();
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: 'CN=reflet-ca',
    keys,
    signingAlgorithm: ALGORITHM,
    ...lifetime(clock, CA_LIFETIME_MS),
    extensions: [
      new x509.BasicConstraintsExtension(true, undefined, true),
      new x509.KeyUsagesExtension(
        x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign | x509.KeyUsageFlags.digitalSignature,
        true,
      ),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  await writeSecretFile(join(directory, 'ca.key'), await exportKey(keys.privateKey));
  await writeSecretFile(join(directory, 'ca.crt'), certificate.toString('pem'));
  return { certificate, privateKey: keys.privateKey };
}

async function openServer(
  directory: string,
  authority: Authority,
  names: readonly string[],
  clock: Clock,
): Promise<KeyPairPem> {
  const [certificate, key] = await Promise.all([
    readIfPresent(join(directory, 'server.crt')),
    readIfPresent(join(directory, 'server.key')),
  ]);
  if (certificate && key && isUsable(certificate, authority, names, clock)) return { certificate, key };
  const alternatives = names.map((value) => ({ type: isIP(value) ? ('ip' as const) : ('dns' as const), value }));
  const pair = await issue(
    authority,
    clock,
    [{ CN: ['reflet'] }],
    [
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      new x509.SubjectAlternativeNameExtension(alternatives),
    ],
  );
  await writeSecretFile(join(directory, 'server.key'), pair.key);
  await writeSecretFile(join(directory, 'server.crt'), pair.certificate);
  return pair;
}

function isUsable(pem: string, authority: Authority, names: readonly string[], clock: Clock): boolean {
  const certificate = new x509.X509Certificate(pem);
  if (certificate.issuer !== authority.certificate.subject) return false;
  if (certificate.notAfter.getTime() - clock.now() < RENEW_BEFORE_MS) return false;
  const covered =
    certificate.getExtension(x509.SubjectAlternativeNameExtension)?.names.items.map(({ value }) => value) ?? [];
  return names.every((name) => covered.includes(name));
}

async function issue(
  authority: Authority,
  clock: Clock,
  subject: x509.JsonName,
  extensions: x509.Extension[],
): Promise<KeyPairPem> {
  const keys = await generateKeys();
  const certificate = await x509.X509CertificateGenerator.create({
    subject: new x509.Name(subject).toString(),
    issuer: authority.certificate.subject,
    publicKey: keys.publicKey,
    signingKey: authority.privateKey,
    signingAlgorithm: ALGORITHM,
    ...lifetime(clock, LEAF_LIFETIME_MS),
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature | x509.KeyUsageFlags.keyEncipherment, true),
      await x509.AuthorityKeyIdentifierExtension.create(authority.certificate),
      ...extensions,
    ],
  });
  return { certificate: certificate.toString('pem'), key: await exportKey(keys.privateKey) };
}

const lifetime = (clock: Clock, ms: number) => ({
  notBefore: new Date(clock.now() - BACKDATE_MS),
  notAfter: new Date(clock.now() + ms),
});

const generateKeys = () => webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);

async function exportKey(key: webcrypto.CryptoKey): Promise<string> {
  return x509.PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', key), 'PRIVATE KEY');
}

async function importKey(pem: string): Promise<webcrypto.CryptoKey> {
  const [bytes] = x509.PemConverter.decode(pem);
  return webcrypto.subtle.importKey('pkcs8', bytes!, ALGORITHM, true, ['sign']);
}
