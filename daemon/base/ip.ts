/**
 * IP addresses and blocks as texts: what the API accepts as one, and which kind of address it is.
 * IPv4 octets with leading zeros are accepted, as the API server still does; where addresses are computed with, `ipv4.ts` is strict.
 */

import { isIPv6 } from 'node:net';

const IPV4_OCTETS = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/;

/** The four octets, or undefined. */
export function parseLenientOctets(text: string): readonly [number, number, number, number] | undefined {
  const match = IPV4_OCTETS.exec(text);
  if (!match) return undefined;
  const octets = [Number(match[1]), Number(match[2]), Number(match[3]), Number(match[4])] as const;
  return octets.every((octet) => octet <= 255) ? octets : undefined;
}

/** 4, 6 or 0 (no address). An IPv4-mapped IPv6 address counts as 4; zones are no part of an address. */
export function ipFamily(text: string): 0 | 4 | 6 {
  if (parseLenientOctets(text)) return 4;
  if (text.includes('%') || !isIPv6(text)) return 0;
  return mappedIPv4(text) ? 4 : 6;
}

function mappedIPv4(text: string): readonly number[] | undefined {
  const words = ipv6Words(text);
  if (!words || words.slice(0, 5).some((word) => word !== 0) || words[5] !== 0xffff) return undefined;
  return [words[6]! >> 8, words[6]! & 255, words[7]! >> 8, words[7]! & 255];
}

/** The eight words of a valid IPv6 text. */
function ipv6Words(text: string): number[] | undefined {
  let source = text;
  const tail = /^(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(text);
  if (tail) {
    const octets = parseLenientOctets(tail[2]!);
    if (!octets) return undefined;
    source = `${tail[1]}${((octets[0] << 8) | octets[1]).toString(16)}:${((octets[2] << 8) | octets[3]).toString(16)}`;
  }
  const [head = '', rest] = source.split('::');
  const left = head ? head.split(':') : [];
  const right = rest ? rest.split(':') : [];
  const gap = rest === undefined ? 0 : 8 - left.length - right.length;
  return [...left, ...new Array<string>(Math.max(0, gap)).fill('0'), ...right].map((word) => Number.parseInt(word, 16));
}

export type AddressScope = 'unspecified' | 'loopback' | 'link-local' | 'link-local-multicast' | 'global';

/** The scope of a valid address. */
export function addressScope(text: string): AddressScope {
  const octets = parseLenientOctets(text) ?? (isIPv6(text) ? mappedIPv4(text) : undefined);
  if (octets) {
    if (octets.every((octet) => octet === 0)) return 'unspecified';
    if (octets[0] === 127) return 'loopback';
    if (octets[0] === 169 && octets[1] === 254) return 'link-local';
    return octets[0] === 224 && octets[1] === 0 && octets[2] === 0 ? 'link-local-multicast' : 'global';
  }
  const words = ipv6Words(text) ?? [];
  const upper = words.slice(0, 7).every((word) => word === 0);
  if (upper && words[7] === 0) return 'unspecified';
  if (upper && words[7] === 1) return 'loopback';
  if (((words[0] ?? 0) & 0xffc0) === 0xfe80) return 'link-local';
  return ((words[0] ?? 0) & 0xff0f) === 0xff02 ? 'link-local-multicast' : 'global';
}

/** 4, 6 or 0 (no block): `10.0.0.0/8`, `2001:db8::/64`. */
export function cidrFamily(text: string): 0 | 4 | 6 {
  const match = /^([^/]+)\/(\d{1,3})$/.exec(text);
  if (!match) return 0;
  const family = ipFamily(match[1]!);
  const isV6Text = match[1]!.includes(':');
  return family !== 0 && Number(match[2]) <= (isV6Text ? 128 : 32) ? family : 0;
}
