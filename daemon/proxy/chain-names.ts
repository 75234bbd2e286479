/**
 * Names of the proxy's chains. iptables allows 28 characters; names with a hash are stable over restarts, as kube-proxy's are.
 * The proxy owns exactly the chains that `isProxyChain` accepts; other `REFLET-` chains belong to the pod network.
 */

import { createHash } from 'node:crypto';

export const SERVICES = 'REFLET-SERVICES';
export const NODE_PORTS = 'REFLET-NODEPORTS';
export const MASQUERADE = 'REFLET-MASQ';
export const ACCEPT = 'REFLET-ACCEPT';
export const MARTIANS = 'REFLET-MARTIANS';
export const EXTERNAL = 'REFLET-EXTERNAL';
export const HEALTH = 'REFLET-HEALTH';

/** Roots of the dispatch trees. */
export const TREE_ROOTS = {
  addresses: 'REFLET-IP',
  nodePortsTcp: 'REFLET-NP-T',
  nodePortsUdp: 'REFLET-NP-U',
  nodePortsSctp: 'REFLET-NP-S',
  refusals: 'REFLET-RJ',
  externalRefusals: 'REFLET-RX',
  nodePortRefusalsTcp: 'REFLET-RN-T',
  nodePortRefusalsUdp: 'REFLET-RN-U',
  nodePortRefusalsSctp: 'REFLET-RN-S',
  firewall: 'REFLET-SR',
} as const;

const OWN =
  /^REFLET-(SERVICES|NODEPORTS|MASQ|ACCEPT|MARTIANS|EXTERNAL|HEALTH|(IP|RJ|RX|SR)(-[0-9a-f]{1,8})?|(NP|RN)-[TUS](-[0-9a-f]{1,4})?|(SVC|SVL|SEP|EXT|FW)-[A-Z2-7]{16})$/;

export function isProxyChain(name: string): boolean {
  return OWN.test(name);
}

/** `SVC`: all endpoints; `SVL`: endpoints on this node; `EXT`: traffic from outside; `FW`: balancer source ranges; `SEP`: one endpoint. */
export type PortChainKind = 'SVC' | 'SVL' | 'EXT' | 'FW' | 'SEP';

/** 80 bits of SHA-256 over the port's identity (and the endpoint's), in base 32. */
export function portChainName(kind: PortChainKind, id: string, protocol: string, endpoint = ''): string {
  const digest = createHash('sha256').update(`${id}\n${protocol}\n${endpoint}`).digest();
  return `REFLET-${kind}-${base32(digest.subarray(0, 10))}`;
}

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

function base32(bytes: Uint8Array): string {
  let text = '';
  let bits = 0;
  let value = 0;
  for (const byte of bytes) {
    value = (value << 8) | byte;
    bits += 8;
    while (bits >= 5) {
      text += ALPHABET[(value >>> (bits - 5)) & 31];
      bits -= 5;
    }
    value &= (1 << bits) - 1;
  }
  return text;
}
