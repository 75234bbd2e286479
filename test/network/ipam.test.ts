/** Addresses: unique, in range, resting after release, all of them usable. */

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { AddressPool } from '../../daemon/network/ipam.ts';

test('a /24 gives 253 addresses, never network, gateway or broadcast, and then none', () => {
  const pool = new AddressPool('10.244.3.0/24');
  const given = new Set<string>();
  for (let index = 0; index < 253; index++) given.add(pool.allocate(`pod-${index}`, 0)!);
  expect(given.size).toBe(253);
  for (const never of ['10.244.3.0', '10.244.3.1', '10.244.3.255']) expect(given).not.toContain(never);
  expect(pool.allocate('one more', 0)).toBeUndefined();
  expect(pool.gateway).toBe('10.244.3.1');
});

test('a released address rests; on a full node the one that rested longest is given', () => {
  const pool = new AddressPool('10.0.0.0/29');
  const [first, second] = [pool.allocate('a', 0)!, pool.allocate('b', 0)!];
  for (const owner of ['c', 'd', 'e']) pool.allocate(owner, 0);
  pool.release(second, 'b', 1_000);
  pool.release(first, 'a', 2_000);
  expect(pool.allocate('f', 3_000)).toBe(second);
  expect(pool.allocate('g', 62_001)).toBe(first);
  pool.release(first, 'somebody else', 70_000);
  expect(pool.allocate('h', 200_000)).toBeUndefined();
});

test('claims: what lies outside, is reserved or belongs to another is refused', () => {
  const pool = new AddressPool('10.244.3.0/24');
  expect(pool.claim('10.244.3.9', 'a')).toBe(true);
  expect(pool.claim('10.244.3.9', 'a')).toBe(true);
  for (const address of ['10.244.3.9', '10.244.4.9', '10.244.3.0', '10.244.3.1', '10.244.3.255', 'x']) {
    expect(pool.claim(address, 'b'), address).toBe(false);
  }
  for (const cidr of ['10.0.0.0', '10.0.0.0/33', '10.0.0.0/30', 'fd00::/64'])
    expect(() => new AddressPool(cidr), cidr).toThrow(/expected/);
});

test('no history gives one address to two owners', () => {
  const step = fc.record({
    owner: fc.integer({ min: 0, max: 12 }),
    isRelease: fc.boolean(),
    afterMs: fc.integer({ min: 0, max: 90_000 }),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const pool = new AddressPool('10.0.0.0/28');
      const held = new Map<string, string>();
      let now = 0;
      for (const { owner, isRelease, afterMs } of steps) {
        now += afterMs;
        const name = `pod-${owner}`;
        const address = held.get(name);
        if (isRelease && address) {
          pool.release(address, name, now);
          held.delete(name);
        } else if (!isRelease && !address) {
          const given = pool.allocate(name, now);
          expect(given).toBeDefined();
          expect([...held.values()]).not.toContain(given);
          held.set(name, given!);
        }
      }
    }),
    { seed: 3, numRuns: 200 },
  );
});
