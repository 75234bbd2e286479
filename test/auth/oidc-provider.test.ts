/** ID tokens of a provider that is asked over HTTPS, as the command line configures it: its certificate is verified by the file of authorities. */

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Authenticator } from '../../daemon/auth/authenticate.ts';
import { openPki, type Pki } from '../../daemon/auth/pki.ts';
import { systemClock } from '../../daemon/base/clock.ts';
import { silentLogger } from '../../daemon/base/log.ts';
import { type AuthenticationOptions, openAuthenticator } from '../../daemon/bin/authentication.ts';
import { createStore } from '../../daemon/store/create-store.ts';
import { createMemoryLog } from '../../daemon/store/memory-log.ts';

const key = await generateKeyPair('ES256', { extractable: true });
let directory: string;
let pki: Pki;
let provider: Server;
let issuer: string;
const asked: string[] = [];
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'reflet-oidc-'));
  pki = await openPki(join(directory, 'provider'), ['127.0.0.1'], systemClock);
  const { certificate: cert, key: privateKey } = pki.server;
  const jwk = { ...(await exportJWK(key.publicKey)), kid: 'k1', alg: 'ES256', use: 'sig' };
  provider = createServer({ cert, key: privateKey }, ({ url = '' }, response) => {
    asked.push(url);
    const document: Record<string, unknown> = {
      '/realm/.well-known/openid-configuration': { issuer, jwks_uri: `${issuer}/keys` },
      '/realm/keys': { keys: [jwk] },
      '/elsewhere/.well-known/openid-configuration': { issuer, jwks_uri: `${issuer}/keys` },
    };
    if (url.startsWith('/moved')) response.writeHead(302, { Location: url.replace('moved', 'realm') }).end();
    else response.writeHead(document[url] ? 200 : 404).end(JSON.stringify(document[url] ?? {}));
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => provider.once('listening', resolve));
  issuer = `https://127.0.0.1:${(provider.address() as AddressInfo).port}/realm`;
  await writeFile(join(directory, 'ca.pem'), pki.caCertificate);
  const other = await openPki(join(directory, 'other'), ['127.0.0.1'], systemClock);
  await writeFile(join(directory, 'other.pem'), other.caCertificate);
});
afterAll(async () => {
  provider.closeAllConnections();
  provider.close();
  await rm(directory, { recursive: true, force: true });
});

async function authenticator(options: Partial<Record<keyof AuthenticationOptions, string | undefined>>) {
  return openAuthenticator({
    store: await createStore(createMemoryLog()),
    keysDir: directory,
    accounts: { read: async () => undefined },
    options: {
      ...{ oidcIssuerUrl: issuer, oidcClientId: 'reflet', oidcUsernamePrefix: 'oidc:', oidcGroupsClaim: 'groups' },
      ...{ oidcSigningAlgs: 'ES256', oidcCaFile: join(directory, 'ca.pem') },
      ...options,
    } as AuthenticationOptions,
    log: silentLogger,
  });
}

const sign = (claims: object, iss = issuer) =>
  new SignJWT({ sub: 'jane', groups: ['devs'], ...claims })
    .setProtectedHeader({ alg: 'ES256', kid: 'k1' })
    .setIssuer(iss)
    .setAudience('reflet')
    .setExpirationTime('5m')
    .sign(key.privateKey);

const review = async (known: Authenticator, token: string) => (await known.review(token))?.user;

it('whom the provider vouches for is let in; its documents are fetched once', async () => {
  const known = await authenticator({});
  expect(await review(known, await sign({}))).toMatchObject({
    username: 'oidc:jane',
    groups: ['devs', 'system:authenticated'],
  });
  expect(await review(known, await sign({ sub: 'max', groups: [] }))).toMatchObject({ username: 'oidc:max' });
  expect(asked).toEqual(['/realm/.well-known/openid-configuration', '/realm/keys']);
});

it('an AuthenticationConfiguration says by which claims and rules, and where one may be nobody', async () => {
  const file = join(directory, 'authentication.yaml');
  const configuration = {
    apiVersion: 'apiserver.config.k8s.io/v1beta1',
    kind: 'AuthenticationConfiguration',
    jwt: [
      {
        issuer: { url: issuer, audiences: ['reflet'], certificateAuthority: pki.caCertificate },
        claimMappings: { username: { expression: '"id:" + claims.sub' }, groups: { claim: 'groups', prefix: 'id:' } },
        userValidationRules: [{ expression: "user.username != 'id:max'" }],
      },
    ],
    anonymous: { enabled: true, conditions: [{ path: '/livez' }] },
  };
  await writeFile(file, JSON.stringify(configuration));
  const options = { authenticationConfig: file, oidcIssuerUrl: undefined, oidcClientId: undefined };
  const known = await authenticator(options);
  expect(await review(known, await sign({}))).toMatchObject({
    username: 'id:jane',
    groups: ['id:devs', 'system:authenticated'],
  });
  expect(await review(known, await sign({ sub: 'max' }))).toBeUndefined();
  expect(await known.authenticate({ path: '/livez' })).toMatchObject({ username: 'system:anonymous' });
  await expect(known.authenticate({ path: '/api' })).rejects.toMatchObject({ code: 401 });
  await expect(authenticator({ authenticationConfig: file })).rejects.toThrow('expected one of them');
  await expect(authenticator({ ...options, authenticationConfig: `${file}.none` })).rejects.toThrow('no such file');
  await writeFile(file, JSON.stringify({ ...configuration, jwt: [{}] }));
  await expect(authenticator(options)).rejects.toThrow(`--authentication-config ${file}: jwt[0].issuer.url`);
});

it.each<[string, () => { oidcCaFile?: string; oidcIssuerUrl?: string }]>([
  ['of another authority', () => ({ oidcCaFile: join(directory, 'other.pem') })],
  ['that names another issuer', () => ({ oidcIssuerUrl: issuer.replace('realm', 'elsewhere') })],
  ['that redirects', () => ({ oidcIssuerUrl: issuer.replace('realm', 'moved') })],
  ['that has nothing', () => ({ oidcIssuerUrl: issuer.replace('realm', 'none') })],
])('a provider %s vouches for nobody', async (_what, options) => {
  const known = await authenticator(options());
  expect(await review(known, await sign({}, options().oidcIssuerUrl ?? issuer))).toBeUndefined();
});
