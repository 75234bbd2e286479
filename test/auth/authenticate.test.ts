import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Authenticator, createAuthenticator } from '../../daemon/auth/authenticate.ts';
import {
  ISSUER,
  openServiceAccountTokens,
  type ServiceAccountTokens,
} from '../../daemon/auth/service-account-token.ts';
import { createStaticTokens } from '../../daemon/auth/static-token.ts';
import { systemClock, systemIds } from '../../daemon/base/clock.ts';

let directory: string;
let tokens: ServiceAccountTokens;
let authenticator: Authenticator;
const uids = new Map([
  ['ServiceAccount ns robot', 'u1'],
  ['Pod ns p', 'u2'],
]);
let nowMs = systemClock.now();
const clock = { ...systemClock, now: () => nowMs };

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'reflet-auth-'));
  tokens = await openServiceAccountTokens(directory, clock, systemIds, (kind, namespace, name) =>
    uids.get(`${kind} ${namespace} ${name}`),
  );
  const statics = [{ token: 'sesame', user: { username: 'ali', groups: ['forty'] } }];
  authenticator = createAuthenticator({
    readers: [createStaticTokens(statics, [ISSUER]), tokens],
    apiAudiences: [ISSUER],
    now: clock.now,
  });
});
afterAll(() => rm(directory, { recursive: true }));

const request = {
  namespace: 'ns',
  serviceAccount: { name: 'robot', uid: 'u1' },
  audiences: [],
  expirationSeconds: 600,
};
const bearer = (token: string) => authenticator.authenticate({ authorization: `Bearer ${token}` });

describe('authenticate', () => {
  it('knows certificates, static tokens (bearer and basic) and nobody', async () => {
    expect(await authenticator.authenticate({ certificate: { CN: 'jane', O: 'devs' } })).toEqual({
      username: 'jane',
      groups: ['devs', 'system:authenticated'],
    });
    const ali = { username: 'ali', groups: ['forty', 'system:authenticated'] };
    expect(await bearer('sesame')).toEqual(ali);
    expect(
      await authenticator.authenticate({ authorization: `Basic ${Buffer.from('x:sesame').toString('base64')}` }),
    ).toEqual(ali);
    expect((await authenticator.authenticate({})).username).toBe('system:anonymous');
  });

  it.each(['nope', 'e30.e30.', 'eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0.'])('refuses the token %s', async (token) => {
    await expect(bearer(token)).rejects.toMatchObject({ code: 401 });
  });

  it('reads a service account’s token until it ends or what it is bound to is gone', async () => {
    const { token } = await tokens.issue({ ...request, bound: { kind: 'Pod', name: 'p', uid: 'u2' } });
    expect(await bearer(token)).toMatchObject({
      username: 'system:serviceaccount:ns:robot',
      groups: ['system:serviceaccounts', 'system:serviceaccounts:ns', 'system:authenticated'],
      extra: { 'authentication.kubernetes.io/pod-name': ['p'] },
    });
    const early = await tokens.issue({
      ...request,
      ...{ bound: { kind: 'Pod', name: 'p', uid: 'u2' }, node: { name: 'n1' } },
    });
    const { extra } = await bearer(early.token);
    expect(extra).toMatchObject({
      'authentication.kubernetes.io/credential-id': [early.credentialId],
      'authentication.kubernetes.io/node-name': ['n1'],
    });
    expect(extra).not.toHaveProperty('authentication.kubernetes.io/node-uid');
    uids.set('Pod ns p', 'another');
    await expect(bearer(token)).rejects.toMatchObject({ code: 401 });
    const plain = await tokens.issue(request);
    nowMs += 601_000;
    await expect(bearer(plain.token)).rejects.toMatchObject({ code: 401 });
    nowMs -= 601_000;
  });

  it('refuses another audience', async () => {
    const { token } = await tokens.issue({ ...request, audiences: ['vault'] });
    await expect(bearer(token)).rejects.toMatchObject({ code: 401 });
    expect(await authenticator.review(token, ['vault'])).toBeDefined();
  });
});
