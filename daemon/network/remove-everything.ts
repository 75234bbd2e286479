/**
 * `reflet down`: takes away what this node's pod network made, and nothing else. Safe to repeat, also after a crash.
 */

import { type HostNamespace, inNamespace } from '../base/host-namespace.ts';
import type { Iptables } from '../base/iptables.ts';
import { run } from '../base/process.ts';
import { removeNetworkRules } from './apply-rules.ts';
import { BRIDGE, linkName, netnsName, SERVICE_RULE_PRIORITY } from './names.ts';
import { observeHost } from './observe.ts';

/** `uids`: the pods that records name; links that carry our mark in this namespace go too. */
export async function removeEverything(
  namespace: HostNamespace,
  iptables: Iptables,
  uids: readonly string[],
): Promise<void> {
  const host = await observeHost(namespace);
  const marked = [...host.ports].filter(([name, port]) => port.uid !== undefined && name === linkName(port.uid));
  const all = new Set([...uids, ...marked.map(([, port]) => port.uid ?? '')]);
  const lines = [...all].flatMap((uid) => [`link del ${linkName(uid)}`, `netns del ${netnsName(uid)}`]);
  for (const _rule of host.serviceRules) lines.push(`rule del pref ${SERVICE_RULE_PRIORITY}`);
  if (host.bridge) lines.push(`link del ${BRIDGE}`);
  const { program, args } = inNamespace(namespace, 'ip', ['-force', '-batch', '-']);
  if (lines.length > 0) await run(program, args, { input: `${lines.join('\n')}\n` });
  await removeNetworkRules(iptables);
}
