/**
 * Brings the kernel to what a `RuleSet` says: quickly by what is due, or thoroughly by looking at every own chain first.
 * The only place of the proxy that hands text to iptables. Must not decide which rules are wanted.
 */

import type { Iptables } from '../base/iptables.ts';
import { encodeJumpDeletions, encodeRemoval, parseSavedTable, planRepair } from '../base/iptables-rules.ts';
import type { Logger } from '../base/log.ts';
import { isProxyChain } from './chain-names.ts';
import { PROXY_TABLES, type ProxyTable, type RuleSet } from './rule-set.ts';

/** By table: chain → the text that this iptables prints for what we wrote, where it is not our own text. */
export type AcceptedByTable = Record<ProxyTable, Map<string, string>>;

export function newAcceptedForms(): AcceptedByTable {
  return { nat: new Map(), filter: new Map() };
}

/** Writes the chains that changed since the last acknowledgement. */
export async function applyDue(iptables: Iptables, rules: RuleSet): Promise<void> {
  const batch = rules.encodeDue();
  if (batch !== '') await iptables.restore(batch);
  rules.acknowledge();
}

/** Compares both tables with what is wanted and repairs the difference; returns the names of what differed. */
export async function applyAll(
  iptables: Iptables,
  rules: RuleSet,
  accepted: AcceptedByTable,
  log: Logger,
): Promise<string[]> {
  const different: string[] = [];
  for (const table of PROXY_TABLES) {
    const desired = rules.desired(table);
    const repair = planRepair(
      table,
      parseSavedTable(await iptables.save(table)),
      desired,
      isProxyChain,
      accepted[table],
    );
    if (repair.write) {
      await iptables.restore(repair.write);
      different.push(...repair.different);
      const after = parseSavedTable(await iptables.save(table));
      accepted[table].clear();
      for (const [chain, wanted] of desired.chains) {
        const found = after.chains.get(chain)?.join('\n');
        if (found !== undefined && found !== wanted.join('\n')) accepted[table].set(chain, found);
      }
    }
    if (repair.remove) {
      await iptables.restore(repair.remove).catch((error: unknown) => {
        log.warn(
          { table, error: String(error) },
          'could not remove chains that are no longer used; a foreign rule may lead to one',
        );
      });
    }
  }
  rules.acknowledge();
  return different;
}

/** Takes away every chain of the proxy and every rule that leads to one; nothing else. Safe to repeat. */
export async function removeProxyRules(iptables: Iptables): Promise<void> {
  for (const table of PROXY_TABLES) {
    const saved = parseSavedTable(await iptables.save(table));
    const deletions = encodeJumpDeletions(saved, isProxyChain);
    if (deletions !== '') await iptables.restore(`*${table}\n${deletions}COMMIT\n`);
    const own = [...saved.chains.keys()].filter(isProxyChain);
    if (own.length > 0) await iptables.restore(encodeRemoval(table, own));
  }
}
