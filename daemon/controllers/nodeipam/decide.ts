/**
 * Each node gets a /24 of the pod range of its own (`nodeipam/ipam/cidrset`). Pure.
 */

import type { Decision } from '../../runtime/loop.ts';
import type { NodeIpamAction, NodeIpamSnapshot } from './actions.ts';

const NODE_PREFIX = 24;

export function decide({ key, node, clusterCidr, used }: NodeIpamSnapshot): Decision<NodeIpamAction> {
  if (node.spec?.podCIDR || node.metadata?.deletionTimestamp !== undefined) return { actions: [] };
  const podCidr = firstFree(clusterCidr, used);
  if (podCidr !== undefined) return { actions: [{ type: 'assign', key, node, podCidr }] };
  const message = `no free /${NODE_PREFIX} is left in ${clusterCidr}`;
  return { actions: [{ type: 'warnExhausted', key, node }], waiting: [{ reason: 'CIDRNotAvailable', message }] };
}

/** The lowest subnet that nobody has. `clusterCidr` is IPv4 and no smaller than one subnet; a smaller one is given out whole. */
function firstFree(clusterCidr: string, used: ReadonlySet<string>): string | undefined {
  const [address = '', length = '24'] = clusterCidr.split('/');
  const prefix = Math.max(Number(length), NODE_PREFIX);
  const base = address.split('.').reduce((value, part) => value * 256 + Number(part), 0);
  const size = 2 ** (32 - prefix);
  const count = 2 ** (prefix - Number(length));
  const start = Math.floor(base / 2 ** (32 - Number(length))) * 2 ** (32 - Number(length));
  for (let index = 0; index < count; index++) {
    const candidate = `${formatAddress(start + index * size)}/${prefix}`;
    if (!used.has(candidate)) return candidate;
  }
  return undefined;
}

const formatAddress = (value: number): string =>
  [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256).join('.');
