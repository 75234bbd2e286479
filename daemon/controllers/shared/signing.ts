/**
 * What controllers have signed by the cluster's keys; the keys themselves stay with `auth/`. Wired in `bin/`.
 */

/** Whom a certificate request is for. */
export interface RequestSubject {
  commonName: string;
  organizations: readonly string[];
  dnsNames: readonly string[];
  ipAddresses: readonly string[];
  emailAddresses: readonly string[];
  uris: readonly string[];
  /** Names of other kinds. */
  otherNames: number;
}

export interface Signing {
  /** Of a PKCS#10 request in PEM; undefined for what is none. */
  subjectOf(request: string): RequestSubject | undefined;
  /** When a PEM certificate ends, in ms since the epoch; undefined for what is none. */
  endOf(certificate: string): number | undefined;
  /** PEM. Rejects for a request that its own key did not sign. */
  certificate(request: { request: string; usages: readonly string[]; seconds: number }): Promise<string>;
  /** A token that lasts as long as its Secret and its account. */
  accountToken(request: { namespace: string; account: { name: string; uid: string }; secret: string }): Promise<string>;
}
