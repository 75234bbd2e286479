/**
 * Which connection-tracking entries must go when a UDP port's endpoints change: the kernel would keep sending a client's packets to an
 * endpoint that is gone, or (no endpoint before) untranslated to nowhere, for as long as the client keeps sending. Pure.
 * TCP needs none of this: its packets meet a reset.
 */

import type { PortFlows } from './render-service.ts';

/** Arguments of one `conntrack` call, each deleting entries. */
export type FlowDeletion = readonly string[];

type Flows = ReadonlyMap<string, PortFlows>;

/** Deletions that the step from `before` to `after` (one service's ports, by id) makes necessary. */
export function decideFlowDeletions(before: Flows, after: Flows): FlowDeletion[] {
  const deletions: FlowDeletion[] = [];
  for (const [id, old] of before) {
    if (old.port.protocol !== 'UDP') continue;
    const now = after.get(id);
    const kept = new Set(now?.endpointAddresses);
    for (const address of old.endpointAddresses) {
      if (!kept.has(address)) deletions.push(...matches(old).map((match) => [...match, '--dst-nat', address]));
    }
  }
  for (const [id, now] of after) {
    if (now.port.protocol !== 'UDP' || now.endpointAddresses.length === 0) continue;
    const old = before.get(id);
    // Packets sent while nothing answered left entries without translation.
    if (!old || old.endpointAddresses.length === 0) deletions.push(...matches(now));
  }
  return deletions;
}

function matches({ port }: PortFlows): FlowDeletion[] {
  const number = String(port.port);
  const addresses = [port.clusterIp, ...port.externalIps, ...port.loadBalancerIps];
  const all: FlowDeletion[] = addresses.map((address) => [
    '-D',
    '-f',
    'ipv4',
    '-p',
    'udp',
    '--orig-dst',
    address,
    '--orig-port-dst',
    number,
  ]);
  if (port.nodePort !== undefined)
    all.push(['-D', '-f', 'ipv4', '-p', 'udp', '--orig-port-dst', String(port.nodePort)]);
  return all;
}
