/** The dispatch tree: every entry is reached, nothing else is, few rules are passed, and history leaves no trace. */

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { PrefixTree } from '../../daemon/proxy/prefix-tree.ts';

type Chains = Map<string, readonly string[]>;

const newTree = () => new PrefixTree({ root: 'R', bits: 32, match: (prefix, bits) => `${prefix}/${bits}` });

function take(tree: PrefixTree, chains: Chains): void {
  for (const [name, rules] of tree.takeChanges()) {
    if (rules) chains.set(name, rules);
    else chains.delete(name);
  }
}

/** Walks as a packet would: the matched entries' texts, and how many rules were looked at. */
function walk(chains: Chains, key: number, chain = 'R'): { found: string[]; tested: number } {
  let tested = 0;
  const found: string[] = [];
  for (const rule of chains.get(chain)!) {
    tested++;
    const jump = /^(\d+)\/(\d+) -g (.*)$/.exec(rule);
    if (jump) {
      const size = 2 ** (32 - Number(jump[2]));
      if (key < Number(jump[1]) || key >= Number(jump[1]) + size) continue;
      const below = walk(chains, key, jump[3]);
      return { found: [...found, ...below.found], tested: tested + below.tested };
    }
    if (rule.startsWith(`${key}=`)) found.push(rule);
  }
  return { found, tested };
}

const steps = fc.array(
  fc.record({
    owner: fc.constantFrom('a', 'b', 'c'),
    key: fc.oneof(
      fc.integer({ min: 0x0a600000, max: 0x0a6000ff }),
      fc.integer({ min: 0x0a600000, max: 0x0a61ffff }),
      fc.constantFrom(0, 0xffffffff, 0xc0a80001),
    ),
    isPut: fc.boolean(),
    take: fc.boolean(),
  }),
  { maxLength: 120 },
);

test('after any history the chains are those of a fresh tree, and every entry is found', () => {
  fc.assert(
    fc.property(steps, (history) => {
      const tree = newTree();
      const chains: Chains = new Map();
      const entries = new Map<string, { owner: string; key: number }>();
      for (const { owner, key, isPut, take: isTaken } of history) {
        if (isPut) {
          tree.put(owner, key, [`${key}=${owner}`]);
          entries.set(`${owner} ${key}`, { owner, key });
        } else {
          tree.drop(owner, key);
          entries.delete(`${owner} ${key}`);
        }
        if (isTaken) take(tree, chains);
      }
      take(tree, chains);
      const fresh = newTree();
      for (const { owner, key } of entries.values()) fresh.put(owner, key, [`${key}=${owner}`]);
      const expected: Chains = new Map();
      take(fresh, expected);
      expect(new Map([...chains].sort())).toEqual(new Map([...expected].sort()));
      for (const { owner, key } of entries.values()) expect(walk(chains, key).found).toContain(`${key}=${owner}`);
      for (const name of chains.keys()) expect(name.length).toBeLessThanOrEqual('R-12345678'.length);
    }),
    { seed: 7, numRuns: 300 },
  );
});

test('with 2,000 addresses a packet passes few rules, and one change touches few chains', () => {
  const tree = newTree();
  const chains: Chains = new Map();
  const keys = Array.from({ length: 2_000 }, (_, index) => 0x0a600000 + ((index * 7919) % 65_536));
  for (const key of keys) tree.put('svc', key, [`${key}=svc`]);
  take(tree, chains);
  const worst = Math.max(...keys.map((key) => walk(chains, key).tested));
  expect(worst).toBeLessThanOrEqual(16 + 16 + 16 + 8);
  tree.put('svc', keys[5]!, [`${keys[5]}=svc changed`]);
  expect(tree.takeChanges().size).toBe(1);
  expect(tree.takeChanges().size).toBe(0);
});
