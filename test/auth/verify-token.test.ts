/** A signature is verified once; what else makes a token good is not taken from memory. */

import { errors, generateKeyPair, SignJWT } from 'jose';
import { beforeEach, expect, it } from 'vitest';
import { createTokenVerifier, type TokenVerifier } from '../../daemon/auth/verify-token.ts';
import { SimClock } from '../support/sim-clock.ts';

const { publicKey, privateKey } = await generateKeyPair('ES256');
const demands = { issuer: 'cluster', audiences: ['api'], algorithms: ['ES256'] };
const LIFE_MS = 600_000;

let clock: SimClock;
let verify: TokenVerifier<{ sub?: string }>['verify'];
/** How many signatures have been looked at. */
let keysAsked: number;
beforeEach(() => {
  clock = new SimClock();
  keysAsked = 0;
  ({ verify } = createTokenVerifier(() => {
    keysAsked++;
    return publicKey;
  }, clock));
});

const sign = (audience: string | string[] = 'api') =>
  new SignJWT({ sub: 'robot' })
    .setProtectedHeader({ alg: 'ES256' })
    .setIssuer('cluster')
    .setAudience(audience)
    .setExpirationTime(Math.floor((clock.now() + LIFE_MS) / 1000))
    .sign(privateKey);

it('looks at a signature once', async () => {
  const [token, other] = [await sign(), await sign()];
  for (let n = 0; n < 3; n++) expect(await verify(token, demands)).toMatchObject({ sub: 'robot' });
  expect(keysAsked).toBe(1);
  await verify(other, demands);
  expect(keysAsked).toBe(2);
});

it('knows when a token that was good has ended', async () => {
  const token = await sign();
  await verify(token, demands);
  await clock.advance(LIFE_MS - 2_000);
  await verify(token, demands);
  await clock.advance(2_000);
  await expect(verify(token, demands)).rejects.toThrow(errors.JWTExpired);
});

it.each([
  ['another audience', { ...demands, audiences: ['vault'] }],
  ['an audience that is two of them in one', { ...demands, audiences: ['api vault'] }],
  ['another issuer', { ...demands, issuer: 'elsewhere' }],
])('judges a token that was good anew for %s', async (_what, other) => {
  const token = await sign();
  await verify(token, demands);
  await expect(verify(token, other)).rejects.toThrow(errors.JWTClaimValidationFailed);
  expect(await verify(token, demands)).toMatchObject({ sub: 'robot' });
});

it('lets nobody change the audiences that one text could stand for', async () => {
  const token = await sign('api vault');
  await verify(token, { ...demands, audiences: ['api vault'] });
  await expect(verify(token, demands)).rejects.toThrow(errors.JWTClaimValidationFailed);
  await expect(verify(token, { ...demands, audiences: ['api', 'vault'] })).rejects.toThrow();
});

it('refuses another signature under the same claims, and remembers no refusal as good', async () => {
  const token = await sign();
  await verify(token, demands);
  const [head, body] = token.split('.');
  const [, , foreign] = (await sign()).split('.');
  const forged = `${head}.${body}.${foreign!.slice(0, -4)}AAAA`;
  for (let n = 0; n < 2; n++)
    await expect(verify(forged, demands)).rejects.toThrow(errors.JWSSignatureVerificationFailed);
});
