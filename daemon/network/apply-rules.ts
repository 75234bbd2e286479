/**
 * The pod network's own chains in the kernel: brought to what is desired, thoroughly or only the host ports, and taken away.
 */

import { type HostNamespace, inNamespace } from '../base/host-namespace.ts';
import type { Iptables } from '../base/iptables.ts';
import { type AcceptedForms, applyTable, removeOwnChains } from '../base/iptables-apply.ts';
import { encodeChains } from '../base/iptables-rules.ts';
import { run } from '../base/process.ts';
import {
  HOST_PORTS,
  type HostPort,
  isNetworkChain,
  type PodPorts,
  type RuleSettings,
  renderFilter,
  renderHostPorts,
  renderNat,
} from './rules.ts';

export interface NetworkRules {
  /** Compares everything and writes what differs; returns the names of what differed. */
  applyAll(pods: readonly PodPorts[]): Promise<string[]>;
  /** Writes the host ports without looking: one small batch, whatever else stands in the table. */
  applyHostPorts(pods: readonly PodPorts[]): Promise<void>;
}

/** A rule of a pod's host port: between the pod's end and the writing of the rest it stands there unwanted, and is nobody else's. */
const HOST_PORT_RULE = new RegExp(`^${HOST_PORTS} .*--comment [0-9a-f-]{36} `);

/** `foreignRemoved`: told what somebody else had put into these chains, after it was removed: `CHAIN rule`, or a chain's name. */
export function createNetworkRules(
  iptables: Iptables,
  settings: RuleSettings,
  foreignRemoved?: (rules: readonly string[]) => void,
): NetworkRules {
  let wasApplied = false;
  const acceptedNat: AcceptedForms = new Map();
  const acceptedFilter: AcceptedForms = new Map();
  const applyAll = async (pods: readonly PodPorts[]) => {
    const nat = await applyTable(iptables, 'nat', renderNat(settings, pods), isNetworkChain, acceptedNat);
    const filter = await applyTable(iptables, 'filter', renderFilter(settings), isNetworkChain, acceptedFilter);
    const foreign = [...nat.unwanted, ...filter.unwanted].filter((rule) => !HOST_PORT_RULE.test(rule));
    // At the start it may be what an earlier daemon left.
    if (wasApplied && foreign.length > 0) foreignRemoved?.(foreign);
    wasApplied = true;
    return [...nat.different, ...filter.different];
  };
  return {
    applyAll,
    async applyHostPorts(pods) {
      const { declare, rules } = encodeChains([[HOST_PORTS, pods.flatMap(renderHostPorts)]]);
      // A chain that it leads to may have been flushed away: then everything is looked at.
      await iptables.restore(`*nat\n${declare}${rules}COMMIT\n`).catch(() => applyAll(pods));
    },
  };
}

/** UDP flows to a host port stick to the pod that had it before; they are dropped when its owner changes. TCP meets a reset. */
export async function dropHostPortFlows(namespace: HostNamespace, ports: readonly HostPort[]): Promise<void> {
  for (const port of ports) {
    if (port.protocol !== 'UDP') continue;
    const { program, args } = inNamespace(namespace, 'conntrack', [
      '-D',
      '-f',
      'ipv4',
      '-p',
      'udp',
      '--orig-port-dst',
      `${port.hostPort}`,
    ]);
    await run(program, args); // exit code 1: there was none
  }
}

export async function removeNetworkRules(iptables: Iptables): Promise<void> {
  for (const table of ['nat', 'filter'] as const) await removeOwnChains(iptables, table, isNetworkChain);
}
