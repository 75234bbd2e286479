/**
 * The rules that do not depend on any Service: ways into the dispatch trees, masquerading, what is accepted and dropped. Pure.
 *
 * As kube-proxy's: bit 0x4000 of the packet mark means "masquerade"; forwarded service traffic is accepted even under a FORWARD policy of
 * DROP; packets for 127/8 that come from elsewhere are dropped, because `route_localnet` (for node ports on loopback) lets them in.
 */

import type { Jump } from '../base/iptables-rules.ts';
import { ACCEPT, EXTERNAL, HEALTH, MARTIANS, MASQUERADE, NODE_PORTS, SERVICES, TREE_ROOTS } from './chain-names.ts';

type Chains = readonly (readonly [string, readonly string[]])[];

const MARK = '0x4000/0x4000';
/**
 * Ends a rule whose packets must be masqueraded. In line, not a chain to jump to as kube-proxy's: the kernel checks every reachable jump
 * at each change, and this one would stand in every endpoint's chain.
 */
export const MARK_FOR_MASQUERADE = `-j MARK --set-xmark ${MARK}`;

const LOCAL = '-m addrtype --dst-type LOCAL';
const NEW = '-m conntrack --ctstate NEW';

export const NAT_CHAINS: Chains = [
  [
    SERVICES,
    [
      `-j ${TREE_ROOTS.addresses}`,
      `-m comment --comment "service node ports, after all addresses" ${LOCAL} -j ${NODE_PORTS}`,
    ],
  ],
  [NODE_PORTS, byProtocol(TREE_ROOTS.nodePortsTcp, TREE_ROOTS.nodePortsUdp, TREE_ROOTS.nodePortsSctp)],
  [
    MASQUERADE,
    [
      `-m mark ! --mark ${MARK} -j RETURN`,
      // Clears the mark, so that a packet that passes twice is masqueraded once.
      '-j MARK --set-xmark 0x4000/0x0',
      '-m comment --comment "service traffic requiring SNAT" -j MASQUERADE --random-fully',
    ],
  ],
];

export const FILTER_CHAINS: Chains = [
  [
    ACCEPT,
    [
      '-m conntrack --ctstate INVALID -j DROP',
      `-m comment --comment "service forwarding rules" -m mark --mark ${MARK} -j ACCEPT`,
      '-m comment --comment "service forwarding conntrack rule" -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT',
    ],
  ],
  [
    MARTIANS,
    [
      '! -s 127.0.0.0/8 -d 127.0.0.0/8 -m comment --comment "block incoming localnet connections" -m conntrack ! --ctstate RELATED,ESTABLISHED,DNAT -j DROP',
    ],
  ],
  [
    EXTERNAL,
    [
      `-j ${TREE_ROOTS.externalRefusals}`,
      ...byProtocol(
        TREE_ROOTS.nodePortRefusalsTcp,
        TREE_ROOTS.nodePortRefusalsUdp,
        TREE_ROOTS.nodePortRefusalsSctp,
        `${LOCAL} `,
      ),
    ],
  ],
];

export const NAT_JUMPS: readonly Jump[] = [
  { from: 'PREROUTING', rule: `-m comment --comment "reflet services" -j ${SERVICES}` },
  { from: 'OUTPUT', rule: `-m comment --comment "reflet services" -j ${SERVICES}` },
  { from: 'POSTROUTING', rule: `-m comment --comment "reflet services" -j ${MASQUERADE}` },
];

export const FILTER_JUMPS: readonly Jump[] = [
  { from: 'INPUT', rule: `-j ${MARTIANS}` },
  { from: 'INPUT', rule: `${NEW} -m comment --comment "load balancer source ranges" -j ${TREE_ROOTS.firewall}` },
  { from: 'INPUT', rule: `-m comment --comment "health check node ports" -j ${HEALTH}` },
  { from: 'INPUT', rule: `${NEW} -m comment --comment "services without endpoints" -j ${EXTERNAL}` },
  { from: 'FORWARD', rule: `${NEW} -m comment --comment "load balancer source ranges" -j ${TREE_ROOTS.firewall}` },
  { from: 'FORWARD', rule: `-m comment --comment "reflet forwarding" -j ${ACCEPT}` },
  { from: 'FORWARD', rule: `${NEW} -m comment --comment "services without endpoints" -j ${TREE_ROOTS.refusals}` },
  { from: 'FORWARD', rule: `${NEW} -m comment --comment "services without endpoints" -j ${EXTERNAL}` },
  { from: 'OUTPUT', rule: `-j ${MARTIANS}` },
  { from: 'OUTPUT', rule: `${NEW} -m comment --comment "load balancer source ranges" -j ${TREE_ROOTS.firewall}` },
  { from: 'OUTPUT', rule: `${NEW} -m comment --comment "services without endpoints" -j ${TREE_ROOTS.refusals}` },
];

/** `spec.healthCheckNodePort`s, which balancers outside ask. */
export function healthRules(ports: readonly number[]): string[] {
  const sorted = [...new Set(ports)].sort((a, b) => a - b);
  return sorted.map((port) => `-p tcp -m tcp --dport ${port} -j ACCEPT`);
}

function byProtocol(tcp: string, udp: string, sctp: string, match = ''): string[] {
  return [`-p tcp ${match}-j ${tcp}`, `-p udp ${match}-j ${udp}`, `-p sctp ${match}-j ${sctp}`];
}
