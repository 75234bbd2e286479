/** The service proxy on the real kernel, in a host of its own: every way to a service, repair, foreign rules, cost, removal. */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { systemClock, systemRandom } from '../../daemon/base/clock.ts';
import { createIptables, type Iptables } from '../../daemon/base/iptables.ts';
import { silentLogger } from '../../daemon/base/log.ts';
import { run, start } from '../../daemon/base/process.ts';
import type { EndpointSlice, Service } from '../../daemon/kinds/types.generated.ts';
import { createPodNetwork, type PodNetwork } from '../../daemon/network/create-pod-network.ts';
import { removeProxyRules } from '../../daemon/proxy/apply.ts';
import { type ServiceProxy, startProxy } from '../../daemon/proxy/start-proxy.ts';
import { NODE, service, slice } from '../proxy/objects.ts';
import { FakeInformer } from '../support/fake-informer.ts';
import { ask, createPrivateHost, eventually, type PrivateHost, SKIP_E2E } from '../support/private-host.ts';

const PORTS = { tcp: [8080], udp: [8080] };

describe.skipIf(SKIP_E2E)('the service proxy', () => {
  const services = new FakeInformer<Service>();
  const slices = new FakeInformer<EndpointSlice>();
  let host: PrivateHost;
  let iptables: Iptables;
  let network: PodNetwork;
  let proxy: ServiceProxy;
  let directory: string;
  let a: { ip: string; netnsPath: string };
  let b: { ip: string; netnsPath: string };
  let client: { ip: string; netnsPath: string };

  const inHost = (program: string, ...args: string[]) => host.exec(undefined, program, args);
  const batches: string[] = [];
  /** iptables-legacy tells of no changes (the rules are polled) and rewrites whole tables. */
  let isNft = true;

  /** 2,000 services may have overrun whoever tells of changes; it is there again when it tells of one by its name. */
  const monitorWorks = async (told: (string[] | undefined)[]) => {
    await eventually(async () => {
      await inHost('iptables', '-t', 'mangle', '-N', 'REFLET-PROBE');
      await inHost('iptables', '-t', 'mangle', '-X', 'REFLET-PROBE');
      return told.some((chains) => chains?.includes('REFLET-PROBE'));
    });
    await new Promise((resolve) => setTimeout(resolve, 200));
    told.length = 0;
  };

  beforeAll(async () => {
    host = await createPrivateHost('prx');
    isNft = (await run('iptables', ['--version'])).stdout.includes('nf_tables');
    directory = await mkdtemp(join(tmpdir(), 'reflet-proxy-'));
    await inHost('iptables', '-P', 'FORWARD', 'DROP');
    iptables = createIptables({ namespace: host.namespace, clock: systemClock, log: silentLogger });
    const recording: Iptables = {
      restore(batch) {
        batches.push(batch);
        return iptables.restore(batch);
      },
      save: (table) => iptables.save(table),
      onForeignChange: (handler) => iptables.onForeignChange(handler),
      stop: () => iptables.stop(),
    };
    network = await createPodNetwork({
      namespace: host.namespace,
      nodeCidr: '10.244.4.0/24',
      clusterCidr: '10.244.0.0/16',
      serviceCidr: '10.96.0.0/16',
      directory,
      iptables,
      clock: systemClock,
      log: silentLogger,
    });
    await network.ensureHost();
    network.startRepair();
    [a, b, client] = await Promise.all([
      network.attach('e2e-prx-a'),
      network.attach('e2e-prx-b'),
      network.attach('e2e-prx-client'),
    ]);
    await host.serve(a.netnsPath, 'a', PORTS);
    await host.serve(b.netnsPath, 'b', PORTS);
    proxy = startProxy({
      services,
      slices,
      topology: () => NODE,
      podCidr: '10.244.0.0/16',
      iptables: recording,
      namespace: host.namespace,
      clock: systemClock,
      random: systemRandom,
      log: silentLogger,
    });
    services.put(
      service('web', { clusterIP: '10.96.0.10', type: 'NodePort', ports: [{ port: 80, nodePort: 30080 }] }),
      service('sticky', { clusterIP: '10.96.0.11', sessionAffinity: 'ClientIP' }),
      service('udp', {
        clusterIP: '10.96.0.12',
        type: 'NodePort',
        ports: [{ port: 53, nodePort: 30053, protocol: 'UDP' }],
      }),
      service('empty', { clusterIP: '10.96.0.13', type: 'NodePort', ports: [{ port: 80, nodePort: 30081 }] }),
      service('local', {
        clusterIP: '10.96.0.14',
        type: 'NodePort',
        externalTrafficPolicy: 'Local',
        ports: [{ port: 80, nodePort: 30082 }],
      }),
      service(
        'lb',
        { clusterIP: '10.96.0.15', type: 'LoadBalancer', ports: [{ port: 80 }], externalIPs: ['198.51.100.9'] },
        { status: { loadBalancer: { ingress: [{ ip: '203.0.113.5' }] } } },
      ),
    );
    for (const name of ['web', 'sticky', 'lb']) slices.put(slice(name, [a.ip, b.ip]));
    slices.put(slice('udp', [a.ip], [{ port: 8080, protocol: 'UDP' }]), slice('local', [a.ip]));
    await proxy.ready();
    await proxy.settled();
  });
  afterAll(async () => {
    proxy.stop();
    await network.removeEverything();
    iptables.stop();
    await host.close();
    await rm(directory, { recursive: true, force: true });
  });

  test('cluster IP: from pods with their own address, from the host, shared out', async () => {
    const seen = new Set<string>();
    // Whose turn it is is chance.
    await eventually(async () => seen.add(await ask(client.netnsPath, '10.96.0.10', 80)).size === 2);
    expect([...seen].sort()).toEqual([`a ${client.ip}`, `b ${client.ip}`]);
    expect(await ask(host.namespace, '10.96.0.10', 80)).toMatch(/^[ab] 10\.244\.4\.1$/);
  });

  test('from the host without a default route too', async () => {
    await inHost('ip', 'route', 'del', 'default');
    expect(await ask(host.namespace, '10.96.0.10', 80)).toMatch(/^[ab] 10\.244\.4\.1$/);
    await inHost('ip', 'route', 'add', 'default', 'via', '192.0.2.2');
  });

  test('a pod reaches itself by its own service', async () => {
    slices.put(slice('web', [a.ip]));
    await proxy.settled();
    expect(await ask(a.netnsPath, '10.96.0.10', 80)).toMatch(/^a /);
    slices.put(slice('web', [a.ip, b.ip]));
    await proxy.settled();
  });

  test('node port: from outside, from loopback, from pods; external and balancer addresses', async () => {
    expect(await ask(host.outside, '192.0.2.1', 30080)).toMatch(/^[ab] 10\.244\.4\.1$/);
    expect(await ask(host.namespace, '127.0.0.1', 30080)).toMatch(/^[ab] /);
    expect(await ask(host.namespace, '192.0.2.1', 30080)).toMatch(/^[ab] /);
    expect(await ask(client.netnsPath, '192.0.2.1', 30080)).toMatch(/^[ab] /);
    expect(await ask(client.netnsPath, '198.51.100.9', 80)).toMatch(/^[ab] /);
    expect(await ask(host.namespace, '203.0.113.5', 80)).toMatch(/^[ab] /);
  });

  test('external policy Local keeps the client’s address', async () => {
    expect(await ask(host.outside, '192.0.2.1', 30082)).toBe('a 192.0.2.2');
  });

  test('session affinity: a client stays where it was', async () => {
    const first = await ask(client.netnsPath, '10.96.0.11', 80);
    for (let index = 0; index < 8; index++) expect(await ask(client.netnsPath, '10.96.0.11', 80)).toBe(first);
  });

  test('no endpoints: refused at once, not a time-out', async () => {
    expect(await ask(client.netnsPath, '10.96.0.13', 80)).toBe('ECONNREFUSED');
    expect(await ask(host.namespace, '10.96.0.13', 80)).toBe('ECONNREFUSED');
    expect(await ask(host.outside, '192.0.2.1', 30081)).toBe('ECONNREFUSED');
  });

  test('a neighbour that sends to 127.0.0.1 reaches nothing', async () => {
    await host.serve(host.namespace, 'private', { tcp: [9999] });
    await run('ip', [
      '-n',
      'rf-c-prx-out',
      'route',
      'add',
      '127.0.0.0/8',
      'via',
      '192.0.2.1',
      'dev',
      'eth0',
      'table',
      '99',
    ]);
    await run('nsenter', [`--net=${host.outside}`, 'sysctl', '-qw', 'net.ipv4.conf.all.route_localnet=1']);
    await run('ip', ['-n', 'rf-c-prx-out', 'rule', 'add', 'to', '127.0.0.1', 'lookup', '99', 'pref', '0']);
    await run('ip', ['-n', 'rf-c-prx-out', 'rule', 'del', 'pref', '0', 'lookup', 'local']);
    await run('ip', ['-n', 'rf-c-prx-out', 'rule', 'add', 'pref', '10', 'lookup', 'local']);
    expect(await ask(host.outside, '127.0.0.1', 9999, 'tcp', 1_500)).toBe('TIMEOUT');
    expect(await inHost('iptables-save', '-c', '-t', 'filter')).toMatch(/\[[1-9]\d*:\d+\] -A REFLET-MARTIANS/);
  });

  test('UDP: a client that keeps its port follows when the endpoint changes', async () => {
    expect(await ask(client.netnsPath, '10.96.0.12', 53, 'udp')).toBe(`a ${client.ip}`);
    expect(await ask(host.outside, '192.0.2.1', 30053, 'udp')).toMatch(/^a /);
    const follow = `const s=require('dgram').createSocket('udp4');s.on('message',(m)=>console.log(String(m).split(' ')[0]));setInterval(()=>s.send('x',53,'10.96.0.12'),40)`;
    const following = start('nsenter', [`--net=${client.netnsPath}`, process.execPath, '-e', follow], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    try {
      let answers = '';
      following.stdout!.on('data', (chunk: Buffer) => {
        answers += chunk;
      });
      await eventually(async () => answers.startsWith('a\n'));
      slices.put(slice('udp', [b.ip], [{ port: 8080, protocol: 'UDP' }]));
      await eventually(async () => answers.endsWith('b\n'));
    } finally {
      following.kill('SIGKILL');
    }
  });

  test('a new service and its endpoint are one batch, and reachable when it is in force', async () => {
    const tookMs: number[] = [];
    batches.length = 0;
    for (let index = 0; index < 10; index++) {
      const startedAt = performance.now();
      services.put(service(`quick-${index}`, { clusterIP: `10.96.1.${index + 1}` }));
      slices.put(slice(`quick-${index}`, [a.ip]));
      await proxy.settled();
      tookMs.push(performance.now() - startedAt);
      expect(await ask(client.netnsPath, `10.96.1.${index + 1}`, 80)).toMatch(/^a /);
    }
    tookMs.sort((x, y) => x - y);
    console.log(`endpoint in force: median ${tookMs[5]!.toFixed(1)} ms, worst ${tookMs[9]!.toFixed(1)} ms`);
    expect(batches).toHaveLength(10);
  });

  // Each in one transaction: the repair begins within milliseconds, and a second command would meet what it has put back.
  const losses: [string, string][] = [
    ['all nat rules flushed', 'printf "*nat\n-F\n-X\nCOMMIT\n" | iptables-restore --noflush'],
    ['all filter rules flushed', 'printf "*filter\n-F\n-X\nCOMMIT\n" | iptables-restore --noflush'],
    ['one own rule deleted', 'iptables -t nat -D REFLET-IP 1'],
    ['a jump deleted', 'iptables -t nat -F PREROUTING'],
    ['an own chain filled with something else', 'iptables -t nat -I REFLET-IP 1 -j RETURN'],
  ];
  test.each(losses)('%s: back by itself', async (_what, command) => {
    const before = await ownRules();
    await inHost('sh', '-c', command);
    const tookMs = await eventually(async () => (await ownRules()) === before);
    console.log(`repaired after ${Math.round(tookMs)} ms`);
    expect(await ask(client.netnsPath, '10.96.0.10', 80)).toMatch(/^[ab] /);
  });

  /** Own chains and the jumps to them, in a fixed order. */
  const ownRules = async () => {
    const lines = (await inHost('iptables-save')).split('\n');
    return lines
      .filter((line) => line.includes('REFLET'))
      .map((line) => line.replace(/\[\d+:\d+\]/, ''))
      .sort()
      .join('\n');
  };

  test('what the kernel shows is what we rendered, word for word: a full check writes nothing', async () => {
    await proxy.settled();
    batches.length = 0;
    await inHost('sh', '-c', 'iptables -t nat -I REFLET-IP 1 -j RETURN');
    await eventually(async () => batches.length > 0);
    await proxy.settled();
    expect(batches).toHaveLength(1);
    expect(batches[0]!.match(/^:/gm)).toEqual([':']);
    expect(batches[0]).toContain(':REFLET-IP - [0:0]');
  });

  test('2,000 services are one batch, and one endpoint changed is a batch that does not grow with them', async () => {
    const count = 2_000;
    await proxy.settled();
    batches.length = 0;
    for (let index = 0; index < count; index++) {
      services.put(service(`many-${index}`, { clusterIP: `10.96.${16 + (index >> 8)}.${index & 255}` }));
      slices.put(slice(`many-${index}`, [a.ip, b.ip]));
    }
    const startedAt = performance.now();
    await proxy.settled();
    console.log(`2,000 services: full ${(performance.now() - startedAt).toFixed(0)} ms`);
    expect(batches).toHaveLength(1);
    expect(await ask(client.netnsPath, '10.96.17.200', 80)).toMatch(/^[ab] /);
    batches.length = 0;
    const changeMs: number[] = [];
    for (let index = 0; index < 20; index++) {
      const before = performance.now();
      slices.put(slice(`many-${index * 90}`, [index % 2 ? a.ip : b.ip]));
      await proxy.settled();
      changeMs.push(performance.now() - before);
    }
    changeMs.sort((x, y) => x - y);
    console.log(`one endpoint: median ${changeMs[10]!.toFixed(1)} ms, worst ${changeMs[19]!.toFixed(1)} ms`);
    expect(batches).toHaveLength(20);
    for (const batch of batches) expect(batch.match(/^:/gm)!.length).toBeLessThan(6);
  });

  test('a refused batch changes nothing, says why, and the next one works; only others’ changes are told', async () => {
    const told: (string[] | undefined)[] = [];
    iptables.onForeignChange((chains) => told.push(chains && [...chains]));
    if (isNft) await monitorWorks(told);
    const before = await inHost('iptables-save', '-t', 'mangle');
    const bad = '*mangle\n:REFLET-TEST - [0:0]\n-A REFLET-TEST -j NO-SUCH-CHAIN\nCOMMIT\n';
    await expect(iptables.restore(bad)).rejects.toThrow(/NO-SUCH-CHAIN|No chain/);
    const strip = (text: string) => text.replace(/^#.*$/gm, '').replace(/\[\d+:\d+\]/g, '');
    expect(strip(await inHost('iptables-save', '-t', 'mangle'))).toBe(strip(before));
    await iptables.restore('*mangle\n:REFLET-TEST - [0:0]\n-A REFLET-TEST -j RETURN\nCOMMIT\n');
    expect(await inHost('iptables-save', '-t', 'mangle')).toContain('-A REFLET-TEST -j RETURN');
    await new Promise((resolve) => setTimeout(resolve, 200));
    if (isNft) expect(told).toEqual([]);
    await inHost('iptables', '-t', 'mangle', '-F', 'REFLET-TEST');
    await eventually(async () => told.length > 0);
    expect(told.at(-1)).toEqual(isNft ? ['REFLET-TEST'] : undefined);
    await inHost('iptables', '-t', 'mangle', '-X', 'REFLET-TEST');
  });

  test('removing leaves what is foreign, and the pod network’s own', async () => {
    await inHost('sh', '-c', 'iptables -t nat -N FOREIGN && iptables -t nat -A PREROUTING -j FOREIGN');
    proxy.stop();
    await removeProxyRules(iptables);
    const rules = await inHost('iptables-save');
    const left = [...rules.matchAll(/^:(REFLET-\S+)/gm)].map((match) => match[1]).sort();
    expect(left).toEqual([
      'REFLET-FORWARD',
      'REFLET-HOSTPORTS',
      'REFLET-HP-MARK',
      'REFLET-INPUT',
      'REFLET-POSTROUTING',
    ]);
    expect(rules).toContain('-A PREROUTING -j FOREIGN');
    expect(rules).toContain(':FORWARD DROP');
  });
});
