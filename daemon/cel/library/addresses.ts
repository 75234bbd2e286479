/**
 * Kubernetes' IP and CIDR libraries. Addresses are strict, as Go's `netip`: no zones, no leading zeros, no IPv4 mapped into IPv6.
 */

import { CelError } from '../errors.ts';
import { defineFunctions, parsing, passing } from '../overload.ts';
import { Opaque } from '../values.ts';

interface Address {
  readonly family: 4 | 6;
  readonly bits: bigint;
}

const WIDTH = { 4: 32, 6: 128 } as const;

function parseV4(text: string): bigint | undefined {
  const octets = text.split('.');
  if (octets.length !== 4 || !octets.every((octet) => /^(?:0|[1-9]\d{0,2})$/.test(octet) && Number(octet) < 256)) {
    return undefined;
  }
  return octets.reduce((bits, octet) => (bits << 8n) | BigInt(octet), 0n);
}

function parseV6(text: string): bigint | undefined {
  // Its last 32 bits may be written as IPv4.
  const tail = /^(.*:)(\d+\.[\d.]+)$/.exec(text);
  const last = tail ? parseV4(tail[2]!) : undefined;
  if (tail && last === undefined) return undefined;
  const words = last === undefined ? text : `${tail![1]}${(last >> 16n).toString(16)}:${(last & 0xffffn).toString(16)}`;
  const halves = words.split('::');
  if (halves.length > 2) return undefined;
  const [left, right] = halves.map((half) => (half === '' ? [] : half.split(':')));
  const given = [...left!, ...(right ?? [])];
  if (!given.every((word) => /^[0-9a-fA-F]{1,4}$/.test(word))) return undefined;
  if (right === undefined ? given.length !== 8 : given.length > 7) return undefined;
  const all = [...left!, ...new Array<string>(8 - given.length).fill('0'), ...(right ?? [])];
  return all.reduce((bits, word) => (bits << 16n) | BigInt(`0x${word}`), 0n);
}

/** Undefined for what is no address. */
function parseAddress(text: string): Address | undefined {
  if (!text.includes(':')) {
    const bits = parseV4(text);
    return bits === undefined ? undefined : { family: 4, bits };
  }
  const bits = parseV6(text);
  return bits === undefined || bits >> 32n === 0xffffn ? undefined : { family: 6, bits };
}

/** RFC 5952: lower case, the longest run of zeros left out. */
function formatAddress({ family, bits }: Address): string {
  if (family === 4) return [24n, 16n, 8n, 0n].map((shift) => String((bits >> shift) & 255n)).join('.');
  const words = Array.from({ length: 8 }, (_, index) => ((bits >> BigInt(112 - index * 16)) & 0xffffn).toString(16));
  let best = { from: 0, length: 0 };
  for (let from = 0; from < 8; from++) {
    let length = 0;
    while (words[from + length] === '0') length++;
    if (length > best.length) best = { from, length };
  }
  if (best.length < 2) return words.join(':');
  return `${words.slice(0, best.from).join(':')}::${words.slice(best.from + best.length).join(':')}`;
}

class IpValue extends Opaque {
  readonly typeName = 'net.IP';
  readonly address: Address;
  constructor(address: Address) {
    super();
    this.address = address;
  }

  override equals(other: Opaque): boolean {
    return other instanceof IpValue && isSame(other.address, this.address);
  }
}

const isSame = (a: Address, b: Address): boolean => a.family === b.family && a.bits === b.bits;

interface Block {
  readonly address: Address;
  readonly length: number;
}

class CidrValue extends Opaque {
  readonly typeName = 'net.CIDR';
  readonly block: Block;
  constructor(block: Block) {
    super();
    this.block = block;
  }

  override equals(other: Opaque): boolean {
    return (
      other instanceof CidrValue &&
      isSame(other.block.address, this.block.address) &&
      other.block.length === this.block.length
    );
  }
}

function parseBlock(text: string): Block | undefined {
  const match = /^([^/]+)\/(0|[1-9]\d{0,2})$/.exec(text);
  const address = match ? parseAddress(match[1]!) : undefined;
  if (!address || Number(match![2]) > WIDTH[address.family]) return undefined;
  return { address, length: Number(match![2]) };
}

function ipOf(text: string): IpValue {
  const address = parseAddress(text);
  if (!address)
    throw new CelError(
      `IP Address ${JSON.stringify(text)} parse error during conversion from string: unable to parse IP`,
    );
  return new IpValue(address);
}

function cidrOf(text: string): CidrValue {
  const block = parseBlock(text);
  if (!block)
    throw new CelError(
      `network address parse error during conversion from string: ${JSON.stringify(text)} is not a valid CIDR`,
    );
  return new CidrValue(block);
}

function masked({ address, length }: Block): Address {
  const shift = BigInt(WIDTH[address.family] - length);
  return { family: address.family, bits: (address.bits >> shift) << shift };
}

const containsAddress = (block: Block, address: Address): boolean =>
  block.address.family === address.family && isSame(masked({ address, length: block.length }), masked(block));

const containsBlock = (outer: Block, inner: Block): boolean =>
  inner.length >= outer.length && containsAddress(outer, inner.address);

const octet = ({ bits }: Address, index: number): bigint => (bits >> BigInt(24 - 8 * index)) & 255n;
const isV4 = ({ family }: Address): boolean => family === 4;
const isLoopback = (address: Address): boolean => (isV4(address) ? octet(address, 0) === 127n : address.bits === 1n);
const isMulticast = (address: Address): boolean =>
  isV4(address) ? (octet(address, 0) & 0xf0n) === 0xe0n : address.bits >> 120n === 0xffn;
const isLinkLocalMulticast = (address: Address): boolean =>
  isV4(address) ? address.bits >> 8n === 0xe00000n : (address.bits >> 112n) % 0x10n === 2n && isMulticast(address);
const isLinkLocalUnicast = (address: Address): boolean =>
  isV4(address) ? address.bits >> 16n === 0xa9fen : address.bits >> 118n === 0x3fan;
const isUnspecified = ({ bits }: Address): boolean => bits === 0n;
const isGlobalUnicast = (address: Address): boolean =>
  !isUnspecified(address) &&
  !isLoopback(address) &&
  !isMulticast(address) &&
  !isLinkLocalUnicast(address) &&
  !(isV4(address) && address.bits === 0xffffffffn);

const ofIp =
  (judge: (address: Address) => boolean) =>
  ({ address }: IpValue): boolean =>
    judge(address);

function isCanonical(text: string): boolean {
  const { address } = ipOf(text);
  return formatAddress(address) === text;
}

const formatBlock = ({ block }: CidrValue): string => `${formatAddress(block.address)}/${block.length}`;

export const ADDRESSES = defineFunctions({
  'ip(string): net.IP': [ipOf, passing, parsing],
  'isIP(string): bool': [(text: string) => parseAddress(text) !== undefined, passing, parsing],
  'ip.isCanonical(string): bool': [isCanonical, passing, parsing],
  'string(net.IP): string': ({ address }: IpValue) => formatAddress(address),
  '(net.IP).family(): int': ({ address }: IpValue) => BigInt(address.family),
  '(net.IP).isUnspecified(): bool': ofIp(isUnspecified),
  '(net.IP).isLoopback(): bool': ofIp(isLoopback),
  '(net.IP).isLinkLocalMulticast(): bool': ofIp(isLinkLocalMulticast),
  '(net.IP).isLinkLocalUnicast(): bool': ofIp(isLinkLocalUnicast),
  '(net.IP).isGlobalUnicast(): bool': ofIp(isGlobalUnicast),
  'cidr(string): net.CIDR': [cidrOf, passing, parsing],
  'isCIDR(string): bool': [(text: string) => parseBlock(text) !== undefined, passing, parsing],
  'string(net.CIDR): string': formatBlock,
  '(net.CIDR).containsIP(string): bool': [
    ({ block }: CidrValue, text: string) => containsAddress(block, ipOf(text).address),
    passing,
    parsing,
  ],
  '(net.CIDR).containsIP(net.IP): bool': ({ block }: CidrValue, { address }: IpValue) =>
    containsAddress(block, address),
  '(net.CIDR).containsCIDR(string): bool': [
    ({ block }: CidrValue, text: string) => containsBlock(block, cidrOf(text).block),
    passing,
    parsing,
  ],
  '(net.CIDR).containsCIDR(net.CIDR): bool': (a: CidrValue, b: CidrValue) => containsBlock(a.block, b.block),
  '(net.CIDR).ip(): net.IP': ({ block }: CidrValue) => new IpValue(block.address),
  '(net.CIDR).masked(): net.CIDR': ({ block }: CidrValue) => new CidrValue({ ...block, address: masked(block) }),
  '(net.CIDR).prefixLength(): int': ({ block }: CidrValue) => BigInt(block.length),
});
