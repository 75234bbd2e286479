/**
 * Reads and signs PKCS#10 certificate requests (RFC 2986) for the signers of `kubernetes.io/`: what each of them takes, and what it makes of it
 * (`pkg/controller/certificates/signer`).
 */

import 'reflect-metadata'; // @peculiar/x509 needs the polyfill before it is loaded
import * as x509 from '@peculiar/x509';

interface RequestSubject {
  commonName: string;
  organizations: readonly string[];
  dnsNames: readonly string[];
  ipAddresses: readonly string[];
  /** E-mail addresses, URIs and others. */
  otherNames: number;
}

/** PEM text of a request; longer is none. */
const REQUEST_LENGTH_MAX = 64 * 1024;

function read(pem: string): x509.Pkcs10CertificateRequest | undefined {
  if (pem.length > REQUEST_LENGTH_MAX) return undefined;
  try {
    return new x509.Pkcs10CertificateRequest(pem.trim());
  } catch {
    return undefined;
  }
}

function alternativeNamesOf(request: x509.Pkcs10CertificateRequest): x509.SubjectAlternativeNameExtension | undefined {
  return request.extensions.find((one) => one instanceof x509.SubjectAlternativeNameExtension);
}

/** Undefined for what is no request. */
export function subjectOfRequest(pem: string): RequestSubject | undefined {
  const request = read(pem);
  if (!request) return undefined;
  try {
    const names = alternativeNamesOf(request)?.names.items ?? [];
    const of = (type: string) => names.filter((name) => name.type === type).map(({ value }) => value);
    const [dnsNames, ipAddresses] = [of('dns'), of('ip')];
    return {
      commonName: request.subjectName.getField('CN')[0] ?? '',
      organizations: request.subjectName.getField('O'),
      dnsNames,
      ipAddresses,
      otherNames: names.length - dnsNames.length - ipAddresses.length,
    };
  } catch {
    return undefined;
  }
}

/** When a PEM certificate ends, in ms since the epoch; undefined for what is none. */
export function endOfCertificate(pem: string): number | undefined {
  try {
    return new x509.X509Certificate(pem.trim()).notAfter.getTime();
  } catch {
    return undefined;
  }
}

interface VerifiedRequest {
  readonly subject: string;
  readonly publicKey: x509.PublicKey;
  readonly alternativeNames: x509.SubjectAlternativeNameExtension | undefined;
}

/** Throws for a request that was not signed with the key it is for. */
export async function verifyRequest(pem: string): Promise<VerifiedRequest> {
  const request = read(pem);
  if (!request || !(await request.verify().catch(() => false))) throw new Error('the request is not signed by its key');
  return {
    subject: request.subject,
    publicKey: request.publicKey,
    alternativeNames: alternativeNamesOf(request),
  };
}

const KEY_USAGES: Readonly<Record<string, number>> = {
  signing: x509.KeyUsageFlags.digitalSignature,
  'digital signature': x509.KeyUsageFlags.digitalSignature,
  'content commitment': x509.KeyUsageFlags.nonRepudiation,
  'key encipherment': x509.KeyUsageFlags.keyEncipherment,
  'key agreement': x509.KeyUsageFlags.keyAgreement,
  'data encipherment': x509.KeyUsageFlags.dataEncipherment,
};
const EXTENDED_USAGES: Readonly<Record<string, string>> = {
  'client auth': x509.ExtendedKeyUsage.clientAuth,
  'server auth': x509.ExtendedKeyUsage.serverAuth,
};

/** The extensions of a certificate with these usages; others than the signers take are left out. */
export function usageExtensions(usages: readonly string[]): x509.Extension[] {
  const flags = usages.reduce((all, usage) => all | (KEY_USAGES[usage] ?? 0), 0);
  const extended = usages.flatMap((usage) => EXTENDED_USAGES[usage] ?? []);
  return [
    ...(flags ? [new x509.KeyUsagesExtension(flags, true)] : []),
    ...(extended.length > 0 ? [new x509.ExtendedKeyUsageExtension(extended)] : []),
  ];
}
