/**
 * How a pod's network is named on the host, and how own things are told from others'. Pure.
 */

import { createHash } from 'node:crypto';

export const BRIDGE = 'reflet0';
/**
 * The host's own packets to services are routed by a table of their own (rule `iif lo`), so that they get a source address even without a
 * default route; service rules then send them elsewhere. Not in the main table: pods' packets to a service without endpoints would be
 * routed back to the bridge, and the redirect that the kernel sends for that uses up the allowance of the refusal's ICMP message.
 */
export const SERVICE_TABLE = 4_096;
/** Just before the main table's 32766. */
export const SERVICE_RULE_PRIORITY = 32_000;
/** What iproute2 uses; not configurable there. */
const NETNS_DIRECTORY = '/run/netns';

/** A pod's uid (a UUID; static pods: a hex digest). Throws on anything that could be read as more than a name. */
export function assertPodUid(uid: string): void {
  if (!/^[a-z0-9][a-z0-9-]{0,62}$/.test(uid))
    throw new Error(`pod uid ${JSON.stringify(uid)}: expected letters, digits and '-'`);
}

export function netnsName(uid: string): string {
  return `reflet-${uid}`;
}

export function netnsPath(uid: string): string {
  return `${NETNS_DIRECTORY}/${netnsName(uid)}`;
}

/** The host's end of the pod's cable; interface names have at most 15 characters. */
export function linkName(uid: string): string {
  return `rf${createHash('sha256').update(uid).digest('hex').slice(0, 12)}`;
}

/** Stands in the link's alias: whose it is, so that a link of somebody else is never taken for ours. */
export function linkAlias(uid: string): string {
  return `reflet:${uid}`;
}

export function parseLinkAlias(alias: string | undefined): string | undefined {
  return /^reflet:([a-z0-9][a-z0-9-]{0,62})$/.exec(alias ?? '')?.[1];
}

/**
 * A hardware address that follows from the IPv4 address: a cable made anew does not wait for neighbours' ARP caches, and the bridge does
 * not take its lowest port's address, which would change as pods come and go.
 */
export function hardwareAddress(ip: string): string {
  return ['0a:58', ...ip.split('.').map((octet) => Number(octet).toString(16).padStart(2, '0'))].join(':');
}
