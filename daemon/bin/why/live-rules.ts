/**
 * The firewall rules of this host that concern reflet, as `iptables-save` prints them. It only reads.
 */

import { parseSavedTable } from '../../base/iptables-rules.ts';
import { run } from '../../base/process.ts';

export interface LiveRule {
  readonly table: string;
  readonly chain: string;
  /** Without `-A <chain> `. */
  readonly rule: string;
}

const OURS = /^REFLET-/;
const LEADS_TO_OURS = / ?-[jg] REFLET-/;

/** In the order in which they stand. Throws an Error for people. */
export async function readLiveRules(): Promise<LiveRule[]> {
  const rules: LiveRule[] = [];
  for (const table of ['nat', 'filter']) {
    const { exitCode, stdout, stderr } = await run('iptables-save', ['-t', table]);
    if (exitCode !== 0) throw new Error(`iptables-save -t ${table} failed (run as root): ${stderr.trim()}`);
    for (const [chain, texts] of parseSavedTable(stdout).chains) {
      const own = OURS.test(chain) ? texts : texts.filter((rule) => LEADS_TO_OURS.test(rule));
      rules.push(...own.map((rule) => ({ table, chain, rule })));
    }
  }
  return rules;
}
