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
  jwtVerify,
  SignJWT,
} from 'jose';
import type { Clock, Ids } from '../base/clock.ts';
import { readIfPresent, writeSecretFile } from './pki.ts';
import type { UserInfo } from './user.ts';

export const ISSUER = 'https://kubernetes.default.svc.cluster.local';

export interface BoundObject {
  kind: 'Pod' | 'Secret' | 'Node';
  name: string;
  uid: string;
}

export interface TokenRequest {
  namespace: string;
  serviceAccount: { name: string; uid: string };
  audiences: readonly string[];
  expirationSeconds: number;
  bound?: BoundObject;
}

/** Uid of an object that exists, or undefined. */
export type UidLookup = (
  kind: 'ServiceAccount' | BoundObject['kind'],
  namespace: string,
  name: string,
) => string | undefined;

export interface TokenReader {
  read(token: string, audiences?: readonly string[]): Promise<UserInfo | undefined>;
}

export interface TokenIssuer {
  /** Resolves with the token and when it ends, in ms since the epoch. */
  issue(request: TokenRequest): Promise<{ token: string; expiresMs: number }>;
}

interface Claims extends JWTPayload {
  'kubernetes.io'?: {
    namespace?: string;
    serviceaccount?: { name: string; uid: string };
    pod?: { name: string; uid: string };
    secret?: { name: string; uid: string };
    node?: { name: string; uid: string };
  };
}

export interface ServiceAccountTokens extends TokenReader, TokenIssuer {
  /** RFC 7517 key set, for `/openid/v1/jwks`. */
  jwks(): { keys: object[] };
}

/** Opens (or makes) the signing key `sa.key` in `directory`. */
export async function openServiceAccountTokens(
  directory: string,
  clock: Clock,
  ids: Ids,
  uidOf: UidLookup,
): Promise<ServiceAccountTokens> {
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
  return {
    jwks: () => ({ keys: [{ ...publicJwk, alg: 'ES256', use: 'sig', kid }] }),
    async issue(request) {
      const issuedS = Math.floor(clock.now() / 1000);
      const expiresS = issuedS + request.expirationSeconds;
      const token = await new SignJWT(claimsOf(request))
        .setProtectedHeader({ alg: 'ES256', kid })
        .setIssuer(ISSUER)
        .setSubject(`system:serviceaccount:${request.namespace}:${request.serviceAccount.name}`)
        .setAudience(request.audiences.length > 0 ? [...request.audiences] : [ISSUER])
        .setIssuedAt(issuedS)
        .setNotBefore(issuedS)
        .setExpirationTime(expiresS)
        .setJti(ids.uid())
        .sign(privateKey);
      return { token, expiresMs: expiresS * 1000 };
    },
    async read(token, audiences = [ISSUER]) {
      try {
        const options = {
          issuer: ISSUER,
          audience: [...audiences],
          algorithms: ['ES256'],
          currentDate: new Date(clock.now()),
          clockTolerance: 0,
        };
        const { payload } = await jwtVerify<Claims>(token, publicKey, options);
        return userOf(payload, uidOf);
      } catch (error) {
        if (error instanceof errors.JOSEError || error instanceof TypeError) return undefined;
        throw error;
      }
    },
  };
}

function claimsOf({ namespace, serviceAccount, bound }: TokenRequest): Claims {
  const { name, uid } = serviceAccount;
  return {
    'kubernetes.io': {
      namespace,
      serviceaccount: { name, uid },
      ...(bound ? { [bound.kind.toLowerCase()]: { name: bound.name, uid: bound.uid } } : {}),
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
  if (node && uidOf('Node', '', node.name) !== node.uid) return undefined;
  const extra: Record<string, string[]> = {};
  if (claims.jti) extra['authentication.kubernetes.io/credential-id'] = [`JTI=${claims.jti}`];
  if (pod) {
    extra['authentication.kubernetes.io/pod-name'] = [pod.name];
    extra['authentication.kubernetes.io/pod-uid'] = [pod.uid];
  }
  return {
    username: `system:serviceaccount:${namespace}:${serviceaccount.name}`,
    uid: serviceaccount.uid,
    groups: ['system:serviceaccounts', `system:serviceaccounts:${namespace}`, 'system:authenticated'],
    extra,
  };
}
