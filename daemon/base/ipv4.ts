/**
 * IPv4 addresses and ranges as numbers. Strict: four decimal octets without leading zeros (as net/netip in Go); nothing else is an address.
 */

export interface Ipv4Range {
  /** The first address, an unsigned 32-bit integer. */
  readonly base: number;
  /** Prefix length, 0 to 32. */
  readonly bits: number;
}

const ADDRESS = /^(0|[1-9]\d{0,2})\.(0|[1-9]\d{0,2})\.(0|[1-9]\d{0,2})\.(0|[1-9]\d{0,2})$/;

/** An unsigned 32-bit integer, or undefined when the text is no IPv4 address. */
export function parseIpv4(text: string): number | undefined {
  const match = ADDRESS.exec(text);
  if (!match) return undefined;
  let value = 0;
  for (let index = 1; index <= 4; index++) {
    const octet = Number(match[index]);
    if (octet > 255) return undefined;
    value = value * 256 + octet;
  }
  return value;
}

export function formatIpv4(value: number): string {
  return `${value >>> 24}.${(value >>> 16) & 255}.${(value >>> 8) & 255}.${value & 255}`;
}

/** `10.0.0.0/8`; host bits that are set are cleared. Undefined when it is none. */
export function parseIpv4Range(text: string): Ipv4Range | undefined {
  const slash = text.indexOf('/');
  if (slash < 0) return undefined;
  const address = parseIpv4(text.slice(0, slash));
  const bitsText = text.slice(slash + 1);
  if (address === undefined || !/^\d{1,2}$/.test(bitsText) || Number(bitsText) > 32) return undefined;
  const bits = Number(bitsText);
  return { base: maskIpv4(address, bits), bits };
}

export function formatIpv4Range(range: Ipv4Range): string {
  return `${formatIpv4(range.base)}/${range.bits}`;
}

/** The address with everything after the first `bits` bits cleared. */
function maskIpv4(address: number, bits: number): number {
  return bits === 0 ? 0 : (address & (0xffffffff << (32 - bits))) >>> 0;
}

export function rangeContains(range: Ipv4Range, address: number): boolean {
  return maskIpv4(address, range.bits) === range.base;
}
