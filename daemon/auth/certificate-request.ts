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
  emailAddresses: readonly string[];
  uris: readonly string[];
  /** Names of other kinds. */
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
    const [dnsNames, ipAddresses, emailAddresses, uris] = [of('dns'), of('ip'), of('email'), of('url')];
    const known = dnsNames.length + ipAddresses.length + emailAddresses.length + uris.length;
    return {
      // Of several the last one counts, as in Go, and is the only one that is signed.
      commonName: request.subjectName.getField('CN').at(-1) ?? '',
      organizations: request.subjectName.getField('O'),
      ...{ dnsNames, ipAddresses, emailAddresses, uris, otherNames: names.length - known },
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
  readonly subject: x509.JsonName;
  readonly publicKey: x509.PublicKey;
  readonly alternativeNames: x509.SubjectAlternativeNameExtension | undefined;
}

/** Throws for a request that was not signed with the key it is for. */
export async function verifyRequest(pem: string): Promise<VerifiedRequest> {
  const request = read(pem);
  if (!request || !(await request.verify().catch(() => false))) throw new Error('the request is not signed by its key');
  return {
    subject: withOneCommonName(request.subjectName.toJSON()),
    publicKey: request.publicKey,
    alternativeNames: alternativeNamesOf(request),
  };
}

/** Whoever reads the certificate must see whom it was judged for. */
function withOneCommonName(name: x509.JsonName): x509.JsonName {
  const commonName = name.flatMap((part) => part['CN'] ?? []).at(-1);
  const others = name.map(({ CN: _, ...rest }) => rest).filter((part) => Object.keys(part).length > 0);
  return commonName === undefined ? others : [{ CN: [commonName] }, ...others];
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
