/** `reflet token` against the API: what is made lets in whoever shows it, and what is deleted nobody. */

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock, systemIds } from '../../daemon/base/clock.ts';
import {
  createToken,
  deleteToken,
  generateToken,
  listTokens,
  type NewToken,
  parseTtl,
  printTokens,
} from '../../daemon/bin/tokens.ts';
import type { HttpClient } from '../../daemon/client/http.ts';
import { SECRETS } from '../../daemon/kinds/resources.ts';
import { type ApiUnderTest, startApi } from '../client/api-server.ts';
import { SimClock, seededIds, seededRandom } from '../support/sim-clock.ts';

const TOKEN = 'abcdef.0123456789abcdef';
const WANTED: NewToken = { token: TOKEN, ttlMs: 3_600_000, usages: ['authentication', 'signing'], groups: [] };
const now = { clock: systemClock, ids: systemIds };

let api: ApiUnderTest;
let client: HttpClient;
beforeAll(async () => {
  api = await startApi();
  client = api.client();
});
afterAll(() => api?.close());

async function whoami(token: string): Promise<unknown> {
  const { code, json } = await api.ask('POST', '/apis/authentication.k8s.io/v1/selfsubjectreviews', {
    anonymous: true,
    headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' },
    body: '{"apiVersion":"authentication.k8s.io/v1","kind":"SelfSubjectReview"}',
  });
  return code === 201 ? json.status.userInfo : code;
}

describe('a token', () => {
  it('lets in whoever shows it until it is deleted', async () => {
    const wanted = { ...WANTED, groups: ['system:bootstrappers:rack-4'], description: 'rack 4' };
    const made = await createToken(client, wanted, now);
    expect(made).toMatchObject({ token: TOKEN, description: 'rack 4', groups: ['system:bootstrappers:rack-4'] });
    expect(await listTokens(client)).toEqual([made]);
    expect(await whoami(TOKEN)).toMatchObject({
      username: 'system:bootstrap:abcdef',
      groups: ['system:bootstrappers', 'system:bootstrappers:rack-4', 'system:authenticated'],
    });
    await expect(createToken(client, WANTED, now)).rejects.toThrow('a token with the id abcdef already');
    expect(await deleteToken(client, TOKEN)).toBe('abcdef');
    expect(await whoami(TOKEN)).toBe(401);
    expect(await listTokens(client)).toEqual([]);
    await expect(deleteToken(client, 'abcdef')).rejects.toThrow('no token with the id abcdef');
  });

  it('without an end, and only for signing, lets nobody in', async () => {
    await createToken(client, { token: TOKEN, ttlMs: 0, usages: ['signing'], groups: [] }, now);
    const secret = await client.get(SECRETS, { namespace: 'kube-system', name: 'bootstrap-token-abcdef' });
    expect(secret.type).toBe('bootstrap.kubernetes.io/token');
    expect(Object.keys(secret.data!).sort()).toEqual(['token-id', 'token-secret', 'usage-bootstrap-signing']);
    expect(await whoami(TOKEN)).toBe(401);
    await deleteToken(client, 'abcdef');
  });

  it('is made when none is given, another each time', async () => {
    const ids = seededIds(seededRandom(1));
    const [first, second] = [generateToken(ids), generateToken(ids)];
    expect(first).toMatch(/^[a-z0-9]{6}\.[a-z0-9]{16}$/);
    expect(second).not.toBe(first);
    const { token: _, ...wanted } = WANTED;
    const made = await createToken(client, wanted, now);
    expect(await whoami(made.token)).toMatchObject({ groups: ['system:bootstrappers', 'system:authenticated'] });
    await deleteToken(client, made.token);
  });

  it.each<[Partial<NewToken>, string]>([
    [{ token: 'short' }, 'expected 6 and 16'],
    [{ usages: ['cooking'] }, '--usages cooking: expected some of authentication, signing'],
    [{ usages: [] }, '--usages'],
    [{ groups: ['system:masters'] }, '--groups system:masters'],
    [{ usages: ['signing'], groups: ['system:bootstrappers:a'] }, 'add authentication'],
  ])('that cannot be is refused: %o', async (wrong, message) => {
    await expect(createToken(client, { ...WANTED, ...wrong }, now)).rejects.toThrow(message);
  });
});

it('tokens are listed as kubeadm lists them', () => {
  const lines: string[] = [];
  const nowMs = new SimClock().now();
  printTokens(
    [
      {
        token: TOKEN,
        usages: ['authentication', 'signing'],
        groups: ['system:bootstrappers:a'],
        expires: '2026-01-01T23:00:00Z',
      },
      { token: 'zzzzzz.0123456789abcdef', usages: ['signing'], groups: [], description: 'for\na rack' },
    ],
    nowMs,
    { line: (text) => void lines.push(text), paint: (_tone, text) => text },
  );
  expect(lines).toEqual([
    'TOKEN                    TTL        EXPIRES               USAGES                  DESCRIPTION    EXTRA GROUPS',
    'abcdef.0123456789abcdef  23h        2026-01-01T23:00:00Z  authentication,signing  <none>         system:bootstrappers:a',
    expect.stringMatching(
      /^zzzzzz\.0123456789abcdef {2}<forever> {2}<never> {15}signing {17}for\\x0aa rack {2}<none>$/,
    ),
  ]);
});

it.each([
  ['24h', 86_400_000],
  ['1h30m', 5_400_000],
  ['7d', 604_800_000],
  ['90s', 90_000],
  ['0', 0],
])('--ttl %s', (text, ms) => expect(parseTtl(text)).toBe(ms));

it.each(['', 'soon', '-1h', '1.5h', '99999d', 'h'])('--ttl %s is refused', (text) =>
  expect(() => parseTtl(text)).toThrow('--ttl'),
);
