/**
 * ID tokens of an OpenID provider (`apiserver/plugin/pkg/authenticator/token/oidc`): signature, issuer, audience, lifetime, required claims; then
 * username and groups from claims. A provider that cannot be reached makes its tokens unknown, and nothing else.
 */

import { decodeJwt, errors, type JWTPayload, jwtVerify } from 'jose';
import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/log.ts';
import type { TokenReader } from './authenticate.ts';
import type { ProviderKeys } from './jwks.ts';
import type { UserInfo } from './user.ts';

/** Which tokens are a provider's. */
export interface OidcTokenSettings {
  issuer: string;
  /** The token must be for one of them. */
  audiences: readonly string[];
  /** `RS256` */
  algorithms: readonly string[];
}

export interface OidcSettings extends OidcTokenSettings {
  usernameClaim: string;
  usernamePrefix: string;
  groupsClaim?: string;
  groupsPrefix: string;
  uidClaim?: string;
  requiredClaims: Readonly<Record<string, string>>;
}

/** Only asymmetric ones: with a shared secret whoever verifies could sign. */
export const OIDC_ALGORITHMS = ['RS256', 'RS384', 'RS512', 'ES256', 'ES384', 'ES512', 'PS256', 'PS384', 'PS512'];

export interface OidcOptions {
  settings: OidcTokenSettings;
  /** Whose a token with these claims is; undefined: nobody's. Must not throw. */
  userOf(claims: JWTPayload): UserInfo | undefined;
  keys: ProviderKeys;
  apiAudiences: readonly string[];
  clock: Clock;
  log: Logger;
}

export function createOidcTokens({ settings, userOf, keys, apiAudiences, clock, log }: OidcOptions): TokenReader {
  return {
    async read(token, asked) {
      const audiences = asked.filter((one) => apiAudiences.includes(one));
      if (audiences.length === 0 || issuerOf(token) !== settings.issuer) return undefined;
      try {
        const { payload } = await jwtVerify(token, keys.key, {
          issuer: settings.issuer,
          audience: [...settings.audiences],
          algorithms: [...settings.algorithms],
          currentDate: new Date(clock.now()),
          requiredClaims: ['exp'],
        });
        const user = userOf(payload);
        return user && { user, audiences };
      } catch (error) {
        // What a token holds is nobody's news; a provider that does not answer is the operator's.
        if (!(error instanceof errors.JOSEError))
          log.warn({ err: error, issuer: settings.issuer }, 'an OIDC token could not be verified');
        return undefined;
      }
    },
  };
}

/** Who the token says it is from, unverified: others' tokens are not worth a look. */
function issuerOf(token: string): string | undefined {
  try {
    return decodeJwt(token).iss;
  } catch {
    return undefined;
  }
}

/** By the claims that the settings name. */
export function userOfClaims(payload: JWTPayload, settings: OidcSettings): UserInfo | undefined {
  const { usernameClaim, usernamePrefix, groupsClaim, groupsPrefix, uidClaim, requiredClaims } = settings;
  for (const [claim, value] of Object.entries(requiredClaims)) if (own(payload, claim) !== value) return undefined;
  const username = own(payload, usernameClaim);
  if (typeof username !== 'string' || username === '') return undefined;
  if (
    usernameClaim === 'email' &&
    own(payload, 'email_verified') !== undefined &&
    own(payload, 'email_verified') !== true
  )
    return undefined;
  const groups = groupsClaim === undefined ? [] : groupsOf(own(payload, groupsClaim));
  if (!groups) return undefined;
  const uid = uidClaim === undefined ? undefined : own(payload, uidClaim);
  return {
    username: usernamePrefix + username,
    ...(typeof uid === 'string' && uid !== '' ? { uid } : {}),
    groups: groups.map((group) => groupsPrefix + group),
    ...(typeof payload.jti === 'string' && payload.jti !== ''
      ? { extra: { 'authentication.kubernetes.io/credential-id': [`JTI=${payload.jti}`] } }
      : {}),
  };
}

const own = (payload: JWTPayload, claim: string): unknown =>
  Object.hasOwn(payload, claim) ? payload[claim] : undefined;

/** A list, or one alone; undefined when it is neither. */
function groupsOf(claim: unknown): string[] | undefined {
  if (claim === undefined || claim === null) return [];
  const list = [claim].flat();
  return list.every((one) => typeof one === 'string') ? list : undefined;
}
