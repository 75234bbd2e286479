/** The pod network on real namespaces, links and rules, in a host of its own: reachability, repair of every kind of loss, no leaks. */

import { existsSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { systemClock } from '../../daemon/base/clock.ts';
import { createIptables, type Iptables } from '../../daemon/base/iptables.ts';
import { silentLogger } from '../../daemon/base/log.ts';
import { run } from '../../daemon/base/process.ts';
import { createPodNetwork, type PodNetwork } from '../../daemon/network/create-pod-network.ts';
import { linkName } from '../../daemon/network/names.ts';
import { ask, createPrivateHost, eventually, type PrivateHost, SKIP_E2E } from '../support/private-host.ts';

const A = 'e2e-net-aaaa';
const B = 'e2e-net-bbbb';

describe.skipIf(SKIP_E2E)('the pod network', () => {
  let host: PrivateHost;
  let iptables: Iptables;
  let network: PodNetwork;
  let directory: string;
  let a: { ip: string; netnsPath: string };
  let b: { ip: string; netnsPath: string };

  const create = () =>
    createPodNetwork({
      namespace: host.namespace,
      nodeCidr: '10.244.3.0/24',
      clusterCidr: '10.244.0.0/16',
      serviceCidr: '10.96.0.0/16',
      directory,
      iptables,
      clock: systemClock,
      log: silentLogger,
    });
  const inHost = (program: string, ...args: string[]) => host.exec(undefined, program, args);
  const reaches = async () => (await ask(b.netnsPath, a.ip, 8080)) === `a ${b.ip}`;

  beforeAll(async () => {
    host = await createPrivateHost('net');
    directory = await mkdtemp(join(tmpdir(), 'reflet-network-'));
    iptables = createIptables({ namespace: host.namespace, clock: systemClock, log: silentLogger });
    await inHost('iptables', '-P', 'FORWARD', 'DROP');
    network = await create();
    await network.ensureHost();
    network.startRepair();
    [a, b] = await Promise.all([
      network.attach(A, { hostPorts: [{ hostIp: '', hostPort: 18080, containerPort: 8080, protocol: 'TCP' }] }),
      network.attach(B),
    ]);
    network.adopt([A, B]);
    await host.serve(a.netnsPath, 'a', { tcp: [8080], udp: [8080] });
    await host.serve(host.outside, 'outside', { tcp: [80] });
  });
  afterAll(async () => {
    await network.removeEverything();
    iptables.stop();
    await host.close();
    await rm(directory, { recursive: true, force: true });
  });

  test('pods reach each other with their own addresses, and the outside with the host’s', async () => {
    expect(a.ip).not.toBe(b.ip);
    expect(await ask(b.netnsPath, a.ip, 8080)).toBe(`a ${b.ip}`);
    expect(await ask(b.netnsPath, '192.0.2.2', 80)).toBe('outside 192.0.2.1');
    expect(await ask(host.namespace, a.ip, 8080)).toBe('a 10.244.3.1');
  });

  test('a host port answers from outside, from the host by loopback, and to the pod itself', async () => {
    expect(await ask(host.outside, '192.0.2.1', 18080)).toBe('a 192.0.2.2');
    expect(await ask(host.namespace, '127.0.0.1', 18080)).toMatch(/^a 10\.244\.3\.1$/);
    expect(await ask(a.netnsPath, '192.0.2.1', 18080)).toMatch(/^a /);
  });

  const losses: [string, () => Promise<unknown>][] = [
    ['the host’s end of the cable deleted', () => inHost('ip', 'link', 'del', linkName(A))],
    ['the pod’s end deleted', () => run('ip', ['-n', `reflet-${A}`, 'link', 'del', 'eth0'])],
    ['the bridge deleted', () => inHost('ip', 'link', 'del', 'reflet0')],
    ['the pod’s address flushed', () => run('ip', ['-n', `reflet-${A}`, 'addr', 'flush', 'dev', 'eth0'])],
    ['the pod’s default route deleted', () => run('ip', ['-n', `reflet-${A}`, 'route', 'del', 'default'])],
    ['the bridge’s address flushed', () => inHost('ip', 'addr', 'flush', 'dev', 'reflet0')],
    ['the services’ route deleted', () => inHost('ip', 'route', 'del', '10.96.0.0/16', 'table', '4096')],
    ['the cable taken off the bridge', () => inHost('ip', 'link', 'set', linkName(A), 'nomaster')],
    ['rules flushed', () => inHost('sh', '-c', 'iptables -F && iptables -X')],
    ['nat rules flushed', () => inHost('sh', '-c', 'iptables -t nat -F && iptables -t nat -X')],
    ['forwarding switched off', () => inHost('sysctl', '-qw', 'net.ipv4.ip_forward=0')],
    ['hairpin switched off', () => inHost('ip', 'link', 'set', linkName(A), 'type', 'bridge_slave', 'hairpin', 'off')],
  ];
  test.each(losses)('%s: back by itself, same address', async (_what, lose) => {
    expect(await reaches()).toBe(true);
    await lose();
    const tookMs = await eventually(async () => {
      const link = await run('nsenter', [`--net=${host.namespace}`, 'ip', '-d', 'link', 'show', linkName(A)]);
      const inside = await run('ip', ['-n', `reflet-${A}`, 'route', 'show', 'default']);
      const routes = await inHost('ip', 'route', 'show', 'table', 'all');
      const isWhole =
        link.stdout.includes('hairpin on') &&
        inside.stdout.includes('10.244.3.1') &&
        routes.includes('10.96.0.0/16 dev reflet0');
      return isWhole && (await reaches()) && (await ask(host.outside, '192.0.2.1', 18080)) === 'a 192.0.2.2';
    });
    console.log(`repaired after ${Math.round(tookMs)} ms`);
  });

  test('a restarted agent adopts: same addresses, nothing replaced', async () => {
    const before = await inHost('ip', '-o', 'link', 'show', linkName(A));
    network.stop();
    network = await create();
    await network.ensureHost();
    network.startRepair();
    expect(network.find(A)).toEqual({ ip: a.ip, netnsPath: a.netnsPath });
    expect(
      await network.attach(A, { hostPorts: [{ hostIp: '', hostPort: 18080, containerPort: 8080, protocol: 'TCP' }] }),
    ).toEqual(a);
    expect(await network.attach(B)).toEqual(b);
    network.adopt([A, B]);
    expect(await inHost('ip', '-o', 'link', 'show', linkName(A))).toBe(before);
    expect(await reaches()).toBe(true);
  });

  test('pods that exist no more leave nothing behind; unknown namespaces are left alone', async () => {
    await run('ip', ['netns', 'add', 'reflet-of-another-node']);
    await network.attach('e2e-net-leak');
    network.stop();
    network = await create();
    await network.ensureHost();
    network.startRepair();
    network.adopt([A, B]);
    await eventually(async () => !existsSync('/run/netns/reflet-e2e-net-leak'));
    await eventually(async () => (await readdir(directory)).length === 2);
    expect(existsSync('/run/netns/reflet-of-another-node')).toBe(true);
    await run('ip', ['netns', 'del', 'reflet-of-another-node']);
    await network.detach(B);
    expect(existsSync(b.netnsPath)).toBe(false);
    b = await network.attach(B);
    expect(await reaches()).toBe(true);
  });

  test('a pod’s network costs little more than the two processes that make it', async () => {
    const attachMs: number[] = [];
    const floorMs: number[] = [];
    const timed = async (into: number[], work: () => Promise<unknown>) => {
      const startedAt = performance.now();
      await work();
      into.push(performance.now() - startedAt);
    };
    for (let index = 0; index < 20; index++) {
      await timed(attachMs, () => network.attach(`e2e-net-time-${index}`));
      await timed(floorMs, async () => {
        await inHost('ip', 'link', 'show', 'lo');
        await inHost('ip', 'link', 'show', 'lo');
      });
    }
    for (let index = 0; index < 20; index++) await network.detach(`e2e-net-time-${index}`);
    const median = (values: number[]) => values.sort((x, y) => x - y)[values.length >> 1]!;
    console.log(
      `attach ${median(attachMs).toFixed(1)} ms, two processes ${median(floorMs).toFixed(1)} ms (medians of 20)`,
    );
    expect(median(attachMs)).toBeLessThan(Math.max(20, 3 * median(floorMs)));
  });

  test('removing everything leaves no link, namespace, chain or record of ours', async () => {
    await network.removeEverything();
    expect(await inHost('ip', '-o', 'link')).not.toMatch(/reflet0|rf[0-9a-f]{12}/);
    expect(await inHost('iptables-save')).not.toContain('REFLET');
    expect(await inHost('ip', 'rule')).not.toContain('4096');
    expect(existsSync(a.netnsPath)).toBe(false);
    expect(existsSync(directory)).toBe(false);
  });
});
