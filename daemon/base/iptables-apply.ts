/**
 * Looks at a table, decides with `planRepair`, writes the difference; and takes own chains away. Shared by all who own chains.
 */

import type { Iptables, IptablesTable } from './iptables.ts';
import {
  type DesiredTable,
  encodeJumpDeletions,
  encodeRemoval,
  parseSavedTable,
  planRepair,
} from './iptables-rules.ts';

/** What `applyTable` remembers of a table between calls: see `AcceptedForms`. */
export type AcceptedForms = Map<string, string>;

export interface Applied {
  /** Names of the chains that differed and were written (`jumps` for rules in built-in chains). */
  readonly different: readonly string[];
  /** What stood in own chains and was not wanted: `CHAIN rule`, or a chain's name. It is gone now. */
  readonly unwanted: readonly string[];
  /** Why own chains that are no longer wanted could not be removed: a foreign rule may lead to one. */
  readonly notRemoved: string | undefined;
}

/** Rejects when the kernel refuses what must be written; then nothing of it is in force. */
export async function applyTable(
  iptables: Iptables,
  table: IptablesTable,
  desired: DesiredTable,
  isOwn: (chain: string) => boolean,
  accepted: AcceptedForms,
): Promise<Applied> {
  const repair = planRepair(table, parseSavedTable(await iptables.save(table)), desired, isOwn, accepted);
  if (repair.write) {
    await iptables.restore(repair.write);
    const after = parseSavedTable(await iptables.save(table));
    accepted.clear();
    for (const [chain, wanted] of desired.chains) {
      const found = after.chains.get(chain)?.join('\n');
      if (found !== undefined && found !== wanted.join('\n')) accepted.set(chain, found);
    }
  }
  let notRemoved: string | undefined;
  if (repair.remove) {
    await iptables.restore(repair.remove).catch((error: unknown) => {
      notRemoved = String(error);
    });
  }
  return { different: repair.different, unwanted: repair.unwanted, notRemoved };
}

/** Takes away every own chain of the table and every rule that leads to one; nothing else. Safe to repeat. */
export async function removeOwnChains(
  iptables: Iptables,
  table: IptablesTable,
  isOwn: (chain: string) => boolean,
): Promise<void> {
  const saved = parseSavedTable(await iptables.save(table));
  const deletions = encodeJumpDeletions(saved, isOwn);
  if (deletions !== '') await iptables.restore(`*${table}\n${deletions}COMMIT\n`);
  const own = [...saved.chains.keys()].filter(isOwn);
  if (own.length > 0) await iptables.restore(encodeRemoval(table, own));
}
