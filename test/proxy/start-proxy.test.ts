/** The proxy's loop over fake informers and a fake kernel: coalescing, repair, and one bad service harming only itself. */

import { afterEach, beforeEach, expect, test } from 'vitest';
import { systemRandom } from '../../daemon/base/clock.ts';
import { silentLogger } from '../../daemon/base/log.ts';
import type { EndpointSlice, Service } from '../../daemon/kinds/types.generated.ts';
import { removeProxyRules } from '../../daemon/proxy/apply.ts';
import { isProxyChain } from '../../daemon/proxy/chain-names.ts';
import { type ServiceProxy, startProxy } from '../../daemon/proxy/start-proxy.ts';
import { FakeInformer } from '../support/fake-informer.ts';
import { SimClock } from '../support/sim-clock.ts';
import { FakeIptables } from './fake-iptables.ts';
import { NODE, service, slice } from './objects.ts';

let services: FakeInformer<Service>;
let slices: FakeInformer<EndpointSlice>;
let kernel: FakeIptables;
let clock: SimClock;
let proxy: ServiceProxy;
let foreign: string[];

beforeEach(() => {
  services = new FakeInformer();
  slices = new FakeInformer();
  kernel = new FakeIptables();
  clock = new SimClock();
  foreign = [];
});
afterEach(() => proxy.stop());

function start(): void {
  proxy = startProxy({
    services,
    slices,
    topology: () => NODE,
    podCidr: '10.244.0.0/16',
    iptables: kernel,
    // A namespace that does not exist: sysctl and conntrack fail, and the proxy goes on.
    namespace: '/nonexistent',
    clock,
    random: systemRandom,
    log: silentLogger,
    foreignRemoved: (rules) => foreign.push(...rules),
  });
}

const natRules = () => [...kernel.tables['nat']!.values()].flat().join('\n');

test('many objects of one turn go into one batch, and a later endpoint into a small one', async () => {
  for (let index = 1; index <= 50; index++) {
    services.put(service(`s${index}`, { clusterIP: `10.96.0.${index}` }));
    slices.put(slice(`s${index}`, [`10.244.0.${index}`]));
  }
  start();
  await proxy.ready();
  expect(natRules()).toContain('--to-destination 10.244.0.50:8080');
  expect(kernel.tables['nat']!.get('PREROUTING')).toHaveLength(1);
  kernel.batches = [];
  slices.put(slice('s1', ['10.244.0.1', '10.244.0.99']));
  slices.put(slice('s2', ['10.244.0.2', '10.244.0.98']));
  await proxy.settled();
  expect(kernel.batches).toHaveLength(1);
  expect(kernel.batches[0]!.match(/^:/gm)).toHaveLength(4);
  services.remove('default/s3');
  await proxy.settled();
  expect(natRules()).not.toContain('default/s3 ');
});

test('rules that somebody else puts into its chains are removed and told, its own leftovers of a start are not', async () => {
  kernel.tables['nat']!.set('REFLET-SVC-AAAAAAAAAAAAAAAA', ['-j RETURN']);
  kernel.tables['nat']!.set('REFLET-MASQ', ['-j ACCEPT']);
  services.put(service('web', {}));
  slices.put(slice('web', ['10.244.0.5']));
  start();
  await proxy.ready();
  expect(kernel.tables['nat']!.has('REFLET-SVC-AAAAAAAAAAAAAAAA')).toBe(false);
  expect(foreign).toEqual([]);
  const before = structuredClone(kernel.ownChains(isProxyChain));
  kernel.tables['nat']!.get('REFLET-SERVICES')!.unshift('-s 192.0.2.1/32 -j ACCEPT');
  kernel.tables['filter']!.get('REFLET-ACCEPT')!.push('-j DROP');
  kernel.tables['nat']!.set('REFLET-SVC-BBBBBBBBBBBBBBBB', ['-j RETURN']);
  // Meanwhile an endpoint changes: that is no foreign rule.
  slices.put(slice('web', ['10.244.0.6']));
  slices.put(slice('web', ['10.244.0.5']));
  await clock.advance(60_000);
  await proxy.settled();
  expect(kernel.ownChains(isProxyChain)).toEqual(before);
  expect(foreign).toEqual([
    'REFLET-SERVICES -s 192.0.2.1/32 -j ACCEPT',
    'REFLET-SVC-BBBBBBBBBBBBBBBB',
    'REFLET-ACCEPT -j DROP',
  ]);
});

test('rules flushed by somebody else are back, and foreign chains stay', async () => {
  services.put(service('web', {}));
  slices.put(slice('web', ['10.244.0.5']));
  start();
  await proxy.ready();
  const before = kernel.ownChains(isProxyChain);
  kernel.flush('nat');
  kernel.tables['nat']!.set('DOCKER', ['-j RETURN']);
  kernel.tables['nat']!.get('PREROUTING')!.push('-j DOCKER');
  await proxy.settled();
  expect(kernel.ownChains(isProxyChain)).toEqual(before);
  expect(kernel.tables['nat']!.get('DOCKER')).toEqual(['-j RETURN']);
  expect(kernel.tables['nat']!.get('PREROUTING')).toContain('-j DOCKER');
});

test('a flush that no event told of: the next change notices it', async () => {
  services.put(service('web', {}));
  slices.put(slice('web', ['10.244.0.5']));
  start();
  await proxy.ready();
  for (const name of [...kernel.tables['nat']!.keys()]) if (isProxyChain(name)) kernel.tables['nat']!.delete(name);
  kernel.tables['nat']!.get('PREROUTING')!.length = 0;
  kernel.tables['nat']!.get('OUTPUT')!.length = 0;
  kernel.tables['nat']!.get('POSTROUTING')!.length = 0;
  services.put(service('other', { clusterIP: '10.96.0.77' }), service('web', { clusterIP: '10.96.0.78' }));
  await proxy.settled();
  expect(natRules()).toContain('10.96.0.78/32');
  expect(kernel.tables['nat']!.get('PREROUTING')).toHaveLength(1);
});

test('a service that the kernel refuses is set aside alone and tried again', async () => {
  kernel.refuse = /-p sctp .*DNAT/;
  for (let index = 1; index <= 7; index++) {
    services.put(service(`s${index}`, { clusterIP: `10.96.0.${index}` }));
    slices.put(slice(`s${index}`, [`10.244.0.${index}`]));
  }
  services.put(service('bad', { clusterIP: '10.96.0.66', ports: [{ port: 9, protocol: 'SCTP' }] }));
  slices.put(slice('bad', ['10.244.0.66'], [{ port: 9, protocol: 'SCTP' }]));
  start();
  await proxy.ready();
  for (let index = 1; index <= 7; index++) expect(natRules()).toContain(`10.96.0.${index}/32`);
  expect(natRules()).not.toContain('10.96.0.66');
  slices.put(slice('s1', ['10.244.0.101']));
  await proxy.settled();
  expect(natRules()).toContain('10.244.0.101:8080');
  kernel.refuse = undefined;
  await clock.advance(2_000);
  await proxy.settled();
  expect(natRules()).toContain('--to-destination 10.244.0.66:9');
});

test('removing takes away every own chain and nothing else', async () => {
  services.put(service('web', { type: 'NodePort', ports: [{ port: 80, nodePort: 30000 }] }));
  slices.put(slice('web', ['10.244.0.5']));
  kernel.tables['filter']!.get('FORWARD')!.push('-j ACCEPT');
  start();
  await proxy.ready();
  proxy.stop();
  await removeProxyRules(kernel);
  expect(kernel.ownChains(isProxyChain)).toEqual({ nat: {}, filter: {}, mangle: {} });
  expect(kernel.tables['nat']!.get('PREROUTING')).toEqual([]);
  expect(kernel.tables['filter']!.get('FORWARD')).toEqual(['-j ACCEPT']);
});
