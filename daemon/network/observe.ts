/**
 * What the host's network looks like now, read from `ip -j` and the directory of namespaces. Looks only.
 */

import { readdir } from 'node:fs/promises';
import { type HostNamespace, inNamespace } from '../base/host-namespace.ts';
import { run } from '../base/process.ts';
import { BRIDGE, netnsName, parseLinkAlias, SERVICE_RULE_PRIORITY, SERVICE_TABLE } from './names.ts';

export interface PortState {
  /** The pod that the link's alias names; undefined: not ours. */
  readonly uid: string | undefined;
  readonly isOnBridge: boolean;
  readonly isUp: boolean;
  readonly isHairpin: boolean;
  /** The number by which netlink events name the pod's namespace. */
  readonly namespaceId: number | undefined;
}

export interface HostState {
  readonly bridge: { readonly isUp: boolean; readonly mtu: number; readonly addresses: readonly string[] } | undefined;
  /** Interfaces that look like ours (`rf…`), by name. */
  readonly ports: ReadonlyMap<string, PortState>;
  /** Destinations that the services' table routes over the bridge, and those that rules send to that table. */
  readonly serviceRoutes: readonly string[];
  readonly serviceRules: readonly string[];
  /** Names under /run/netns that look like ours. */
  readonly namespaces: ReadonlySet<string>;
}

/** `broken`: the name exists but is no network namespace (a left-over file). */
export type InsideState =
  | 'broken'
  | {
      readonly hasDevice: boolean;
      readonly isUp: boolean;
      readonly isLoopbackUp: boolean;
      /** IPv4 addresses of eth0 with prefix length. */
      readonly addresses: readonly string[];
      readonly gateway: string | undefined;
    };

/** The members of `ip -j -d addr show` that are read here. */
interface LinkJson {
  ifname?: string;
  ifalias?: string;
  flags?: string[];
  mtu?: number;
  master?: string;
  link_netnsid?: number;
  linkinfo?: { info_kind?: string; info_slave_data?: { hairpin?: boolean } };
  addr_info?: { family?: string; local?: string; prefixlen?: number }[];
}

/** One `ip` process and one directory read. Rejects when `ip` fails. */
export async function observeHost(namespace: HostNamespace): Promise<HostState> {
  const { program, args } = inNamespace(namespace, 'ip', ['-j', '-d', '-batch', '-']);
  const [result, names] = await Promise.all([
    run(program, args, { input: 'addr show\nroute show table all scope link\nrule show\n' }),
    readdir('/run/netns').catch(() => [] as string[]),
  ]);
  if (result.exitCode !== 0) throw new Error(`ip addr show: ${result.stderr.trim()}`);
  const [addresses = '', routes = '', rules = ''] = result.stdout.split('\n');
  return parseHost(addresses, routes, rules, names);
}

export function parseHost(json: string, routes: string, rules: string, names: readonly string[]): HostState {
  const links = parseLinks(json);
  const bridge = links.find((link) => link.ifname === BRIDGE && link.linkinfo?.info_kind === 'bridge');
  const ports = new Map<string, PortState>();
  for (const link of links) {
    if (!link.ifname?.startsWith('rf') || link.linkinfo?.info_kind !== 'veth') continue;
    ports.set(link.ifname, {
      uid: parseLinkAlias(link.ifalias),
      isOnBridge: link.master === BRIDGE,
      isUp: isUp(link),
      isHairpin: link.linkinfo.info_slave_data?.hairpin === true,
      namespaceId: link.link_netnsid,
    });
  }
  return {
    bridge: bridge && { isUp: isUp(bridge), mtu: bridge.mtu ?? 0, addresses: addressesOf(bridge) },
    ports,
    serviceRoutes: (parseJsonArray(routes) as { dst?: string; dev?: string; table?: string }[])
      .filter((route) => route.dev === BRIDGE && route.table === String(SERVICE_TABLE))
      .map((route) => route.dst ?? ''),
    serviceRules: (parseJsonArray(rules) as { priority?: number; dst?: string; dstlen?: number; table?: string }[])
      .filter((rule) => rule.priority === SERVICE_RULE_PRIORITY && rule.table === String(SERVICE_TABLE))
      .map((rule) => `${rule.dst}/${rule.dstlen ?? 32}`),
    namespaces: new Set(names.filter((name) => name.startsWith('reflet-'))),
  };
}

/** One `ip` process within the pod's namespace. */
export async function observeInside(namespace: HostNamespace, uid: string): Promise<InsideState> {
  const { program, args } = inNamespace(namespace, 'ip', ['-n', netnsName(uid), '-j', '-batch', '-']);
  const { exitCode, stdout } = await run(program, args, { input: 'addr show\nroute show default\n' });
  if (exitCode !== 0) return 'broken';
  const [addresses = '', routes = ''] = stdout.split('\n');
  return parseInside(addresses, routes);
}

export function parseInside(addresses: string, routes: string): InsideState {
  const links = parseLinks(addresses);
  const device = links.find((link) => link.ifname === 'eth0');
  const loopback = links.find((link) => link.ifname === 'lo');
  const [route] = parseJsonArray(routes) as { gateway?: string }[];
  return {
    hasDevice: device !== undefined,
    isUp: device !== undefined && isUp(device),
    isLoopbackUp: loopback !== undefined && isUp(loopback),
    addresses: device ? addressesOf(device) : [],
    gateway: route?.gateway,
  };
}

function parseLinks(json: string): LinkJson[] {
  return parseJsonArray(json) as LinkJson[];
}

/** `ip -j` prints nothing at all instead of `[]` when there is nothing, and `{}` for what a filter left out. */
function parseJsonArray(json: string): unknown[] {
  if (json.trim() === '') return [];
  const value: unknown = JSON.parse(json);
  return Array.isArray(value) ? value : [];
}

function isUp(link: LinkJson): boolean {
  return link.flags?.includes('UP') === true;
}

function addressesOf(link: LinkJson): string[] {
  return (link.addr_info ?? [])
    .filter((address) => address.family === 'inet')
    .map((address) => `${address.local}/${address.prefixlen}`);
}
