/** The DNS server on real sockets: UDP, TCP, upstream with cache, a hostile upstream, informers. */

import { createSocket, type Socket } from 'node:dgram';
import { Resolver } from 'node:dns/promises';
import dnsPacket, { type Packet } from 'dns-packet';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { silentLogger } from '../../daemon/base/log.ts';
import { parseResolvConf } from '../../daemon/dns/forward.ts';
import { type DnsServer, startDns } from '../../daemon/dns/start-dns.ts';
import type { EndpointSlice, Service } from '../../daemon/kinds/types.generated.ts';
import { service, slice } from '../proxy/objects.ts';
import { FakeInformer } from '../support/fake-informer.ts';
import { SimClock } from '../support/sim-clock.ts';

/** Of who asks: a machine that stands still for a moment makes nobody ask again. */
const PATIENCE_MS = 30_000;

let services: FakeInformer<Service>;
let slices: FakeInformer<EndpointSlice>;
let upstream: Socket;
let answer: (query: Packet, message: Buffer) => (Buffer | Packet)[];
let asked: Packet[];
let server: DnsServer;
/** The server's: upstreams have as long as the test gives them. */
let clock: SimClock;
let resolver: Resolver;

beforeEach(async () => {
  services = new FakeInformer();
  slices = new FakeInformer();
  asked = [];
  clock = new SimClock();
  upstream = createSocket('udp4');
  upstream.on('message', (message, peer) => {
    const query = dnsPacket.decode(message);
    asked.push(query);
    for (const reply of answer(query, message)) {
      upstream.send(Buffer.isBuffer(reply) ? reply : dnsPacket.encode(reply), peer.port, peer.address);
    }
  });
  await new Promise<void>((resolve) => upstream.bind(0, '127.0.0.1', resolve));
  server = await startDns({
    address: '127.0.0.1',
    port: 0,
    services,
    slices,
    clusterDomain: 'cluster.local',
    upstreams: [{ address: '127.0.0.1', port: upstream.address().port }],
    clock,
    log: silentLogger,
  });
  resolver = new Resolver({ timeout: PATIENCE_MS, tries: 1 });
  resolver.setServers([`127.0.0.1:${server.port}`]);
});
afterEach(() => {
  server.stop();
  upstream.close();
});

const response = (query: Packet, ip: string, ttl: number): Packet => ({
  type: 'response',
  id: query.id!,
  flags: dnsPacket.RECURSION_AVAILABLE,
  questions: query.questions!,
  answers: [{ name: query.questions![0]!.name, type: 'A', class: 'IN', ttl, data: ip }],
});

test('services and endpoints appear and go as informers tell', async () => {
  services.put(service('web', { clusterIP: '10.96.0.10' }), service('db', { clusterIP: 'None' }));
  expect(await resolver.resolve4('web.default.svc.cluster.local')).toEqual(['10.96.0.10']);
  await expect(resolver.resolve4('db.default.svc.cluster.local')).rejects.toMatchObject({ code: 'ENOTFOUND' });
  slices.put(slice('db', ['10.244.0.7', '10.244.0.8']));
  expect((await resolver.resolve4('db.default.svc.cluster.local', { ttl: true })).map(({ ttl }) => ttl)).toEqual([
    5, 5,
  ]);
  services.remove('default/web');
  await expect(resolver.resolve4('web.default.svc.cluster.local')).rejects.toMatchObject({ code: 'ENOTFOUND' });
});

test('a large answer comes by TCP', async () => {
  services.put(service('big', { clusterIP: 'None' }));
  slices.put(
    slice(
      'big',
      Array.from({ length: 200 }, (_, index) => `10.244.1.${index + 1}`),
    ),
  );
  expect(await resolver.resolve4('big.default.svc.cluster.local')).toHaveLength(200);
});

test('other names are asked upstream once, and kept for their TTL', async () => {
  answer = (query) => [response(query, '198.51.100.7', 300)];
  expect(await resolver.resolve4('example.com')).toEqual(['198.51.100.7']);
  const [again] = await resolver.resolve4('EXAMPLE.com', { ttl: true });
  expect(again!.address).toBe('198.51.100.7');
  expect(again!.ttl).toBeLessThanOrEqual(300);
  expect(asked).toHaveLength(1);
});

test('a TTL of 0 is not kept, equal questions at a time are one', async () => {
  answer = (query) => [response(query, '198.51.100.7', 0)];
  await resolver.resolve4('now.example');
  await resolver.resolve4('now.example');
  expect(asked).toHaveLength(2);
  await Promise.all([
    resolver.resolve4('burst.example'),
    resolver.resolve4('burst.example'),
    resolver.resolve4('burst.example'),
  ]);
  expect(asked).toHaveLength(3);
});

test('forged answers (wrong id, wrong question, not a response, garbage) are not taken', async () => {
  answer = (query, message) => [
    response({ ...query, id: (query.id! + 1) & 0xffff }, '6.6.6.6', 60),
    response({ ...query, questions: [{ name: 'other.example', type: 'A' }] }, '6.6.6.6', 60),
    message,
    Buffer.from('garbage'),
    response(query, '198.51.100.7', 60),
  ];
  expect(await resolver.resolve4('victim.example')).toEqual(['198.51.100.7']);
});

test('questions to upstream use ids and ports that differ', async () => {
  const ports = new Set<number>();
  upstream.on('message', (_message, peer) => ports.add(peer.port));
  answer = (query) => [response(query, '198.51.100.7', 0)];
  for (let index = 0; index < 8; index++) await resolver.resolve4(`n${index}.example`);
  expect(new Set(asked.map((query) => query.id)).size).toBeGreaterThan(6);
  expect(ports.size).toBeGreaterThan(6);
});

test('a silent upstream gives SERVFAIL, not silence', async () => {
  answer = () => [];
  const lost = expect(resolver.resolve4('lost.example')).rejects.toMatchObject({ code: 'ESERVFAIL' });
  await expect.poll(() => asked).toHaveLength(1);
  await clock.advance(2_000);
  await lost;
});

test('resolv.conf: IPv4 servers, never ourselves', () => {
  const text =
    '# c\nnameserver 10.244.0.1\nnameserver 9.9.9.9 # x\n nameserver 1.1.1.1\nnameserver ::1\nsearch x\noptions nameserver 8.8.8.8\n';
  expect(parseResolvConf(text, ['10.244.0.1'])).toEqual([
    { address: '9.9.9.9', port: 53 },
    { address: '1.1.1.1', port: 53 },
  ]);
});
