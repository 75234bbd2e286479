/**
 * A name and a type → what the cluster's zone says of it. Pure. The rules are those of the Kubernetes DNS specification 1.1.0 and, where it
 * is silent, of CoreDNS' kubernetes plugin with `pods insecure`.
 *
 * It says `forward` for names outside the zone (and for reverse names of addresses that it does not know), and `alias` for ExternalName
 * services, whose target's addresses the server fetches. It encodes nothing.
 */

import { parseIpv4 } from '../base/ipv4.ts';
import type { RecordSections, ResourceRecord } from './records.ts';
import { RCODE, TYPE } from './wire.ts';
import type { Zone, ZonePort, ZoneService } from './zone.ts';

export interface ZoneSettings {
  /** `cluster.local` */
  readonly domain: string;
  /** Where the cluster's DNS answers: the address of `ns.dns.<domain>`. */
  readonly serverIp: string;
}

export type Resolution =
  | { kind: 'records'; sections: RecordSections; serviceKey: string | undefined }
  | { kind: 'alias'; cname: ResourceRecord; target: string }
  | { kind: 'forward' };

/** CoreDNS' default: changes of endpoints reach clients within this time. Also the negative answers' TTL. */
export const TTL_SECONDS = 5;
const DNS_SCHEMA_VERSION = '1.1.0';

/** `name` in lower case without the final dot. Authorities carry no serial of ours: `serial` is any increasing number. */
export function resolve(zone: Zone, settings: ZoneSettings, name: string, type: number, serial: number): Resolution {
  const { domain } = settings;
  if (name.endsWith('.in-addr.arpa')) return resolveReverse(zone, settings, name, type, serial);
  if (name !== domain && !name.endsWith(`.${domain}`)) return { kind: 'forward' };
  const labels =
    name === domain
      ? []
      : name
          .slice(0, -domain.length - 1)
          .split('.')
          .reverse();
  const context: Context = { zone, settings, name, type, soa: soaRecord(domain, serial) };
  const [branch, ...rest] = labels;
  if (branch === undefined) return resolveApex(context);
  if (branch === 'svc') return resolveServiceName(context, rest);
  if (branch === 'pod') return resolvePod(context, rest);
  if (branch === 'dns-version' && rest.length === 0)
    return oneOf(context, { name, type: 'TXT', data: DNS_SCHEMA_VERSION });
  if (branch === 'dns' && rest.length === 0) return noData(context);
  if (branch === 'dns' && rest.length === 1 && rest[0] === 'ns')
    return oneOf(context, { name, type: 'A', data: settings.serverIp });
  return noSuchName(context);
}

interface Context {
  readonly zone: Zone;
  readonly settings: ZoneSettings;
  readonly name: string;
  readonly type: number;
  readonly soa: ResourceRecord;
  readonly serviceKey?: string;
}

function resolveApex(context: Context): Resolution {
  const { domain, serverIp } = context.settings;
  if (context.type === TYPE.SOA) return records(context, [context.soa]);
  if (context.type !== TYPE.NS) return noData(context);
  const server = `ns.dns.${domain}`;
  return records(context, [{ name: domain, type: 'NS', data: server }], [{ name: server, type: 'A', data: serverIp }]);
}

/** `rest` is what stands left of `svc`, right to left: namespace, service, endpoint or `_protocol`, `_port`. */
function resolveServiceName(context: Context, rest: readonly string[]): Resolution {
  const [namespace, name, third, fourth, ...more] = rest;
  if (namespace === undefined) return noData(context);
  if (name === undefined) return context.zone.hasNamespace(namespace) ? noData(context) : noSuchName(context);
  const service = context.zone.service(namespace, name);
  const own = { ...context, serviceKey: `${namespace}/${name}` };
  if (!service || more.length > 0) return noSuchName(own);
  if (third === undefined) return resolveService(own, service);
  if (fourth === undefined) return third.startsWith('_') ? noSuchName(own) : resolveEndpoint(own, service, third);
  if (!third.startsWith('_') || !fourth.startsWith('_')) return noSuchName(own);
  return resolvePort(own, service, fourth.slice(1), third.slice(1));
}

function resolveService(context: Context, service: ZoneService): Resolution {
  if (service.externalName !== undefined) {
    const cname: ResourceRecord = { name: context.name, type: 'CNAME', data: service.externalName };
    return context.type === TYPE.CNAME
      ? records(context, [cname])
      : { kind: 'alias', cname, target: service.externalName };
  }
  const addresses = service.clusterIp
    ? [service.clusterIp]
    : [...new Set(service.endpoints.map((endpoint) => endpoint.ip))];
  if (addresses.length === 0) return noSuchName(context);
  if (context.type === TYPE.SRV) return srv(context, service, () => true);
  if (context.type !== TYPE.A && context.type !== TYPE.ANY) return noData(context);
  return records(
    context,
    addresses.map((ip) => ({ name: context.name, type: 'A', data: ip })),
  );
}

function resolveEndpoint(context: Context, service: ZoneService, label: string): Resolution {
  const found = service.endpoints.filter((endpoint) => endpoint.label === label);
  if (found.length === 0) return noSuchName(context);
  if (context.type !== TYPE.A && context.type !== TYPE.ANY) return noData(context);
  return records(
    context,
    found.map((endpoint) => ({ name: context.name, type: 'A', data: endpoint.ip })),
  );
}

function resolvePort(context: Context, service: ZoneService, portName: string, protocol: string): Resolution {
  const matches = (port: ZonePort) => port.name === portName && port.protocol === protocol;
  const ports = service.clusterIp ? service.ports : service.endpoints.flatMap((endpoint) => endpoint.ports);
  if (portName === '' || !ports.some(matches)) return noSuchName(context);
  return context.type === TYPE.SRV || context.type === TYPE.ANY ? srv(context, service, matches) : noData(context);
}

/** One record per port of the service, or per port of each endpoint when headless; targets' addresses come along. */
function srv(context: Context, service: ZoneService, matches: (port: ZonePort) => boolean): Resolution {
  const base = `${service.name}.${service.namespace}.svc.${context.settings.domain}`;
  const targets = service.clusterIp
    ? service.ports.filter(matches).map((port) => ({ target: base, ip: service.clusterIp!, port: port.port }))
    : service.endpoints.flatMap((endpoint) =>
        endpoint.ports
          .filter(matches)
          .map((port) => ({ target: `${endpoint.label}.${base}`, ip: endpoint.ip, port: port.port })),
      );
  if (targets.length === 0) return noData(context);
  const weight = Math.max(1, Math.floor(100 / targets.length));
  const answers = targets.map(
    ({ target, port }): ResourceRecord => ({
      name: context.name,
      type: 'SRV',
      data: { priority: 0, weight, port, target },
    }),
  );
  const addresses = new Map(
    targets.map(({ target, ip }) => [`${target} ${ip}`, { name: target, type: 'A', data: ip } as ResourceRecord]),
  );
  return records(context, answers, [...addresses.values()]);
}

/**
 * `10-244-0-5.<namespace>.pod`: any address in dashes, as CoreDNS' `pods insecure`. Of any namespace: one without services cannot be told
 * from one that is not there.
 */
function resolvePod(context: Context, rest: readonly string[]): Resolution {
  const [namespace, dashed, ...more] = rest;
  if (namespace === undefined) return noData(context);
  if (more.length > 0) return noSuchName(context);
  if (dashed === undefined) return context.zone.hasNamespace(namespace) ? noData(context) : noSuchName(context);
  const ip = dashed.replaceAll('-', '.');
  if (parseIpv4(ip) === undefined) return noSuchName(context);
  return oneOf(context, { name: context.name, type: 'A', data: ip });
}

function resolveReverse(zone: Zone, settings: ZoneSettings, name: string, type: number, serial: number): Resolution {
  const ip = name.slice(0, -'.in-addr.arpa'.length).split('.').reverse().join('.');
  if (parseIpv4(ip) === undefined) return { kind: 'forward' };
  const base = (service: ZoneService) => `${service.name}.${service.namespace}.svc.${settings.domain}`;
  const services = zone.servicesAt(ip).map(base);
  const endpoints = zone.endpointsAt(ip).map(({ service, endpoint }) => `${endpoint.label}.${base(service)}`);
  const targets = services.length > 0 ? services : endpoints;
  if (targets.length === 0) return { kind: 'forward' };
  const context: Context = { zone, settings, name, type, soa: soaRecord(settings.domain, serial) };
  if (type !== TYPE.PTR && type !== TYPE.ANY) return noData(context);
  return records(
    context,
    [...new Set(targets)].sort().map((target) => ({ name, type: 'PTR', data: target })),
  );
}

function oneOf(context: Context, record: ResourceRecord): Resolution {
  return context.type === TYPE[record.type] || context.type === TYPE.ANY ? records(context, [record]) : noData(context);
}

function records(
  context: Context,
  answers: readonly ResourceRecord[],
  additionals: readonly ResourceRecord[] = [],
): Resolution {
  return { kind: 'records', sections: { rcode: RCODE.NOERROR, answers, additionals }, serviceKey: context.serviceKey };
}

/** The name exists, the type does not (RFC 2308: the SOA tells for how long to remember). */
function noData(context: Context): Resolution {
  return {
    kind: 'records',
    sections: { rcode: RCODE.NOERROR, answers: [], authorities: [context.soa] },
    serviceKey: context.serviceKey,
  };
}

function noSuchName(context: Context): Resolution {
  return {
    kind: 'records',
    sections: { rcode: RCODE.NXDOMAIN, answers: [], authorities: [context.soa] },
    serviceKey: context.serviceKey,
  };
}

function soaRecord(domain: string, serial: number): ResourceRecord {
  const data = {
    mname: `ns.dns.${domain}`,
    rname: `hostmaster.${domain}`,
    serial,
    refresh: 7_200,
    retry: 1_800,
    expire: 86_400,
    minimum: TTL_SECONDS,
  };
  return { name: domain, type: 'SOA', data };
}
