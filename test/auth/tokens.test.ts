/** Bearer tokens of other makers than the cluster: bootstrap tokens, an OpenID provider's, and those that live in a Secret. */

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createBootstrapTokens } from '../../daemon/auth/bootstrap-token.ts';
import { createProviderKeys } from '../../daemon/auth/jwks.ts';
import { createOidcTokens, userOfClaims } from '../../daemon/auth/oidc.ts';
import { openServiceAccountTokens } from '../../daemon/auth/service-account-token.ts';
import { systemIds } from '../../daemon/base/clock.ts';
import { silentLogger } from '../../daemon/base/log.ts';
import type { KubeObject } from '../../daemon/base/object.ts';
import { oidcSettings } from '../../daemon/bin/authentication.ts';
import { readStaticTokens } from '../../daemon/bin/static-tokens.ts';
import { createStore } from '../../daemon/store/create-store.ts';
import { createMemoryLog } from '../../daemon/store/memory-log.ts';
import { SimClock } from '../support/sim-clock.ts';

const API = ['api'];
let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'reflet-tokens-'));
});
afterAll(() => rm(directory, { recursive: true }));

const base64 = (data: Record<string, string>) =>
  Object.fromEntries(Object.entries(data).map(([key, value]) => [key, Buffer.from(value).toString('base64')]));

describe('a bootstrap token', () => {
  const clock = new SimClock();
  const later = new Date(clock.now() + 3_600_000).toISOString();
  const good = {
    'token-id': 'abcdef',
    'token-secret': '0123456789abcdef',
    'usage-bootstrap-authentication': 'true',
    'auth-extra-groups': 'system:bootstrappers:workers',
    expiration: later,
  };
  const read = async (
    data: Record<string, string>,
    token = 'abcdef.0123456789abcdef',
    type = 'bootstrap.kubernetes.io/token',
  ) => {
    const store = await createStore(createMemoryLog());
    const metadata = { name: 'bootstrap-token-abcdef', namespace: 'kube-system' };
    const value = { apiVersion: 'v1', kind: 'Secret', metadata, type, data: base64(data) } as KubeObject;
    await store.commit([{ type: 'put', key: '/registry/core/secrets/kube-system/bootstrap-token-abcdef', value }]);
    return (await createBootstrapTokens(store, clock, API).read(token, API))?.user;
  };

  it('is its Secret’s user and groups', async () => {
    expect(await read(good)).toEqual({
      username: 'system:bootstrap:abcdef',
      groups: ['system:bootstrappers', 'system:bootstrappers:workers'],
    });
    expect(await read({ ...good, expiration: '' })).toBeDefined();
  });

  it.each([
    ['another secret', good, 'abcdef.0123456789abcdee', undefined],
    ['another form', good, 'abcdef.short', undefined],
    ['another type of Secret', good, undefined, 'Opaque'],
    ['another id', { ...good, 'token-id': 'abcdeg' }, undefined, undefined],
    ['no use for authentication', { ...good, 'usage-bootstrap-authentication': 'yes' }, undefined, undefined],
    ['an end that has come', { ...good, expiration: '2001-01-01T00:00:00Z' }, undefined, undefined],
    ['an end that cannot be read', { ...good, expiration: 'soon' }, undefined, undefined],
    ['a group of the system', { ...good, 'auth-extra-groups': 'system:masters' }, undefined, undefined],
  ])('is unknown with %s', async (_, data, token, type) => {
    expect(await read(data, token, type)).toBeUndefined();
  });
});

describe('an ID token', async () => {
  const clock = new SimClock();
  const issuer = 'https://id.example.org';
  const pair = async (kid: string) => {
    const { publicKey, privateKey } = await generateKeyPair('RS256', { extractable: true });
    return { kid, privateKey, jwk: { ...(await exportJWK(publicKey)), kid, alg: 'RS256', use: 'sig' } };
  };
  const [first, second] = [await pair('one'), await pair('two')];
  let published = [first.jwk];
  let fetches = 0;
  const fetchJson = async (url: string) => {
    fetches++;
    return url.endsWith('/keys') ? { keys: published } : { issuer, jwks_uri: `${issuer}/keys` };
  };
  const settings = oidcSettings({
    ...{ oidcIssuerUrl: issuer, oidcClientId: 'reflet', oidcUsernameClaim: 'email' },
    ...{ oidcGroupsClaim: 'groups', oidcGroupsPrefix: 'oidc:', oidcRequiredClaim: ['hd=example.org'] },
  })!;
  const userOf = (payload: JWTPayload) => userOfClaims(payload, settings);
  const keys = createProviderKeys({ issuer, fetchJson, clock });
  const reader = createOidcTokens({ settings, userOf, keys, apiAudiences: API, clock, log: silentLogger });
  const claims = {
    iss: issuer,
    aud: 'reflet',
    email: 'jane@example.org',
    email_verified: true,
    hd: 'example.org',
    groups: ['devs'],
  };
  const sign = (payload: JWTPayload, { kid, privateKey } = first) =>
    new SignJWT({ exp: clock.now() / 1000 + 60, ...payload })
      .setProtectedHeader({ alg: 'RS256', kid })
      .sign(privateKey);
  const known = async (payload: JWTPayload, signer = first) =>
    (await reader.read(await sign(payload, signer), API))?.user;

  it('is a user with prefixed groups', async () => {
    expect(await known(claims)).toEqual({ username: 'jane@example.org', groups: ['oidc:devs'] });
    expect(await known({ ...claims, groups: 'one' })).toMatchObject({ groups: ['oidc:one'] });
  });

  it.each<[string, JWTPayload]>([
    ['another audience', { ...claims, aud: 'others' }],
    ['another issuer', { ...claims, iss: 'https://evil.example.org' }],
    ['an end that has come', { ...claims, exp: 1 }],
    ['a beginning that has not', { ...claims, nbf: 99_999_999_999 }],
    ['an e-mail that is not verified', { ...claims, email_verified: false }],
    ['a required claim that differs', { ...claims, hd: 'example.com' }],
    ['no username', { ...claims, email: undefined }],
    ['groups that are no names', { ...claims, groups: [1] }],
  ])('is unknown with %s', async (_, payload) => {
    expect(await known(payload)).toBeUndefined();
  });

  it('is unknown unsigned, signed with the public key as a secret, and without an end', async () => {
    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
    expect(await reader.read(`${part({ alg: 'none' })}.${part({ ...claims, exp: 9e9 })}.`, API)).toBeUndefined();
    const secret = new TextEncoder().encode(JSON.stringify(first.jwk));
    const forged = await new SignJWT({ ...claims, exp: 9e9 })
      .setProtectedHeader({ alg: 'HS256', kid: 'one' })
      .sign(secret);
    expect(await reader.read(forged, API)).toBeUndefined();
    const endless = await new SignJWT(claims).setProtectedHeader({ alg: 'RS256', kid: 'one' }).sign(first.privateKey);
    expect(await reader.read(endless, API)).toBeUndefined();
  });

  it('may be signed with a key that the provider has just made, and forged key ids cost the provider nothing', async () => {
    await clock.advance(60_000);
    published = [first.jwk, second.jwk];
    expect(await known(claims, second)).toBeDefined();
    const before = fetches;
    for (let n = 0; n < 20; n++) expect(await known(claims, { ...second, kid: `forged-${n}` })).toBeUndefined();
    expect(fetches).toBe(before);
  });

  it('of a provider that does not answer is unknown', async () => {
    const silent = createProviderKeys({ issuer, fetchJson: () => Promise.reject(new Error('no route')), clock });
    const deaf = createOidcTokens({ settings, userOf, keys: silent, apiAudiences: API, clock, log: silentLogger });
    expect(await deaf.read(await sign(claims), API)).toBeUndefined();
  });
});

it.each([
  [{ oidcIssuerUrl: 'https://a' }, 'expected both, or neither'],
  [{ oidcIssuerUrl: 'http://a', oidcClientId: 'c' }, 'expected an https URL'],
  [{ oidcIssuerUrl: 'https://a', oidcClientId: 'c', oidcSigningAlgs: 'HS256' }, '--oidc-signing-algs HS256'],
  [{ oidcIssuerUrl: 'https://a', oidcClientId: 'c', oidcRequiredClaim: ['x'] }, 'expected claim=value'],
])('options of OIDC that cannot be: %o', (options, message) => {
  expect(() => oidcSettings(options)).toThrow(message);
});

it('usernames carry their issuer unless they are e-mail addresses or told otherwise', () => {
  const prefix = (more: object) =>
    oidcSettings({ oidcIssuerUrl: 'https://a', oidcClientId: 'c', ...more })?.usernamePrefix;
  expect(prefix({})).toBe('https://a#');
  expect(prefix({ oidcUsernameClaim: 'email' })).toBe('');
  expect(prefix({ oidcUsernamePrefix: '-' })).toBe('');
  expect(prefix({ oidcUsernamePrefix: 'oidc:' })).toBe('oidc:');
});

it('a token that lives in a Secret lasts as long as the Secret holds it', async () => {
  const clock = new SimClock();
  let held: string | undefined;
  const uids: Record<string, string> = { robot: 'u1' };
  const tokens = await openServiceAccountTokens(directory, clock, systemIds, (_, __, name) => uids[name], {
    secretTokenOf: () => (held === undefined ? undefined : { token: held, uid: 's1', labels: {}, isListed: false }),
  });
  const audiences = ['https://kubernetes.default.svc.cluster.local'];
  held = await tokens.issueForSecret({ namespace: 'ns', account: { name: 'robot', uid: 'u1' }, secret: 's' });
  const token = held;
  expect((await tokens.read(token, audiences))?.user.username).toBe('system:serviceaccount:ns:robot');
  expect(await tokens.read(token, ['vault'])).toBeUndefined();
  held = undefined;
  expect(await tokens.read(token, audiences)).toBeUndefined();
  held = token;
  uids['robot'] = 'another';
  expect(await tokens.read(token, audiences)).toBeUndefined();
});

it('a file of static tokens: groups quoted, bare or none; a line of another form is named', async () => {
  const path = join(directory, 'tokens.csv');
  await writeFile(path, 't1,jane,u1,"devs,ops"\n# a comment\n\nt2,"doe, john",u2,devs\nt3,max,\n');
  expect(await readStaticTokens(path, true)).toEqual([
    { token: 't1', user: { username: 'jane', uid: 'u1', groups: ['devs', 'ops'] } },
    { token: 't2', user: { username: 'doe, john', uid: 'u2', groups: ['devs'] } },
    { token: 't3', user: { username: 'max', groups: [] } },
  ]);
  await writeFile(path, 't1,jane,u1\nonly-a-token\n');
  await expect(readStaticTokens(path, true)).rejects.toThrow(`${path}:2: expected token,user,uid`);
  await expect(readStaticTokens(`${path}.none`, true)).rejects.toThrow('there is no such file');
});
