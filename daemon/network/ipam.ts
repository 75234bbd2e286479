/**
 * Addresses for pods out of one node's range. Pure state, no I/O; time is an argument.
 *
 * Invariants: the network address, the gateway (first) and the broadcast address are never given; an address has one owner; a released one
 * rests for a while, so that packets and caches meant for the old pod do not reach a new one. When nothing else is free the address that
 * has rested longest is given: a full node beats a short memory.
 */

import { formatIpv4, type Ipv4Range, parseIpv4, parseIpv4Range, rangeContains } from '../base/ipv4.ts';

/** Longer than conntrack's UDP time-outs (30 s, 120 s when stream-like is rare) and clients' DNS caches (5 s). */
const QUARANTINE_MS = 60_000;

export class AddressPool {
  readonly range: Ipv4Range;
  readonly #first: number;
  readonly #last: number;
  readonly #owners = new Map<number, string>();
  /** Address → when it was released; insertion order is release order. */
  readonly #resting = new Map<number, number>();
  #next: number;

  /** `cidr` of /8 to /29. Throws on anything else: a configuration error. */
  constructor(cidr: string) {
    const range = parseIpv4Range(cidr);
    if (!range || range.bits < 8 || range.bits > 29)
      throw new Error(`pod range ${JSON.stringify(cidr)}: expected an IPv4 range of /8 to /29`);
    this.range = range;
    this.#first = range.base + 2;
    this.#last = range.base + 2 ** (32 - range.bits) - 2;
    this.#next = this.#first;
  }

  /** The bridge's own address, `.1`. */
  get gateway(): string {
    return formatIpv4(this.range.base + 1);
  }

  /** A free address for `owner`, or undefined when all are taken. */
  allocate(owner: string, nowMs: number): string | undefined {
    const size = this.#last - this.#first + 1;
    for (let step = 0; step < size; step++) {
      const address = this.#first + ((this.#next - this.#first + step) % size);
      if (this.#owners.has(address) || this.#isResting(address, nowMs)) continue;
      return this.#give(address, owner);
    }
    const [oldest] = this.#resting.keys();
    return oldest === undefined ? undefined : this.#give(oldest, owner);
  }

  /** Takes a certain address; false when it lies outside the range or belongs to another. */
  claim(address: string, owner: string): boolean {
    const value = parseIpv4(address);
    if (value === undefined || !rangeContains(this.range, value) || value < this.#first || value > this.#last)
      return false;
    const holder = this.#owners.get(value);
    if (holder !== undefined && holder !== owner) return false;
    this.#owners.set(value, owner);
    this.#resting.delete(value);
    return true;
  }

  /** Gives back an address; ignored when it does not belong to `owner`. */
  release(address: string, owner: string, nowMs: number): void {
    const value = parseIpv4(address);
    if (value === undefined || this.#owners.get(value) !== owner) return;
    this.#owners.delete(value);
    this.#resting.set(value, nowMs);
  }

  #give(address: number, owner: string): string {
    this.#owners.set(address, owner);
    this.#resting.delete(address);
    this.#next = address + 1 > this.#last ? this.#first : address + 1;
    return formatIpv4(address);
  }

  #isResting(address: number, nowMs: number): boolean {
    const releasedAt = this.#resting.get(address);
    if (releasedAt === undefined) return false;
    const isOver = nowMs - releasedAt >= QUARANTINE_MS;
    if (isOver) this.#resting.delete(address);
    return !isOver;
  }
}
