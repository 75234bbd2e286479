/**
 * Whether the daemon may call a host, and at which addresses: decided before anything is sent, after the name is resolved. Whoever connects uses the
 * addresses that were checked, so that a name cannot point elsewhere meanwhile.
 *
 * Loopback, link-local and metadata addresses, and everything but TLS and ssh, need `--allow-remote HOST[:PORT]`.
 */

import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { isBlockedAddress } from './addresses.ts';

/** One `--allow-remote`. */
export interface AllowedRemote {
  readonly host: string;
  /** Undefined: every port. */
  readonly port: number | undefined;
}

/** `any`: for tests, whose servers are all at loopback. */
export type AllowedRemotes = readonly AllowedRemote[] | 'any';

export interface Target {
  /** Lower case, IPv6 without brackets. */
  readonly host: string;
  readonly port: number;
  /** What is sent cannot be read or changed on the way. */
  readonly encrypted: boolean;
}

/** The host may not be called; trying again does not help. */
export class TargetRefused extends Error {
  override name = 'TargetRefused';
}

export type Resolve = (host: string) => Promise<readonly string[]>;

const systemResolve: Resolve = async (host) =>
  (await lookup(host, { all: true, verbatim: true })).map(({ address }) => address);

/** Throws an Error with what was expected. */
export function parseAllowedRemote(text: string): AllowedRemote {
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([^\s:/@[\]]+))(?::(\d{1,5}))?$/.exec(text);
  const port = match?.[3] === undefined ? undefined : Number(match[3]);
  const host = (match?.[1] ?? match?.[2])?.toLowerCase();
  if (host === undefined || (port !== undefined && (port < 1 || port > 65_535)))
    throw new Error(`--allow-remote ${text}: expected HOST or HOST:PORT, for example git.internal:3000`);
  return { host, port };
}

const isAllowed = ({ host, port }: Target, allowed: AllowedRemotes): boolean =>
  allowed === 'any' || allowed.some((one) => one.host === host && (one.port === undefined || one.port === port));

/** The addresses to connect to, at least one. Throws {@link TargetRefused}, or the resolver's error. */
export async function checkTarget(
  target: Target,
  allowed: AllowedRemotes,
  resolve: Resolve = systemResolve,
): Promise<readonly string[]> {
  const { host, port, encrypted } = target;
  const isFree = isAllowed(target, allowed);
  if (!encrypted && !isFree)
    throw new TargetRefused(`${host}:${port} would be called without encryption (--allow-remote ${host} allows it)`);
  const addresses = isIP(host) ? [host] : await resolve(host);
  if (addresses.length === 0) throw new Error(`${host} has no address`);
  const blocked = isFree ? undefined : addresses.find(isBlockedAddress);
  if (blocked === undefined) return addresses;
  throw new TargetRefused(
    `${host} is at ${blocked}, an address of this host, its link or its cloud's metadata (--allow-remote ${host} allows it)`,
  );
}
