/**
 * Verifies JWTs, each signature once: a client sends the same token with every request, and its signature costs more than all else that answering one
 * takes. That a signature was good is remembered; until when a token is good is looked at each time, and what it is bound to is its reader's to say.
 */

import { decodeJwt, type JWTPayload, type JWTVerifyGetKey, jwtVerify } from 'jose';
import type { Clock } from '../base/clock.ts';

/** Of one client each, as a rule: more than there are at a time. About 1.5 kB each. */
const REMEMBERED_MAX = 2_000;

export interface TokenDemands {
  issuer: string;
  /** The token must be for one of these; undefined: it says nothing of audiences. */
  audiences?: readonly string[];
  algorithms: readonly string[];
}

export interface TokenVerifier<Claims extends JWTPayload> {
  /** As the token says, verified or not: by whose rules it is to be verified. Throws a JOSEError for what is no JWT. */
  issuerOf(token: string): string | undefined;
  /** What the token claims. Rejects with a JOSEError for one that is not good. */
  verify(token: string, demands: TokenDemands): Promise<Claims>;
}

export function createTokenVerifier<Claims extends JWTPayload>(
  keyOf: JWTVerifyGetKey,
  clock: Clock,
): TokenVerifier<Claims> {
  /** By token, with what was demanded of it then. */
  const verified = new Map<string, { demanded: string; claims: Claims }>();
  const issuerOf = (token: string) => (verified.get(token)?.claims ?? decodeJwt(token)).iss;
  const verify = async (token: string, { issuer, audiences, algorithms }: TokenDemands): Promise<Claims> => {
    const nowMs = clock.now();
    const demanded = JSON.stringify([issuer, audiences]);
    const known = verified.get(token);
    if (known?.demanded === demanded && !hasEnded(known.claims, nowMs)) return known.claims;
    const { payload } = await jwtVerify<Claims>(token, keyOf, {
      ...{ issuer, algorithms: [...algorithms], currentDate: new Date(nowMs), clockTolerance: 0 },
      ...(audiences ? { audience: [...audiences] } : {}),
    });
    if (verified.size >= REMEMBERED_MAX) verified.clear();
    verified.set(token, { demanded, claims: payload });
    return payload;
  };
  return { issuerOf, verify };
}

/** As jose reads it: in whole seconds. */
const hasEnded = ({ exp }: JWTPayload, nowMs: number): boolean => exp !== undefined && exp <= Math.floor(nowMs / 1000);
