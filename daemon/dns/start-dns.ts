/**
 * The cluster's DNS server on one node: informers → zone → answers. Wiring only.
 *
 * A change of a service or of one of its slices replaces that service's entry in the same turn; nothing else is touched. The API is only read.
 */

import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/log.ts';
import type { Informer } from '../client/informer.ts';
import { SlicesByService } from '../client/slices-by-service.ts';
import type { EndpointSlice, Service } from '../kinds/types.generated.ts';
import { createAnswerer } from './answerer.ts';
import { createForwarder, type Upstream } from './forward.ts';
import { listen } from './listen.ts';
import { readZoneService, ZoneIndex } from './zone.ts';

export interface DnsOptions {
  /** Numeric address to listen on; usually the bridge's. */
  address: string;
  port: number;
  services: Informer<Service>;
  slices: Informer<EndpointSlice>;
  /** `cluster.local` */
  clusterDomain: string;
  /** Asked in order, for names outside the cluster's domain; none: they fail. `parseResolvConf` reads them from a file's text. */
  upstreams: readonly Upstream[];
  clock: Clock;
  log: Logger;
}

export interface DnsServer {
  readonly port: number;
  stop(): void;
}

/** Resolves when both sockets are bound (it does not wait for the informers); rejects when the address is taken. */
export async function startDns(options: DnsOptions): Promise<DnsServer> {
  const { services, slices, clock, log } = options;
  const zone = new ZoneIndex();
  const slicesOf = new SlicesByService();
  const upstreams = options.upstreams.filter(
    (upstream) => upstream.address !== options.address || upstream.port !== options.port,
  );
  const settings = { domain: options.clusterDomain.toLowerCase().replace(/\.$/, ''), serverIp: options.address };
  const answerer = createAnswerer(zone, settings, createForwarder(upstreams, clock), clock);
  const update = (key: string) => {
    const [namespace = '', name = ''] = key.split('/');
    const service = services.get({ namespace, name });
    zone.put(key, service && readZoneService(service, slicesOf.of(key)));
    answerer.forget(key);
  };
  let isStopped = false;
  services.onChange(({ key }) => {
    if (!isStopped) update(key);
  });
  slices.onChange((change) => {
    if (isStopped) return;
    for (const key of slicesOf.apply(change)) update(key);
  });
  const listener = await listen(options.address, options.port, answerer, log);
  log.info({ address: options.address, port: listener.port, upstreams: upstreams.length }, 'DNS serves');
  return {
    port: listener.port,
    stop() {
      isStopped = true;
      listener.stop();
    },
  };
}
