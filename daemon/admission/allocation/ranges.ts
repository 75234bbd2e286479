/**
 * The two ranges that are allocated from: IPv4 addresses of the service CIDR and node ports.
 * Pure data and arithmetic; who holds what is the allocator's business (`memory-allocator.ts`).
 */

import { formatIpv4Range, parseIpv4Range } from '../../base/ipv4.ts';

/** Inclusive numbers; `dynamicOffset` first ones are only given when asked for by number, as long as others are free (KEP-3070, KEP-3668). */
export interface NumberRange {
  readonly first: number;
  readonly last: number;
  readonly dynamicOffset: number;
}

/** Node ports of every Kubernetes cluster unless told otherwise (`--service-node-port-range`). */
export const DEFAULT_NODE_PORTS = { first: 30000, last: 32767 } as const;

export interface Cidr {
  readonly text: string;
  /** Usable addresses: without the network's own and the broadcast address. */
  readonly addresses: NumberRange;
}

/** Throws on anything but an IPv4 CIDR of at least four addresses: the operator's error. */
export function parseServiceCidr(text: string): Cidr {
  const range = parseIpv4Range(text);
  if (!range || range.bits > 30)
    throw new Error(`service CIDR ${JSON.stringify(text)}: expected an IPv4 network such as 10.96.0.0/16, at most /30`);
  const size = 2 ** (32 - range.bits);
  const first = range.base + 1;
  const last = range.base + size - 2;
  return {
    text: formatIpv4Range(range),
    addresses: { first, last, dynamicOffset: addressOffset(size - 2) },
  };
}

/** KEP-3070: min(max(16, size/16), 256), and none in ranges that are too small. */
function addressOffset(size: number): number {
  if (size < 16) return 0;
  return Math.min(Math.max(16, Math.floor(size / 16)), 256);
}

export function portRange({ first, last }: { first: number; last: number }): NumberRange {
  const size = last - first + 1;
  // KEP-3668: min(max(16, size/32), 128), and none in ranges that are too small.
  const dynamicOffset = size < 16 ? 0 : Math.min(Math.max(16, Math.floor(size / 32)), 128);
  return { first, last, dynamicOffset };
}

/**
 * A free number: from a random place in the dynamic part upwards, around; then from the static part. Undefined when all are taken.
 * `random` is in [0, 1).
 */
export function pickFree(range: NumberRange, taken: (value: number) => boolean, random: number): number | undefined {
  const dynamicFirst = range.first + range.dynamicOffset;
  return scan(dynamicFirst, range.last, taken, random) ?? scan(range.first, dynamicFirst - 1, taken, random);
}

function scan(first: number, last: number, taken: (value: number) => boolean, random: number): number | undefined {
  const size = last - first + 1;
  if (size <= 0) return undefined;
  const start = Math.floor(random * size);
  for (let step = 0; step < size; step++) {
    const value = first + ((start + step) % size);
    if (!taken(value)) return value;
  }
  return undefined;
}
