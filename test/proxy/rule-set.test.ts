/** The rule set: incremental batches lead to the same rules as starting afresh; batches are small and never carry hostile text. */

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { assertRule, parseSavedTable, planRepair } from '../../daemon/base/iptables-rules.ts';
import { isProxyChain } from '../../daemon/proxy/chain-names.ts';
import { renderService } from '../../daemon/proxy/render-service.ts';
import { RuleSet } from '../../daemon/proxy/rule-set.ts';
import { FakeIptables } from './fake-iptables.ts';
import { NODE, SETTINGS, service, slice } from './objects.ts';

const endpointsArbitrary = fc.uniqueArray(fc.integer({ min: 2, max: 9 }), { maxLength: 5 });
const change = fc.record({
  index: fc.integer({ min: 0, max: 30 }),
  endpoints: endpointsArbitrary,
  type: fc.constantFrom('ClusterIP', 'NodePort', 'LoadBalancer'),
  isLocal: fc.boolean(),
  isRemoved: fc.boolean(),
});

function rendered(input: { index: number; endpoints: number[]; type: string; isLocal: boolean }) {
  const name = `s${input.index}`;
  const object = service(
    name,
    {
      clusterIP: `10.96.0.${input.index + 1}`,
      type: input.type,
      externalTrafficPolicy: input.isLocal ? 'Local' : 'Cluster',
      ports: [{ port: 80, nodePort: 30_000 + input.index }],
    },
    { status: { loadBalancer: { ingress: [{ ip: `203.0.113.${input.index + 1}` }] } } },
  );
  const ips = input.endpoints.map((number) => ({ ip: `10.244.0.${number}`, node: number % 2 ? 'n1' : 'n2' }));
  return renderService(object, [slice(name, ips)], NODE, SETTINGS);
}

test('incremental batches give the kernel what a fresh start would give it', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(change, { maxLength: 40 }), async (changes) => {
      const kernel = new FakeIptables();
      const rules = new RuleSet();
      const present = new Map<number, (typeof changes)[number]>();
      for (const one of changes) {
        if (one.isRemoved) {
          rules.put(`default/s${one.index}`, new Map());
          present.delete(one.index);
        } else {
          rules.put(`default/s${one.index}`, rendered(one).ports);
          present.set(one.index, one);
        }
        await kernel.restore(rules.encodeDue());
        rules.acknowledge();
      }
      const fresh = new RuleSet();
      for (const one of present.values()) fresh.put(`default/s${one.index}`, rendered(one).ports);
      const expected = new FakeIptables();
      await expected.restore(fresh.encodeDue());
      await kernel.restore(rules.encodeDue());
      expect(kernel.ownChains(isProxyChain)).toEqual(expected.ownChains(isProxyChain));
    }),
    { seed: 11, numRuns: 60 },
  );
});

test('a changed endpoint among 2,000 services renders only that service’s chains', () => {
  const rules = new RuleSet();
  for (let index = 0; index < 2_000; index++) {
    const object = service(`s${index}`, { clusterIP: `10.96.${index >> 8}.${index & 255}` });
    rules.put(`default/s${index}`, renderService(object, [slice(`s${index}`, ['10.244.0.5'])], NODE, SETTINGS).ports);
  }
  rules.acknowledge();
  const object = service('s7', { clusterIP: '10.96.0.7' });
  rules.put('default/s7', renderService(object, [slice('s7', ['10.244.0.5', '10.244.0.6'])], NODE, SETTINGS).ports);
  const batch = rules.encodeDue();
  expect(batch.match(/^:/gm)).toHaveLength(2); // SVC, and SEP of the new endpoint
  expect(batch).toMatch(/^\*nat\n/);
  expect(batch).not.toContain('*filter');
});

test('every rendered chain name is one that the proxy owns and iptables takes', () => {
  const rules = new RuleSet();
  for (let index = 0; index < 300; index++) {
    rules.put(
      `default/s${index}`,
      rendered({ index: index % 200, endpoints: [2, 3], type: 'LoadBalancer', isLocal: index % 2 === 0 }).ports,
    );
  }
  for (const table of ['nat', 'filter'] as const) {
    for (const name of rules.desired(table).chains.keys()) {
      expect(isProxyChain(name), name).toBe(true);
      expect(name.length).toBeLessThanOrEqual(28);
    }
  }
});

test('hostile names, ports and addresses never reach a rule', () => {
  const evil = 'x\n-A INPUT -j DROP';
  const cases = [
    service(evil, {}),
    service('web', { ports: [{ name: evil, port: 80 }] }),
    service('web', { ports: [{ port: evil as unknown as number }] }),
    service('web', { ports: [{ port: 80, protocol: 'tcp -j DROP' }] }),
    service('web', { clusterIP: '10.96.0.1 -j DROP' }),
    service('web', { externalIPs: ['1.2.3.4/0', evil] }),
    service('web', { type: 'LoadBalancer', loadBalancerSourceRanges: ['0.0.0.0/0 -j ACCEPT'] }),
    service('web', {
      sessionAffinity: 'ClientIP',
      sessionAffinityConfig: { clientIP: { timeoutSeconds: evil as unknown as number } },
    }),
  ];
  for (const object of cases) {
    const endpoints = slice('web', [
      '10.244.0.5',
      evil,
      '127.0.0.1',
      '169.254.169.254',
      '0.0.0.0',
      '224.0.0.1',
      '255.255.255.255',
    ]);
    const result = renderService(object, [endpoints], NODE, SETTINGS);
    const text = JSON.stringify([...result.ports.values()].map((port) => [[...port.chains], port.entries]));
    expect(text).not.toContain('DROP');
    expect(text).not.toContain('127.0.0.1');
    expect(text).not.toContain('169.254');
    expect(text).not.toContain('0.0.0.0:');
  }
  expect(() => assertRule('REFLET-X', '-j ACCEPT\n-A INPUT -j DROP')).toThrow(/printable/);
  expect(() => assertRule('INPUT', '-j ACCEPT')).toThrow(/chain/);
});

test('a range that cannot be read admits nobody instead of everybody', () => {
  const object = service(
    'lb',
    { type: 'LoadBalancer', loadBalancerSourceRanges: ['nonsense'] },
    { status: { loadBalancer: { ingress: [{ ip: '203.0.113.1' }] } } },
  );
  const result = renderService(object, [slice('lb', ['10.244.0.5'])], NODE, SETTINGS);
  expect(result.problems).toEqual(['loadBalancerSourceRanges: "nonsense" is no IPv4 range']);
  expect(result.ports.get('default/lb/TCP')!.entries.map((entry) => entry.tree)).toContain('firewall');
});

test('a repair writes only what differs, puts jumps back once, and removes only own stale chains', () => {
  const desired = {
    chains: new Map([
      ['REFLET-SERVICES', ['-j REFLET-IP']],
      ['REFLET-IP', []],
    ]),
    jumps: [{ from: 'PREROUTING', rule: '-j REFLET-SERVICES' }],
  };
  const saved = parseSavedTable(
    [
      '*nat',
      ':PREROUTING ACCEPT [0:0]',
      ':OUTPUT ACCEPT [0:0]',
      ':DOCKER - [0:0]',
      ':REFLET-IP - [0:0]',
      ':REFLET-POSTROUTING - [0:0]',
      ':REFLET-SEP-ABCDEFGHIJKLMNOP - [0:0]',
      '-A PREROUTING -j DOCKER',
      '-A PREROUTING -j REFLET-SERVICES',
      '-A PREROUTING -j REFLET-SERVICES',
      '-A OUTPUT -j REFLET-SERVICES',
      '-A REFLET-IP -j ACCEPT',
      'COMMIT',
    ].join('\n'),
  );
  const repair = planRepair('nat', saved, desired, isProxyChain, new Map());
  expect(repair.write).toBe(
    '*nat\n:REFLET-SERVICES - [0:0]\n:REFLET-IP - [0:0]\n-A REFLET-SERVICES -j REFLET-IP\n' +
      '-D PREROUTING -j REFLET-SERVICES\n-D OUTPUT -j REFLET-SERVICES\nCOMMIT\n',
  );
  expect(repair.remove).toBe('*nat\n:REFLET-SEP-ABCDEFGHIJKLMNOP - [0:0]\n-X REFLET-SEP-ABCDEFGHIJKLMNOP\nCOMMIT\n');
});
