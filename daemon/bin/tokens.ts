/**
 * `reflet token`: bootstrap tokens, which a new host shows when it asks for its first certificate. Each is a Secret of kube-system
 * (`cluster-bootstrap/token/api`), made, listed and deleted as kubeadm does.
 */

import { type Clock, formatTime, type Ids, parseTime } from '../base/clock.ts';
import { humanDuration } from '../base/duration.ts';
import { isReason } from '../base/status.ts';
import type { Client } from '../client/client.ts';
import { inert } from '../git/problem.ts';
import { SECRETS } from '../kinds/resources.ts';
import type { Secret } from '../kinds/types.generated.ts';
import { type Output, renderColumns } from './output.ts';

const NAMESPACE = 'kube-system';
const TYPE = 'bootstrap.kubernetes.io/token';
const NAME_PREFIX = 'bootstrap-token-';
const USAGE_PREFIX = 'usage-bootstrap-';
const TOKEN = /^([a-z0-9]{6})\.([a-z0-9]{16})$/;
const ID = /^[a-z0-9]{6}$/;
const GROUP = /^system:bootstrappers:[a-z0-9:-]{0,255}[a-z0-9]$/;
const USAGES = ['authentication', 'signing'];

export interface NewToken {
  /** `abcdef.0123456789abcdef`; made when there is none. */
  token?: string;
  description?: string;
  /** 0: it never ends. */
  ttlMs: number;
  usages: readonly string[];
  groups: readonly string[];
}

export interface BootstrapToken {
  token: string;
  description?: string;
  /** RFC 3339; absent when it never ends. */
  expires?: string;
  usages: readonly string[];
  groups: readonly string[];
}

export const generateToken = (ids: Pick<Ids, 'suffix'>): string => `${ids.suffix(6)}.${ids.suffix(16)}`;

/** Throws an Error for people when something of it is not as it must be, or when there is one of that id. */
export async function createToken(
  client: Pick<Client, 'create'>,
  wanted: NewToken,
  { clock, ids }: { clock: Pick<Clock, 'now'>; ids: Pick<Ids, 'suffix'> },
): Promise<BootstrapToken> {
  const { ttlMs, usages, groups, description, token = generateToken(ids) } = wanted;
  const made: BootstrapToken = {
    token,
    ...(description ? { description } : {}),
    ...(ttlMs > 0 ? { expires: formatTime(clock.now() + ttlMs) } : {}),
    ...{ usages, groups },
  };
  check(made);
  try {
    await client.create(SECRETS, secretOf(made));
  } catch (error) {
    if (isReason(error, 'AlreadyExists'))
      throw new Error(`there is a token with the id ${idOf(token)} already: choose another, or delete it first`);
    throw error;
  }
  return made;
}

function check({ token, usages, groups }: BootstrapToken): void {
  if (!TOKEN.test(token))
    throw new Error(
      'the token is none: expected 6 and 16 of a-z and 0-9 with a dot between, as abcdef.0123456789abcdef',
    );
  const unknown = usages.find((usage) => !USAGES.includes(usage));
  if (unknown !== undefined || usages.length === 0)
    throw new Error(`--usages ${usages.join()}: expected some of ${USAGES.join(', ')}`);
  const bad = groups.find((group) => !GROUP.test(group));
  if (bad !== undefined) throw new Error(`--groups ${bad}: expected system:bootstrappers:NAME of a-z, 0-9, : and -`);
  if (groups.length > 0 && !usages.includes('authentication'))
    throw new Error('--groups: a token that does not authenticate has none: add authentication to --usages');
}

function secretOf({ token, description, expires, usages, groups }: BootstrapToken): Secret {
  const [id = '', secret = ''] = token.split('.');
  const fields: Record<string, string> = {
    'token-id': id,
    'token-secret': secret,
    ...(expires === undefined ? {} : { expiration: expires }),
    ...(description === undefined ? {} : { description }),
    ...Object.fromEntries(usages.map((usage) => [`${USAGE_PREFIX}${usage}`, 'true'])),
    ...(groups.length > 0 ? { 'auth-extra-groups': groups.join() } : {}),
  };
  const encoded = Object.entries(fields).map(([name, text]) => [name, Buffer.from(text).toString('base64')]);
  const metadata = { name: NAME_PREFIX + id, namespace: NAMESPACE };
  return { apiVersion: 'v1', kind: 'Secret', metadata, type: TYPE, data: Object.fromEntries(encoded) };
}

/** By id. What is no token, though its type says so, is left out. */
export async function listTokens(client: Pick<Client, 'list'>): Promise<BootstrapToken[]> {
  const { items } = await client.list(SECRETS, { namespace: NAMESPACE, fieldSelector: `type=${TYPE}` });
  return items.map(tokenOf).filter((one) => one !== undefined);
}

function tokenOf({ metadata, data = {} }: Readonly<Secret>): BootstrapToken | undefined {
  const read = (name: string) => Buffer.from(data[name] ?? '', 'base64').toString('utf8');
  const token = `${read('token-id')}.${read('token-secret')}`;
  if (!TOKEN.test(token) || metadata?.name !== NAME_PREFIX + idOf(token)) return undefined;
  const [description, expires] = [read('description'), read('expiration')];
  return {
    token,
    ...(description ? { description } : {}),
    ...(expires ? { expires } : {}),
    usages: USAGES.filter((usage) => read(`${USAGE_PREFIX}${usage}`) === 'true'),
    groups: read('auth-extra-groups').split(',').filter(Boolean),
  };
}

const idOf = (token: string): string => token.slice(0, 6);

/** `which`: a token or its id. Throws an Error for people when there is none. */
export async function deleteToken(client: Pick<Client, 'delete'>, which: string): Promise<string> {
  const id = TOKEN.exec(which)?.[1] ?? which;
  if (!ID.test(id)) throw new Error('expected a token (abcdef.0123456789abcdef) or its id (abcdef)');
  try {
    await client.delete(SECRETS, { namespace: NAMESPACE, name: NAME_PREFIX + id });
  } catch (error) {
    if (isReason(error, 'NotFound')) throw new Error(`there is no token with the id ${id}: see reflet token list`);
    throw error;
  }
  return id;
}

export function printTokens(tokens: readonly BootstrapToken[], nowMs: number, out: Output): void {
  const rows = tokens.map(({ token, expires, usages, description, groups }) => [
    token,
    expires === undefined ? '<forever>' : remaining(expires, nowMs),
    expires ?? '<never>',
    usages.join() || '<none>',
    description === undefined ? '<none>' : inert(description),
    groups.join() || '<none>',
  ]);
  const head = ['TOKEN', 'TTL', 'EXPIRES', 'USAGES', 'DESCRIPTION', 'EXTRA GROUPS'];
  for (const line of renderColumns([head, ...rows])) out.line(line.trimEnd());
}

function remaining(expires: string, nowMs: number): string {
  const leftMs = parseTime(expires) - nowMs;
  return Number.isNaN(leftMs) || leftMs < 0 ? '<invalid>' : humanDuration(leftMs);
}

const SPAN = /^(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?$/;

/** `24h`, `1h30m`, `7d`; `0`: without end. In milliseconds. Throws an Error for people. */
export function parseTtl(text: string): number {
  if (text === '0') return 0;
  const [, days = 0, hours = 0, minutes = 0, seconds = 0] = SPAN.exec(text) ?? [];
  const ttlMs = (((Number(days) * 24 + Number(hours)) * 60 + Number(minutes)) * 60 + Number(seconds)) * 1000;
  if (!SPAN.test(text) || (ttlMs === 0 && !/^(0[dhms])+$/.test(text)) || ttlMs > TTL_MS_MAX)
    throw new Error(`--ttl ${text}: expected a time as 24h, 1h30m or 7d, at most 10 years; 0 for a token without end`);
  return ttlMs;
}

const TTL_MS_MAX = 10 * 365 * 86_400_000;
