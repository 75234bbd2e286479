/** Tokens that are good, but should not be used as they are: what the audit, the client, the metrics and the Secret are told. */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decodeJwt } from 'jose';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { AuthenticationNotes } from '../../daemon/auth/authenticate.ts';
import { ISSUER, openServiceAccountTokens, type TokenRequest } from '../../daemon/auth/service-account-token.ts';
import { systemIds } from '../../daemon/base/clock.ts';
import { SECRETS, SERVICE_ACCOUNTS } from '../../daemon/kinds/resources.ts';
import { type ApiUnderTest, startApi } from '../client/api-server.ts';
import { SimClock } from '../support/sim-clock.ts';

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'reflet-token-use-'));
});
afterAll(() => rm(directory, { recursive: true }));

const HOUR_SECONDS = 3607;
const YEAR_SECONDS = 365 * 24 * 3600;
const request: TokenRequest = {
  namespace: 'ns',
  serviceAccount: { name: 'robot', uid: 'u' },
  audiences: [ISSUER],
  expirationSeconds: HOUR_SECONDS,
  bound: { kind: 'Pod', name: 'p', uid: 'u' },
};

describe('a pod’s token', () => {
  const open = (clock: SimClock, extendsExpiration?: boolean) =>
    openServiceAccountTokens(directory, clock, systemIds, () => 'u', { extendsExpiration });
  const lifetime = (token: string) => {
    const { exp = 0, iat = 0, ...claims } = decodeJwt(token);
    const { warnafter } = claims['kubernetes.io'] as { warnafter?: number };
    return { seconds: exp - iat, ...(warnafter === undefined ? {} : { warnsAfter: warnafter - iat }) };
  };

  it.each<[string, Partial<TokenRequest>, boolean | undefined, object]>([
    ['lasts a year when asked for as pods’ are', {}, undefined, { seconds: YEAR_SECONDS, warnsAfter: HOUR_SECONDS }],
    ['not when asked for with another time', { expirationSeconds: 3600 }, undefined, { seconds: 3600 }],
    ['not when bound to no pod', { bound: undefined }, undefined, { seconds: HOUR_SECONDS }],
    ['not when others may take it', { audiences: [ISSUER, 'vault'] }, undefined, { seconds: HOUR_SECONDS }],
    ['not when the operator does not want it', {}, false, { seconds: HOUR_SECONDS }],
  ])('%s', async (_, more, extendsExpiration, expected) => {
    const clock = new SimClock();
    const { token, expiresMs } = await (await open(clock, extendsExpiration)).issue({ ...request, ...more });
    expect(lifetime(token)).toEqual(expected);
    // Whoever asked for it fetches the next one as if it were not.
    expect(expiresMs - clock.now()).toBeLessThanOrEqual((more.expirationSeconds ?? HOUR_SECONDS) * 1000);
  });

  it('is good after its hour, and that it is used then is told', async () => {
    const clock = new SimClock();
    const tokens = await open(clock);
    const { token } = await tokens.issue(request);
    const told: string[] = [];
    const notes: AuthenticationNotes = { annotate: (key, value) => told.push(`${key}: ${value}`), warn: () => {} };
    expect(await tokens.read(token, [ISSUER], notes)).toBeDefined();
    expect(told).toEqual([]);
    await clock.advance((HOUR_SECONDS + 60) * 1000);
    expect(await tokens.read(token, [ISSUER], notes)).toBeDefined();
    expect(told).toEqual([
      'authentication.k8s.io/stale-token: subject: system:serviceaccount:ns:robot, seconds after warning threshold: 60',
    ]);
    expect(tokens.uses).toMatchObject({ valid: 1, stale: 1 });
    await clock.advance(YEAR_SECONDS * 1000);
    expect(await tokens.read(token, [ISSUER], notes)).toBeUndefined();
  });
});

describe('a token in a Secret', () => {
  let api: ApiUnderTest;
  afterEach(() => api?.close());

  async function makeSecret(): Promise<string> {
    api = await startApi({ auditPolicy: { omitStages: ['RequestReceived'], rules: [{ level: 'Metadata' }] } });
    const client = api.client();
    const account = await client.get(SERVICE_ACCOUNTS, { namespace: 'work', name: 'default' });
    const token = await api.kernel.tokens.issueForSecret({
      ...{ namespace: 'work', secret: 'old', account: { name: 'default', uid: account.metadata?.uid ?? '' } },
    });
    await client.create(SECRETS, {
      metadata: {
        ...{ name: 'old', namespace: 'work' },
        annotations: { 'kubernetes.io/service-account.name': 'default' },
      },
      type: 'kubernetes.io/service-account-token',
      data: { token: Buffer.from(token).toString('base64') },
    });
    return token;
  }

  const use = (token: string) =>
    api.ask('GET', '/api', { anonymous: true, headers: { Authorization: `Bearer ${token}` } });
  const labels = async () =>
    (await api.client().get(SECRETS, { namespace: 'work', name: 'old' })).metadata?.labels ?? {};
  const label = (name: string, value: string) =>
    api.client().patch(
      SECRETS,
      { namespace: 'work', name: 'old' },
      { metadata: { labels: { [name]: value } } },
      {
        type: 'merge',
      },
    );
  const annotations = async () =>
    (await api.auditEvents()).filter(({ requestURI }) => requestURI === '/api').map((event) => event.annotations ?? {});

  it('leaves the day of its last use on the Secret, once a day', async () => {
    const token = await makeSecret();
    const answers = await Promise.all([use(token), use(token)]);
    expect(answers.map(({ code }) => code)).toEqual([200, 200]);
    expect(answers[0]!.headers['warning']).toBeUndefined();
    const { 'kubernetes.io/legacy-token-last-used': date } = await labels();
    expect(date).toMatch(/^\d{4}-\d\d-\d\d$/);
    await label('kubernetes.io/legacy-token-last-used', '2020-01-01');
    expect((await use(token)).code).toBe(200);
    expect((await labels())['kubernetes.io/legacy-token-last-used'] ?? '').toMatch(/^20(?!20-)/);
    const { text } = await api.ask('GET', '/metrics');
    expect(text).toContain('serviceaccount_legacy_manual_token_uses_total 3');
    expect(await annotations()).toEqual(
      Array.from({ length: 3 }, () =>
        expect.objectContaining({ 'authentication.k8s.io/legacy-token-manual-secret': 'old' }),
      ),
    );
  });

  it('that its account lists is warned of', async () => {
    const token = await makeSecret();
    const listed = { secrets: [{ name: 'old' }] };
    await api.client().patch(SERVICE_ACCOUNTS, { namespace: 'work', name: 'default' }, listed, { type: 'merge' });
    expect((await use(token)).headers['warning']).toBe(
      '299 - "Use tokens from the TokenRequest API or manually created secret-based tokens instead of auto-generated secret-based tokens."',
    );
    expect(await annotations()).toMatchObject([{ 'authentication.k8s.io/legacy-token-autogenerated-secret': 'old' }]);
  });

  it('that was marked invalid is refused, and that somebody tried is told', async () => {
    const token = await makeSecret();
    await label('kubernetes.io/legacy-token-invalid-since', '2024-01-01');
    expect((await use(token)).code).toBe(401);
    expect(await labels()).toHaveProperty(['kubernetes.io/legacy-token-last-used']);
    expect(await annotations()).toMatchObject([{ 'authentication.k8s.io/legacy-token-invalidated': 'old/work' }]);
  });
});
