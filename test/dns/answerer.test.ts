/** The DNS server's answers, decoded by dns-packet as a client would, from services and slices as the API gives them. */

import dnsPacket, { type Answer, type DecodedPacket } from 'dns-packet';
import fc from 'fast-check';
import { beforeEach, expect, test } from 'vitest';
import { systemClock } from '../../daemon/base/clock.ts';
import { type Answerer, createAnswerer } from '../../daemon/dns/answerer.ts';
import type { Forwarder } from '../../daemon/dns/forward.ts';
import { readZoneService, ZoneIndex } from '../../daemon/dns/zone.ts';
import type { EndpointSlice, Service } from '../../daemon/kinds/types.generated.ts';
import { service, slice } from '../proxy/objects.ts';

const SETTINGS = { domain: 'cluster.local', serverIp: '10.244.0.1' };
let zone: ZoneIndex;
let answerer: Answerer;
let forwarded: string[];

function put(object: Service, slices: EndpointSlice[] = []): void {
  const key = `${object.metadata?.namespace}/${object.metadata?.name}`;
  zone.put(key, readZoneService(object, slices));
  answerer.forget(key);
}

beforeEach(() => {
  forwarded = [];
  zone = new ZoneIndex();
  const forwarder: Forwarder = {
    async ask(query) {
      forwarded.push(query.name);
      const question = { name: query.name, type: 'A' as const, class: 'IN' as const };
      return dnsPacket.encode({
        type: 'response',
        id: query.id,
        questions: [question],
        answers: [{ name: query.name, type: 'A', class: 'IN', ttl: 60, data: '198.51.100.1' }],
      });
    },
  };
  answerer = createAnswerer(zone, SETTINGS, forwarder, systemClock);
  const ports = [{ name: 'http', port: 80 }];
  put(service('web', { clusterIP: '10.96.0.10', ports }), [
    slice('web', ['10.244.0.5'], [{ name: 'http', port: 8080 }]),
  ]);
  put(service('data/redis', { clusterIP: 'None', ports: [{ name: 'redis', port: 6379 }] }), [
    slice(
      'data/redis',
      [
        { ip: '10.244.0.7', hostname: 'redis-0' },
        { ip: '10.244.0.8', hostname: 'redis-1' },
        { ip: '10.244.0.9', ready: false, hostname: 'redis-2' },
        { ip: '10.244.0.11' },
      ],
      [{ name: 'redis', port: 6379 }],
    ),
  ]);
  put(service('old', { type: 'ExternalName', externalName: 'db.example.com', clusterIP: undefined, ports: [] }));
  put(
    service('inner', {
      type: 'ExternalName',
      externalName: 'web.default.svc.cluster.local',
      clusterIP: undefined,
      ports: [],
    }),
  );
});

async function ask(
  name: string,
  type: string,
  options: { edns?: number; tcp?: boolean } = {},
): Promise<DecodedPacket & Record<string, unknown>> {
  const additionals = options.edns
    ? [{ name: '.', type: 'OPT', udpPayloadSize: options.edns, flags: 0, options: [] } as unknown as Answer]
    : [];
  const message = dnsPacket.encode({
    type: 'query',
    id: 7,
    flags: dnsPacket.RECURSION_DESIRED,
    questions: [{ name, type: type as 'A' }],
    additionals,
  });
  const reply = await answerer.answer(message, options.tcp ? 65_535 : undefined);
  return dnsPacket.decode(reply!) as never;
}

const summary = async (name: string, type: string) => {
  const reply = await ask(name, type);
  const data = (reply.answers ?? []).map((answer) => {
    const value = (answer as { data: unknown }).data as Record<string, unknown> | string;
    return typeof value === 'object' && 'target' in value ? `${value['target']}:${value['port']}` : String(value);
  });
  return `${reply['rcode']} ${data.sort().join(' ')}`.trim();
};

test.each([
  ['web.default.svc.cluster.local', 'A', 'NOERROR 10.96.0.10'],
  ['web.default.svc.cluster.local', 'AAAA', 'NOERROR'],
  ['WEB.Default.svc.Cluster.LOCAL', 'A', 'NOERROR 10.96.0.10'],
  ['web.other.svc.cluster.local', 'A', 'NXDOMAIN'],
  ['nothing.default.svc.cluster.local', 'A', 'NXDOMAIN'],
  ['default.svc.cluster.local', 'A', 'NOERROR'],
  ['no-such-namespace.svc.cluster.local', 'A', 'NXDOMAIN'],
  ['svc.cluster.local', 'A', 'NOERROR'],
  ['redis.data.svc.cluster.local', 'A', 'NOERROR 10.244.0.11 10.244.0.7 10.244.0.8'],
  ['redis-0.redis.data.svc.cluster.local', 'A', 'NOERROR 10.244.0.7'],
  ['redis-2.redis.data.svc.cluster.local', 'A', 'NXDOMAIN'],
  ['10-244-0-11.redis.data.svc.cluster.local', 'A', 'NOERROR 10.244.0.11'],
  ['_http._tcp.web.default.svc.cluster.local', 'SRV', 'NOERROR web.default.svc.cluster.local:80'],
  ['_http._udp.web.default.svc.cluster.local', 'SRV', 'NXDOMAIN'],
  [
    '_redis._tcp.redis.data.svc.cluster.local',
    'SRV',
    'NOERROR 10-244-0-11.redis.data.svc.cluster.local:6379 redis-0.redis.data.svc.cluster.local:6379 redis-1.redis.data.svc.cluster.local:6379',
  ],
  ['old.default.svc.cluster.local', 'A', 'NOERROR 198.51.100.1 db.example.com'],
  ['old.default.svc.cluster.local', 'CNAME', 'NOERROR db.example.com'],
  ['inner.default.svc.cluster.local', 'A', 'NOERROR 10.96.0.10 web.default.svc.cluster.local'],
  ['10-244-0-99.default.pod.cluster.local', 'A', 'NOERROR 10.244.0.99'],
  ['10-244-0-99.without-services.pod.cluster.local', 'A', 'NOERROR 10.244.0.99'],
  ['10-244-0-999.default.pod.cluster.local', 'A', 'NXDOMAIN'],
  ['10.0.96.10.in-addr.arpa', 'PTR', 'NOERROR web.default.svc.cluster.local'],
  ['dns-version.cluster.local', 'TXT', 'NOERROR 1.1.0'],
  ['cluster.local', 'NS', 'NOERROR ns.dns.cluster.local'],
  ['ns.dns.cluster.local', 'A', 'NOERROR 10.244.0.1'],
  ['example.com', 'A', 'NOERROR 198.51.100.1'],
])('%s %s: %s', async (name, type, expected) => {
  expect(await summary(name, type)).toBe(expected);
});

test('reverse names: an endpoint has its own name, what is unknown goes upstream', async () => {
  expect(await summary('7.0.244.10.in-addr.arpa', 'PTR')).toBe('NOERROR redis-0.redis.data.svc.cluster.local');
  expect(forwarded).toEqual([]);
  await ask('1.2.0.192.in-addr.arpa', 'PTR');
  expect(forwarded).toEqual(['1.2.0.192.in-addr.arpa']);
});

test('what does not exist comes with the SOA and a short TTL; the zone is never asked of others', async () => {
  for (const name of [
    'nothing.default.svc.cluster.local',
    'example.com.default.svc.cluster.local',
    'a.b.c.d.e.svc.cluster.local',
  ]) {
    const reply = await ask(name, 'A');
    expect(reply['rcode']).toBe('NXDOMAIN');
    expect(reply['flag_aa']).toBe(true);
    const soa = reply.authorities![0] as { type: string; ttl: number; data: { minimum: number } };
    expect([soa.type, soa.ttl, soa.data.minimum]).toEqual(['SOA', 5, 5]);
  }
  expect(forwarded).toEqual([]);
});

test('a change shows at once, also for names that did not exist', async () => {
  expect(await summary('late.default.svc.cluster.local', 'A')).toBe('NXDOMAIN');
  put(service('late', { clusterIP: '10.96.0.40' }));
  expect(await summary('late.default.svc.cluster.local', 'A')).toBe('NOERROR 10.96.0.40');
  put(service('late', { clusterIP: 'None' }), [slice('late', ['10.244.0.20'])]);
  expect(await summary('late.default.svc.cluster.local', 'A')).toBe('NOERROR 10.244.0.20');
  zone.put('default/late', undefined);
  answerer.forget('default/late');
  expect(await summary('late.default.svc.cluster.local', 'A')).toBe('NXDOMAIN');
});

test('the question is echoed as it was written, and addresses take turns', async () => {
  const reply = await ask('Redis.Data.svc.cluster.local', 'A');
  expect(reply.questions![0]!.name).toBe('Redis.Data.svc.cluster.local');
  const firsts = new Set<unknown>();
  for (let index = 0; index < 3; index++) {
    firsts.add(((await ask('redis.data.svc.cluster.local', 'A')).answers as { data: string }[])[0]!.data);
  }
  expect(firsts.size).toBe(3);
});

test('what does not fit is truncated by UDP, fits with EDNS or by TCP', async () => {
  const ips = Array.from({ length: 60 }, (_, index) => `10.244.1.${index + 1}`);
  put(service('many', { clusterIP: 'None' }), [slice('many', ips)]);
  const name = 'many.default.svc.cluster.local';
  const plain = await ask(name, 'A');
  expect([plain['flag_tc'], plain.answers!.length]).toEqual([true, 0]);
  expect((await ask(name, 'A', { edns: 4_096 })).answers).toHaveLength(60);
  expect((await ask(name, 'A', { tcp: true })).answers).toHaveLength(60);
  const edns = await ask(name, 'A', { edns: 1_232 });
  expect(edns.additionals!.map((record) => record.type)).toEqual(['OPT']);
});

test('other classes and operations are refused, malformed questions are told so', async () => {
  const message = dnsPacket.encode({
    type: 'query',
    id: 9,
    questions: [{ name: 'version.bind', type: 'TXT', class: 'CH' }],
  });
  expect(dnsPacket.decode((await answerer.answer(message))!)).toMatchObject({ rcode: 'REFUSED' });
  message.writeUInt16BE(0x2000, 2);
  expect(dnsPacket.decode((await answerer.answer(message))!)).toMatchObject({ rcode: 'NOTIMP' });
  expect((await answerer.answer(message.subarray(0, 20)))!.readUInt16BE(2) & 15).toBe(1);
  expect(answerer.answer(Buffer.from([1, 2, 3]))).toBeUndefined();
  message.writeUInt16BE(0x8000, 2);
  expect(answerer.answer(message)).toBeUndefined();
});

test('no bytes at all make it throw', async () => {
  const valid = dnsPacket.encode({
    type: 'query',
    id: 1,
    questions: [{ name: 'web.default.svc.cluster.local', type: 'A' }],
  });
  await fc.assert(
    fc.asyncProperty(
      fc.oneof(
        fc.uint8Array({ maxLength: 600 }),
        fc.array(fc.tuple(fc.nat(valid.length - 1), fc.nat(255)), { maxLength: 6 }).map((changes) => {
          const copy = Uint8Array.from(valid);
          for (const [at, value] of changes) copy[at] = value;
          return copy;
        }),
      ),
      async (bytes) => {
        const reply = await answerer.answer(Buffer.from(bytes));
        if (reply) expect(reply.length).toBeLessThanOrEqual(1_232);
      },
    ),
    { seed: 5, numRuns: 3_000 },
  );
});
