/**
 * Who is known: reads what the command line names (token files, OpenID providers) and puts the readers of tokens together, in upstream's order.
 */

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { JWTPayload } from 'jose';
import { parse } from 'yaml';
import { type Authenticator, createAuthenticator, type TokenReader } from '../auth/authenticate.ts';
import { createBootstrapTokens } from '../auth/bootstrap-token.ts';
import { createFetchJson, createProviderKeys } from '../auth/jwks.ts';
import { createOidcTokens, OIDC_ALGORITHMS, type OidcSettings, userOfClaims } from '../auth/oidc.ts';
import { ISSUER } from '../auth/service-account-token.ts';
import { createStaticTokens } from '../auth/static-token.ts';
import { systemClock } from '../base/clock.ts';
import type { Logger } from '../base/log.ts';
import type { Store } from '../store/store.ts';
import { readStaticTokens } from './static-tokens.ts';
import { ClaimsError, createClaimMapper } from './structured-authentication/claims.ts';
import {
  type AuthenticationConfiguration,
  isAnonymousAllowed,
  type JwtConfiguration,
  readAuthenticationConfiguration,
} from './structured-authentication/configuration.ts';

/** What the command line says of authentication, as text. */
export interface AuthenticationOptions {
  tokenAuthFile?: string;
  authenticationConfig?: string;
  oidcIssuerUrl?: string;
  oidcClientId?: string;
  oidcUsernameClaim?: string;
  oidcUsernamePrefix?: string;
  oidcGroupsClaim?: string;
  oidcGroupsPrefix?: string;
  oidcSigningAlgs?: string;
  oidcRequiredClaim?: readonly string[];
  oidcCaFile?: string;
  serviceAccountExtendTokenExpiration?: string | true;
}

export interface AuthenticatorParts {
  store: Store;
  keysDir: string;
  /** Reads service accounts' tokens. */
  accounts: TokenReader;
  options: AuthenticationOptions;
  log: Logger;
}

/** Throws with the option, what was given and what was expected. */
export async function openAuthenticator({
  store,
  keysDir,
  accounts,
  options,
  log,
}: AuthenticatorParts): Promise<Authenticator> {
  const apiAudiences = [ISSUER];
  const statics = [
    ...(options.tokenAuthFile ? await readStaticTokens(options.tokenAuthFile, true) : []),
    ...(await readStaticTokens(join(keysDir, 'tokens.csv'), false)),
  ];
  const readers = [
    createStaticTokens(statics, apiAudiences),
    accounts,
    createBootstrapTokens(store, systemClock, apiAudiences),
  ];
  const settings = oidcSettings(options);
  if (settings) {
    const ca = options.oidcCaFile ? await readFile(options.oidcCaFile, 'utf8') : undefined;
    const keys = createProviderKeys({ issuer: settings.issuer, fetchJson: createFetchJson(ca), clock: systemClock });
    const userOf = (claims: JWTPayload) => userOfClaims(claims, settings);
    readers.push(createOidcTokens({ settings, userOf, keys, apiAudiences, clock: systemClock, log }));
  }
  const structured = await readStructured(options);
  readers.push(
    ...(structured.jwt ?? []).map((one, index) => structuredReader(one, `jwt[${index}]`, apiAudiences, log)),
  );
  const allowsAnonymous = (path: string) => isAnonymousAllowed(structured, path);
  return createAuthenticator({ readers, apiAudiences, now: systemClock.now, allowsAnonymous });
}

async function readStructured(options: AuthenticationOptions): Promise<AuthenticationConfiguration> {
  const { authenticationConfig: file, oidcIssuerUrl, oidcClientId } = options;
  if (file === undefined) return {};
  if (oidcIssuerUrl !== undefined || oidcClientId !== undefined)
    throw new Error(
      '--authentication-config and --oidc-…: expected one of them; the file can say all that the options can',
    );
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new Error(
      `--authentication-config ${file}: ${error.code === 'ENOENT' ? 'there is no such file' : error.message}`,
    );
  });
  return readAuthenticationConfiguration(parse(text), file, ISSUER);
}

function structuredReader(
  configuration: JwtConfiguration,
  at: string,
  apiAudiences: readonly string[],
  log: Logger,
): TokenReader {
  const { url: issuer, audiences, discoveryURL, certificateAuthority } = configuration.issuer;
  const mapper = createClaimMapper(configuration, `--authentication-config: ${at}`);
  const fetchJson = createFetchJson(certificateAuthority || undefined);
  const discovery = discoveryURL ? { discoveryUrl: discoveryURL } : {};
  return createOidcTokens({
    settings: { issuer, audiences, algorithms: OIDC_ALGORITHMS },
    keys: createProviderKeys({ issuer, ...discovery, fetchJson, clock: systemClock }),
    userOf(claims) {
      try {
        return mapper.map(claims);
      } catch (error) {
        if (!(error instanceof ClaimsError)) throw error;
        log.debug({ issuer, why: error.message }, 'an ID token is nobody’s');
        return undefined;
      }
    },
    ...{ apiAudiences, clock: systemClock, log },
  });
}

/** Defaults and rules are those of kube-apiserver's `--oidc-…` flags. */
export function oidcSettings(options: AuthenticationOptions): OidcSettings | undefined {
  const { oidcIssuerUrl: issuer, oidcClientId: clientId, oidcUsernameClaim: usernameClaim = 'sub' } = options;
  if (!issuer && !clientId) return undefined;
  if (!issuer || !clientId) throw new Error('--oidc-issuer-url and --oidc-client-id: expected both, or neither');
  if (!URL.canParse(issuer) || new URL(issuer).protocol !== 'https:')
    throw new Error(`--oidc-issuer-url ${issuer}: expected an https URL`);
  const algorithms = (options.oidcSigningAlgs ?? 'RS256').split(',');
  const unknown = algorithms.find((one) => !OIDC_ALGORITHMS.includes(one));
  if (unknown !== undefined)
    throw new Error(`--oidc-signing-algs ${unknown}: expected some of ${OIDC_ALGORITHMS.join(', ')}`);
  return {
    issuer,
    audiences: [clientId],
    algorithms,
    usernameClaim,
    usernamePrefix: usernamePrefixOf(options.oidcUsernamePrefix, usernameClaim, issuer),
    ...(options.oidcGroupsClaim ? { groupsClaim: options.oidcGroupsClaim } : {}),
    groupsPrefix: options.oidcGroupsPrefix ?? '',
    requiredClaims: Object.fromEntries((options.oidcRequiredClaim ?? []).map(readRequiredClaim)),
  };
}

/** `-` is none; without one, names that are no e-mail addresses carry their issuer, so that no two providers make one user. */
function usernamePrefixOf(given: string | undefined, claim: string, issuer: string): string {
  if (given === '-') return '';
  if (given) return given;
  return claim === 'email' ? '' : `${issuer}#`;
}

function readRequiredClaim(text: string): [string, string] {
  const equals = text.indexOf('=');
  if (equals < 1) throw new Error(`--oidc-required-claim ${text}: expected claim=value`);
  return [text.slice(0, equals), text.slice(equals + 1)];
}
