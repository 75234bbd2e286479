/**
 * The DNS server as a process of its own, so that a test can run it in another network namespace.
 * Arguments: listening address, upstream address. It serves `web.default` (10.96.0.10) and the headless `db.default`, and prints `ready`.
 */

import { systemClock } from '../../daemon/base/clock.ts';
import { silentLogger } from '../../daemon/base/log.ts';
import { startDns } from '../../daemon/dns/start-dns.ts';
import type { EndpointSlice, Service } from '../../daemon/kinds/types.generated.ts';
import { service, slice } from '../proxy/objects.ts';
import { FakeInformer } from './fake-informer.ts';

const [address = '', upstream = ''] = process.argv.slice(2);
const services = new FakeInformer<Service>();
const slices = new FakeInformer<EndpointSlice>();
services.put(service('web', { clusterIP: '10.96.0.10' }), service('db', { clusterIP: 'None' }));
slices.put(slice('db', ['10.244.5.7', '10.244.5.8']));
await startDns({
  address,
  port: 53,
  services,
  slices,
  clusterDomain: 'cluster.local',
  upstreams: [{ address: upstream, port: 53 }],
  clock: systemClock,
  log: silentLogger,
});
console.log('ready');
