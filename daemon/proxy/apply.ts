/**
 * Brings the kernel to what a `RuleSet` says: quickly by what is due, or thoroughly by looking at every own chain first.
 * The only place of the proxy that hands text to iptables. Must not decide which rules are wanted.
 */

import type { Iptables } from '../base/iptables.ts';
import { type AcceptedForms, applyTable, removeOwnChains } from '../base/iptables-apply.ts';
import type { Logger } from '../base/log.ts';
import { isProxyChain } from './chain-names.ts';
import { PROXY_TABLES, type ProxyTable, type RuleSet } from './rule-set.ts';

export type AcceptedByTable = Record<ProxyTable, AcceptedForms>;

/** Writes the chains that changed since the last acknowledgement. */
export async function applyDue(iptables: Iptables, rules: RuleSet): Promise<void> {
  const batch = rules.encodeDue();
  if (batch !== '') await iptables.restore(batch);
  rules.acknowledge();
}

/** Compares both tables with what is wanted and repairs the difference; returns the names of what differed, and what stood there unwanted. */
export async function applyAll(
  iptables: Iptables,
  rules: RuleSet,
  accepted: AcceptedByTable,
  log: Logger,
): Promise<{ different: string[]; unwanted: string[] }> {
  const different: string[] = [];
  const unwanted: string[] = [];
  for (const table of PROXY_TABLES) {
    const applied = await applyTable(iptables, table, rules.desired(table), isProxyChain, accepted[table]);
    different.push(...applied.different);
    unwanted.push(...applied.unwanted);
    if (applied.notRemoved) log.warn({ table, error: applied.notRemoved }, 'unused chains could not be removed');
  }
  rules.acknowledge();
  return { different, unwanted };
}

/** `reflet down`: takes away every chain of the proxy and every rule that leads to one; nothing else. Safe to repeat. */
export async function removeProxyRules(iptables: Iptables): Promise<void> {
  for (const table of PROXY_TABLES) await removeOwnChains(iptables, table, isProxyChain);
}
