/** DNS as a pod uses it: from its namespace to the bridge's address and to a cluster IP, on a host whose firewall drops what is not allowed. */

import type { ChildProcess } from 'node:child_process';
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
import { type ServiceProxy, startProxy } from '../../daemon/proxy/start-proxy.ts';
import { NODE, service, slice } from '../proxy/objects.ts';
import { FakeInformer } from '../support/fake-informer.ts';
import { createPrivateHost, eventually, type PrivateHost, SKIP_E2E } from '../support/private-host.ts';

const DNS_PROCESS = new URL('../support/dns-process.ts', import.meta.url).pathname;

describe.skipIf(SKIP_E2E)('DNS for pods', () => {
  let host: PrivateHost;
  let iptables: Iptables;
  let network: PodNetwork;
  let proxy: ServiceProxy;
  let directory: string;
  let pod: { ip: string; netnsPath: string };
  const children: ChildProcess[] = [];

  const startIn = async (namespace: string, program: string, args: string[]) => {
    const child = start('nsenter', [`--net=${namespace}`, program, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
    children.push(child);
    await new Promise<void>((resolve, reject) => {
      child.stdout!.once('data', () => resolve());
      child.once('exit', (code) => reject(new Error(`${program} ended: ${code}`)));
    });
  };

  beforeAll(async () => {
    host = await createPrivateHost('dns');
    directory = await mkdtemp(join(tmpdir(), 'reflet-dns-'));
    iptables = createIptables({ namespace: host.namespace, clock: systemClock, log: silentLogger });
    for (const chain of ['INPUT', 'FORWARD']) await host.exec(undefined, 'iptables', ['-P', chain, 'DROP']);
    await host.exec(undefined, 'iptables', [
      '-A',
      'INPUT',
      '-m',
      'conntrack',
      '--ctstate',
      'ESTABLISHED',
      '-j',
      'ACCEPT',
    ]);
    network = await createPodNetwork({
      namespace: host.namespace,
      nodeCidr: '10.244.5.0/24',
      clusterCidr: '10.244.0.0/16',
      serviceCidr: '10.96.0.0/16',
      directory,
      iptables,
      clock: systemClock,
      log: silentLogger,
    });
    await network.ensureHost();
    pod = await network.attach('e2e-dns-pod');
    await startIn(host.outside, process.execPath, ['-e', UPSTREAM]);
    await startIn(host.namespace, process.execPath, [DNS_PROCESS, network.gateway, '192.0.2.2']);
    const services = new FakeInformer<Service>();
    const slices = new FakeInformer<EndpointSlice>();
    const ports = [
      { name: 'dns', port: 53, protocol: 'UDP' },
      { name: 'dns-tcp', port: 53, protocol: 'TCP' },
    ];
    services.put(service('kube-system/kube-dns', { clusterIP: '10.96.0.53', ports }));
    slices.put(slice('kube-system/kube-dns', [network.gateway], ports));
    proxy = startProxy({
      services,
      slices,
      topology: () => NODE,
      podCidr: '10.244.0.0/16',
      iptables,
      namespace: host.namespace,
      clock: systemClock,
      random: systemRandom,
      log: silentLogger,
    });
    await proxy.ready();
  });
  afterAll(async () => {
    for (const child of children) child.kill('SIGKILL');
    proxy.stop();
    await network.removeEverything();
    iptables.stop();
    await host.close();
    await rm(directory, { recursive: true, force: true });
  });

  const resolveIn = async (server: string, name: string) => {
    const { stdout, stderr } = await run('nsenter', [
      `--net=${pod.netnsPath}`,
      process.execPath,
      '-e',
      RESOLVE,
      server,
      name,
    ]);
    return stdout.trim() || stderr.slice(0, 200);
  };

  test.each(['gateway', 'cluster IP'])(
    'by the %s: services, headless services, what does not exist, and the world',
    async (how) => {
      const server = how === 'gateway' ? network.gateway : '10.96.0.53';
      expect(await resolveIn(server, 'web.default.svc.cluster.local')).toBe('10.96.0.10');
      expect(await resolveIn(server, 'db.default.svc.cluster.local')).toBe('10.244.5.7 10.244.5.8');
      expect(await resolveIn(server, 'nothing.default.svc.cluster.local')).toBe('ENOTFOUND');
      expect(await resolveIn(server, 'example.com')).toBe('198.51.100.77');
    },
  );

  test('DNS answers again after the bridge was deleted', async () => {
    network.startRepair();
    await host.exec(undefined, 'ip', ['link', 'del', 'reflet0']);
    await eventually(async () => (await resolveIn(network.gateway, 'web.default.svc.cluster.local')) === '10.96.0.10');
  });

  test('only DNS is opened on the host’s firewall', async () => {
    await host.serve(host.namespace, 'private', { tcp: [9999] });
    const { stdout } = await run('nsenter', [
      `--net=${pod.netnsPath}`,
      process.execPath,
      '-e',
      CONNECT,
      network.gateway,
      '9999',
    ]);
    expect(stdout.trim()).toBe('TIMEOUT');
  });
});

const RESOLVE = `
const [server, name] = process.argv.slice(1);
const resolver = new (require('dns').promises.Resolver)({ timeout: 5000, tries: 3 });
resolver.setServers([server]);
resolver.resolve4(name).then((ips) => console.log(ips.sort().join(' ')), (error) => console.log(error.code));
`;

const CONNECT = `
const [address, port] = process.argv.slice(1);
setTimeout(() => { console.log('TIMEOUT'); process.exit(); }, 1000);
require('net').connect(Number(port), address, () => { console.log('OPEN'); process.exit(); }).on('error', (error) => console.log(error.code));
`;

/** Answers every question with 198.51.100.77: header, the question, one address record. */
const UPSTREAM = `
const socket = require('dgram').createSocket('udp4');
socket.on('message', (message, peer) => {
  let end = 12;
  while (message[end] !== 0) end += 1 + message[end];
  const reply = Buffer.concat([message.subarray(0, end + 5), Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 198, 51, 100, 77])]);
  reply.writeUInt16BE(0x8180, 2);
  reply.writeUInt16BE(1, 6);
  reply.writeUInt16BE(0, 8);
  reply.writeUInt16BE(0, 10);
  socket.send(reply, peer.port, peer.address);
});
socket.bind(53, '0.0.0.0', () => console.log('ready'));
`;
