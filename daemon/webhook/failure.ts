/**
 * What went wrong with a call, in the words of Go's network and TLS packages, which people know from the API server. Pure.
 */

type NodeError = Error & {
  code?: string;
  address?: string;
  port?: number;
  hostname?: string;
  cert?: { subjectaltname?: string };
};

const UNTRUSTED = new Set([
  'SELF_SIGNED_CERT_IN_CHAIN',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'CERT_SIGNATURE_FAILURE',
]);

const DIALS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connect: connection refused',
  EHOSTUNREACH: 'connect: no route to host',
  ENETUNREACH: 'connect: network is unreachable',
  ETIMEDOUT: 'connect: connection timed out',
};

const TLS = 'tls: failed to verify certificate: x509:';

export function describeFailure(error: unknown, url: URL): string {
  const failed = (error instanceof AggregateError ? error.errors[0] : error) as NodeError;
  const { address, port, message = String(error) } = failed;
  const code = typeof failed.code === 'string' ? failed.code : '';
  const dial = DIALS[code];
  if (dial) return `dial tcp ${formatAddress(address ?? url.hostname, port ?? (url.port || 443))}: ${dial}`;
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return `dial tcp: lookup ${url.hostname}: no such host`;
  if (code === 'ECONNRESET' || code === 'EPIPE') return 'EOF';
  if (code === 'CERT_HAS_EXPIRED' || code === 'CERT_NOT_YET_VALID')
    return `${TLS} certificate has expired or is not yet valid`;
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') return mismatch(failed, url);
  if (UNTRUSTED.has(code)) return `${TLS} certificate signed by unknown authority`;
  if (code === 'EPROTO' || code.startsWith('ERR_SSL')) return 'tls: first record does not look like a TLS handshake';
  return message;
}

function mismatch({ cert }: NodeError, url: URL): string {
  const names = (cert?.subjectaltname ?? '')
    .split(', ')
    .map((name) => name.replace(/^(?:DNS|IP Address):/, ''))
    .filter(Boolean);
  const host = url.hostname.replace(/^\[|\]$/g, '');
  if (names.length === 0) return `${TLS} certificate is not valid for any names, but wanted to match ${host}`;
  return `${TLS} certificate is valid for ${names.join(', ')}, not ${host}`;
}

const formatAddress = (address: string, port: number | string): string =>
  `${address.includes(':') ? `[${address}]` : address}:${port}`;
