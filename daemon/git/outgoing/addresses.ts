/**
 * Which addresses the daemon may be made to call by what a repository says. Pure.
 *
 * A URL in a repository is written by whoever may push: it must not reach what only this host reaches. Private networks are allowed: a GitLab of
 * one's own stands there.
 */

import { BlockList, isIP } from 'node:net';

const BLOCKED = new BlockList();
for (const [network, bits] of [
  ['0.0.0.0', 8], // this host
  ['127.0.0.0', 8], // loopback
  ['169.254.0.0', 16], // link-local, and most clouds' metadata
  ['100.100.100.200', 32], // Alibaba's metadata
  ['192.0.0.192', 32], // Oracle's metadata
  ['224.0.0.0', 4], // multicast
  ['240.0.0.0', 4], // reserved, broadcast
] as const)
  BLOCKED.addSubnet(network, bits, 'ipv4');
for (const [network, bits] of [
  ['::', 127], // unspecified and loopback
  ['64:ff9b::', 96], // IPv4 in disguise
  ['fe80::', 10], // link-local
  ['fd00:ec2::254', 128], // AWS's metadata
  ['ff00::', 8], // multicast
] as const)
  BLOCKED.addSubnet(network, bits, 'ipv6');

/** Whether an IP address (as text) is off limits. What is no address is. */
export function isBlockedAddress(address: string): boolean {
  const family = isIP(address);
  if (family === 0) return true;
  if (family === 4) return BLOCKED.check(address, 'ipv4');
  return BLOCKED.check(address, 'ipv6');
}
