/**
 * Service accounts' tokens: JWTs (RFC 7519, ES256) bound to the account's uid and, where asked, to a pod's (KEP-1205).
 * A token is good only as long as what it is bound to exists with that very uid.
 */

import { join } from 'node:path';
import {
  calculateJwkThumbprint,
  errors,
  exportJWK,
  exportPKCS8,
  generateKeyPair,
  importJWK,
  importPKCS8,
  type JWTPayload,
  SignJWT,
} from 'jose';
import type { Clock, Ids } from '../base/clock.ts';
import { readIfPresent, writeSecretFile } from '../base/secret-file.ts';
import type { TokenReader } from './authenticate.ts';
import type { UserInfo } from './user.ts';
import { createTokenVerifier } from './verify-token.ts';

export const ISSUER = 'https://kubernetes.default.svc.cluster.local';
const LEGACY_ISSUER = 'kubernetes/serviceaccount';
const ALGORITHMS = ['ES256'];
/** Claims of tokens of that issuer begin with it. */
const LEGACY = 'kubernetes.io/serviceaccount/';

export interface BoundObject {
  kind: 'Pod' | 'Secret' | 'Node';
  name: string;
  uid: string;
}

export interface NodeClaim {
  name: string;
  uid?: string;
}

export interface TokenRequest {
  namespace: string;
  serviceAccount: { name: string; uid: string };
  audiences: readonly string[];
  expirationSeconds: number;
  bound?: BoundObject;
  /** Of the bound pod: told, not checked (KEP-4193). Without a uid: there is no such node yet. */
  node?: NodeClaim;
}

/** A token that lasts as long as its Secret, as before TokenRequest. */
export interface SecretTokenRequest {
  namespace: string;
  account: { name: string; uid: string };
  secret: string;
}

/** Uid of an object that exists, or undefined. */
export type UidLookup = (
  kind: 'ServiceAccount' | BoundObject['kind'],
  namespace: string,
  name: string,
) => string | undefined;

/** The token that a Secret holds, in plain text, or undefined. */
export type SecretTokenLookup = (namespace: string, secret: string) => string | undefined;

export interface TokenIssuer {
  /** Resolves with the token, what it is called in audits (`JTI=…`), and when it ends, in ms since the epoch. */
  issue(request: TokenRequest): Promise<{ token: string; credentialId: string; expiresMs: number }>;
}

interface Claims extends JWTPayload {
  'kubernetes.io'?: {
    namespace?: string;
    serviceaccount?: { name: string; uid: string };
    pod?: { name: string; uid: string };
    secret?: { name: string; uid: string };
    node?: NodeClaim;
  };
}

export interface ServiceAccountTokens extends TokenReader, TokenIssuer {
  issueForSecret(request: SecretTokenRequest): Promise<string>;
  /** RFC 7517 key set, for `/openid/v1/jwks`. */
  jwks(): { keys: object[] };
}

async function openSigningKey(directory: string) {
  const path = join(directory, 'sa.key');
  let pem = await readIfPresent(path);
  if (!pem) {
    const { privateKey } = await generateKeyPair('ES256', { extractable: true });
    pem = await exportPKCS8(privateKey);
    await writeSecretFile(path, pem);
  }
  const privateKey = await importPKCS8(pem, 'ES256', { extractable: true });
  const { d: _secret, ...publicJwk } = await exportJWK(privateKey);
  const kid = await calculateJwkThumbprint(publicJwk);
  const publicKey = await importJWK({ ...publicJwk, alg: 'ES256' }, 'ES256');
  return { privateKey, publicKey, publicJwk, kid };
}

/** Opens (or makes) the signing key `sa.key` in `directory`. */
export async function openServiceAccountTokens(
  directory: string,
  clock: Clock,
  ids: Ids,
  uidOf: UidLookup,
  secretTokenOf: SecretTokenLookup = () => undefined,
): Promise<ServiceAccountTokens> {
  const { privateKey, publicKey, publicJwk, kid } = await openSigningKey(directory);
  const { issuerOf, verify } = createTokenVerifier<Claims>(() => publicKey, clock);
  return {
    jwks: () => ({ keys: [{ ...publicJwk, alg: 'ES256', use: 'sig', kid }] }),
    async issue(request) {
      const issuedS = Math.floor(clock.now() / 1000);
      const expiresS = issuedS + request.expirationSeconds;
      const id = ids.uid();
      const token = await new SignJWT(claimsOf(request))
        .setProtectedHeader({ alg: 'ES256', kid })
        .setIssuer(ISSUER)
        .setSubject(`system:serviceaccount:${request.namespace}:${request.serviceAccount.name}`)
        .setAudience(request.audiences.length > 0 ? [...request.audiences] : [ISSUER])
        .setIssuedAt(issuedS)
        .setNotBefore(issuedS)
        .setExpirationTime(expiresS)
        .setJti(id)
        .sign(privateKey);
      return { token, credentialId: credentialIdOf(id), expiresMs: expiresS * 1000 };
    },
    issueForSecret: ({ namespace, account, secret }) =>
      new SignJWT({
        [`${LEGACY}namespace`]: namespace,
        [`${LEGACY}secret.name`]: secret,
        [`${LEGACY}service-account.name`]: account.name,
        [`${LEGACY}service-account.uid`]: account.uid,
      })
        .setProtectedHeader({ alg: 'ES256', kid })
        .setIssuer(LEGACY_ISSUER)
        .setSubject(`system:serviceaccount:${namespace}:${account.name}`)
        .sign(privateKey),
    async read(token, audiences) {
      try {
        if (issuerOf(token) === LEGACY_ISSUER) {
          // Made before audiences were: good for the API alone.
          if (!audiences.includes(ISSUER)) return undefined;
          const claims = await verify(token, { issuer: LEGACY_ISSUER, algorithms: ALGORITHMS });
          const user = legacyUserOf(claims, token, uidOf, secretTokenOf);
          return user && { user, audiences: [ISSUER] };
        }
        const claims = await verify(token, { issuer: ISSUER, audiences, algorithms: ALGORITHMS });
        const user = userOf(claims, uidOf);
        const granted = [claims.aud ?? []].flat();
        return user && { user, audiences: audiences.filter((one) => granted.includes(one)) };
      } catch (error) {
        if (error instanceof errors.JOSEError || error instanceof TypeError) return undefined;
        throw error;
      }
    },
  };
}

/** The token must be the one that its Secret holds: deleting the Secret, or emptying it, ends it. */
function legacyUserOf(
  claims: JWTPayload,
  token: string,
  uidOf: UidLookup,
  secretTokenOf: SecretTokenLookup,
): UserInfo | undefined {
  const read = (name: string): string => {
    const value = claims[LEGACY + name];
    return typeof value === 'string' ? value : '';
  };
  const [namespace, name, uid] = [read('namespace'), read('service-account.name'), read('service-account.uid')];
  if (!namespace || !name || !uid || uidOf('ServiceAccount', namespace, name) !== uid) return undefined;
  if (secretTokenOf(namespace, read('secret.name')) !== token) return undefined;
  return { username: `system:serviceaccount:${namespace}:${name}`, uid, groups: accountGroups(namespace) };
}

const credentialIdOf = (jti: string): string => `JTI=${jti}`;

const accountGroups = (namespace: string): string[] => [
  'system:serviceaccounts',
  `system:serviceaccounts:${namespace}`,
  'system:authenticated',
];

function claimsOf({ namespace, serviceAccount, bound, node }: TokenRequest): Claims {
  const { name, uid } = serviceAccount;
  return {
    'kubernetes.io': {
      namespace,
      serviceaccount: { name, uid },
      ...(bound ? { [bound.kind.toLowerCase()]: { name: bound.name, uid: bound.uid } } : {}),
      ...(node ? { node } : {}),
    },
  };
}

function userOf(claims: Claims, uidOf: UidLookup): UserInfo | undefined {
  const bound = claims['kubernetes.io'];
  if (!bound?.namespace || !bound.serviceaccount) return undefined;
  const { namespace, serviceaccount, pod, secret, node } = bound;
  if (uidOf('ServiceAccount', namespace, serviceaccount.name) !== serviceaccount.uid) return undefined;
  if (pod && uidOf('Pod', namespace, pod.name) !== pod.uid) return undefined;
  if (secret && uidOf('Secret', namespace, secret.name) !== secret.uid) return undefined;
  // Of a pod's token the node is only told: the pod ends with it.
  if (node && !pod && uidOf('Node', '', node.name) !== node.uid) return undefined;
  const extra: Record<string, string[]> = {};
  if (claims.jti) extra['authentication.kubernetes.io/credential-id'] = [credentialIdOf(claims.jti)];
  if (pod) {
    extra['authentication.kubernetes.io/pod-name'] = [pod.name];
    extra['authentication.kubernetes.io/pod-uid'] = [pod.uid];
  }
  if (node) {
    extra['authentication.kubernetes.io/node-name'] = [node.name];
    if (node.uid) extra['authentication.kubernetes.io/node-uid'] = [node.uid];
  }
  return {
    username: `system:serviceaccount:${namespace}:${serviceaccount.name}`,
    uid: serviceaccount.uid,
    groups: accountGroups(namespace),
    extra,
  };
}
