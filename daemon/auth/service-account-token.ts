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
import type { AuthenticationNotes, TokenReader } from './authenticate.ts';
import {
  LEGACY_ISSUER,
  readSecretToken,
  type SecretTokenContext,
  type SecretTokenLookup,
  type SecretTokenRequest,
  type SecretTokenUse,
  secretClaims,
} from './secret-token.ts';
import { accountGroups, type UidLookup } from './token-identity.ts';
import type { UserInfo } from './user.ts';
import { createTokenVerifier } from './verify-token.ts';

export const ISSUER = 'https://kubernetes.default.svc.cluster.local';
const ALGORITHMS = ['ES256'];
/** What pods' tokens are asked for with, unless a pod says otherwise: to programs that never read them anew they are good for a year. */
const EXTENDED_SECONDS = 3607;
const EXTENSION_SECONDS = 365 * 24 * 3600;

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
    /** Seconds since the epoch: from then on its use is told, though it is good. */
    warnafter?: number;
  };
}

/** What came of tokens' use since the start. `stale`: after the time for which they were asked. */
export type TokenUse = 'valid' | 'stale' | SecretTokenUse;

export interface ServiceAccountTokens extends TokenReader, TokenIssuer {
  issueForSecret(request: SecretTokenRequest): Promise<string>;
  /** RFC 7517 key set, for `/openid/v1/jwks`. */
  jwks(): { keys: object[] };
  readonly uses: Readonly<Record<TokenUse, number>>;
}

export interface ServiceAccountTokenOptions {
  secretTokenOf?: SecretTokenLookup;
  markUsed?: SecretTokenContext['markUsed'];
  /** `--service-account-extend-token-expiration`; true without. */
  extendsExpiration?: boolean;
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
  {
    secretTokenOf = () => undefined,
    markUsed = async () => {},
    extendsExpiration = true,
  }: ServiceAccountTokenOptions = {},
): Promise<ServiceAccountTokens> {
  const { privateKey, publicKey, publicJwk, kid } = await openSigningKey(directory);
  const { issuerOf, verify } = createTokenVerifier<Claims>(() => publicKey, clock);
  const uses: Record<TokenUse, number> = { valid: 0, stale: 0, automatic: 0, manual: 0, invalidated: 0 };
  const count = (use: TokenUse): void => {
    uses[use] += 1;
  };
  return {
    uses,
    jwks: () => ({ keys: [{ ...publicJwk, alg: 'ES256', use: 'sig', kid }] }),
    async issue(request) {
      const issuedS = Math.floor(clock.now() / 1000);
      const expiresS = issuedS + request.expirationSeconds;
      const isExtended = extendsExpiration && mayExtend(request);
      const id = ids.uid();
      const token = await new SignJWT(claimsOf(request, isExtended ? expiresS : undefined))
        .setProtectedHeader({ alg: 'ES256', kid })
        .setIssuer(ISSUER)
        .setSubject(`system:serviceaccount:${request.namespace}:${request.serviceAccount.name}`)
        .setAudience(request.audiences.length > 0 ? [...request.audiences] : [ISSUER])
        .setIssuedAt(issuedS)
        .setNotBefore(issuedS)
        .setExpirationTime(isExtended ? issuedS + EXTENSION_SECONDS : expiresS)
        .setJti(id)
        .sign(privateKey);
      return { token, credentialId: credentialIdOf(id), expiresMs: expiresS * 1000 };
    },
    issueForSecret: (request) =>
      new SignJWT(secretClaims(request))
        .setProtectedHeader({ alg: 'ES256', kid })
        .setIssuer(LEGACY_ISSUER)
        .setSubject(`system:serviceaccount:${request.namespace}:${request.account.name}`)
        .sign(privateKey),
    async read(token, audiences, notes) {
      try {
        if (issuerOf(token) === LEGACY_ISSUER) {
          // Made before audiences were: good for the API alone.
          if (!audiences.includes(ISSUER)) return undefined;
          const claims = await verify(token, { issuer: LEGACY_ISSUER, algorithms: ALGORITHMS });
          const context = { uidOf, secretTokenOf, markUsed, count, nowMs: clock.now() };
          const user = await readSecretToken(claims, token, context, notes);
          return user && { user, audiences: [ISSUER] };
        }
        const claims = await verify(token, { issuer: ISSUER, audiences, algorithms: ALGORITHMS });
        const user = userOf(claims, uidOf);
        if (user) tellUse(claims, clock.now(), count, notes);
        const granted = [claims.aud ?? []].flat();
        return user && { user, audiences: audiences.filter((one) => granted.includes(one)) };
      } catch (error) {
        if (error instanceof errors.JOSEError || error instanceof TypeError) return undefined;
        throw error;
      }
    },
  };
}

const credentialIdOf = (jti: string): string => `JTI=${jti}`;

/** Of a pod, for this API alone, and with the time that pods' tokens are asked for by default (KEP-1205). */
const mayExtend = ({ bound, expirationSeconds, audiences }: TokenRequest): boolean =>
  bound?.kind === 'Pod' && expirationSeconds === EXTENDED_SECONDS && audiences.every((audience) => audience === ISSUER);

/** A token that is used after the time for which it was asked is good, but its program should have read a newer one. */
function tellUse(claims: Claims, nowMs: number, count: (use: TokenUse) => void, notes?: AuthenticationNotes): void {
  const warnAfterS = claims['kubernetes.io']?.warnafter;
  if (!warnAfterS) return;
  if (nowMs <= warnAfterS * 1000) return count('valid');
  const lateS = Math.floor(nowMs / 1000) - warnAfterS;
  notes?.annotate(
    'authentication.k8s.io/stale-token',
    `subject: ${claims.sub}, seconds after warning threshold: ${lateS}`,
  );
  count('stale');
}

function claimsOf({ namespace, serviceAccount, bound, node }: TokenRequest, warnafter?: number): Claims {
  const { name, uid } = serviceAccount;
  return {
    'kubernetes.io': {
      namespace,
      serviceaccount: { name, uid },
      ...(bound ? { [bound.kind.toLowerCase()]: { name: bound.name, uid: bound.uid } } : {}),
      ...(node ? { node } : {}),
      ...(warnafter === undefined ? {} : { warnafter }),
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
