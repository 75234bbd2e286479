/**
 * Own chains against what `iptables-save` shows: which batch makes them as desired. Pure text work; nothing is executed here.
 *
 * Invariants: only chains that `isOwn` claims are rewritten or removed, and in built-in chains only rules that lead to an own chain;
 * every rule that is written has passed `assertRule`, so that neither a newline nor another command can stand in one. Rules are compared
 * in iptables-save's own form; where a version of iptables prints another form, what it printed right after our writing is accepted.
 */

import type { IptablesTable } from './iptables.ts';

/** A rule in a built-in chain that leads to an own chain: `-m comment --comment "…" -j REFLET-SERVICES`. */
export interface Jump {
  readonly from: string;
  readonly rule: string;
}

export interface DesiredTable {
  /** Own chains: name → rules (texts after `-A <chain> `). */
  readonly chains: ReadonlyMap<string, readonly string[]>;
  /** In the order in which they should stand at the top of their built-in chain. */
  readonly jumps: readonly Jump[];
}

export interface SavedTable {
  /** Every chain, built-in ones too: name → rules. */
  readonly chains: ReadonlyMap<string, readonly string[]>;
}

/** Chain name → what iptables-save printed for it right after it had been written as desired. */
export type AcceptedForms = ReadonlyMap<string, string>;

export interface Repair {
  /** A batch that writes chains and jumps; undefined: nothing to write. */
  readonly write: string | undefined;
  /** A batch that removes own chains which are not desired; apart, because somebody's rule may still lead to one. */
  readonly remove: string | undefined;
  /** Chains that differ, for the log. */
  readonly different: readonly string[];
  /** `CHAIN rule` of what stands in own chains and is not wanted there, and names of own-looking chains that are not wanted. */
  readonly unwanted: readonly string[];
}

const CHAIN_NAME = /^REFLET-[A-Za-z0-9-]{1,21}$/;
const PRINTABLE = /^[\x20-\x7e]{1,1000}$/;
const TARGET = / ?-[jg] ([^ ]+)/;

/** Throws on what could be read as anything but one rule. A programmer's error by then: input is checked where it is read. */
export function assertRule(chain: string, rule: string): void {
  if (!CHAIN_NAME.test(chain)) throw new Error(`not a chain name of ours: ${JSON.stringify(chain)}`);
  if (!PRINTABLE.test(rule)) throw new Error(`a rule must be one printable line: ${JSON.stringify(rule)}`);
}

/** The lines that define a chain's content from nothing: creation (or flush) first. */
export function encodeChains(chains: Iterable<readonly [string, readonly string[]]>): {
  declare: string;
  rules: string;
} {
  let declare = '';
  let rules = '';
  for (const [name, content] of chains) {
    declare += `:${name} - [0:0]\n`;
    for (const rule of content) {
      assertRule(name, rule);
      rules += `-A ${name} ${rule}\n`;
    }
  }
  return { declare, rules };
}

export function parseSavedTable(text: string): SavedTable {
  const chains = new Map<string, string[]>();
  for (const line of text.split('\n')) {
    if (line.startsWith(':')) {
      chains.set(line.slice(1, line.indexOf(' ')), []);
    } else if (line.startsWith('-A ')) {
      const space = line.indexOf(' ', 3);
      if (space > 0) chains.get(line.slice(3, space))?.push(line.slice(space + 1));
    }
  }
  return { chains };
}

export function planRepair(
  table: IptablesTable,
  saved: SavedTable,
  desired: DesiredTable,
  isOwn: (chain: string) => boolean,
  accepted: AcceptedForms,
): Repair {
  const different: [string, readonly string[]][] = [];
  for (const [name, rules] of desired.chains) {
    const found = saved.chains.get(name)?.join('\n');
    if (found === undefined || (found !== rules.join('\n') && found !== accepted.get(name)))
      different.push([name, rules]);
  }
  const jumps = planJumps(saved, desired.jumps, isOwn);
  const { declare, rules } = encodeChains(different);
  const stale = [...saved.chains.keys()].filter((name) => isOwn(name) && !desired.chains.has(name));
  const isNothing = different.length === 0 && jumps === '';
  return {
    write: isNothing ? undefined : `*${table}\n${declare}${rules}${jumps}COMMIT\n`,
    remove: stale.length === 0 ? undefined : encodeRemoval(table, stale),
    different: [...different.map(([name]) => name), ...(jumps === '' ? [] : ['jumps'])],
    unwanted: [...different.flatMap(([name, rules]) => unwantedRules(name, rules, saved, accepted)), ...stale],
  };
}

function unwantedRules(chain: string, rules: readonly string[], saved: SavedTable, accepted: AcceptedForms): string[] {
  const wanted = new Set([...rules, ...(accepted.get(chain)?.split('\n') ?? [])]);
  return (saved.chains.get(chain) ?? []).filter((rule) => !wanted.has(rule)).map((rule) => `${chain} ${rule}`);
}

/** Flushes and removes chains; harmless when repeated. */
export function encodeRemoval(table: IptablesTable, names: readonly string[]): string {
  return `*${table}\n${encodeDeletions(names)}COMMIT\n`;
}

/** As {@link encodeRemoval}, without the frame. All are flushed before the first is deleted: they may refer to each other. */
export function encodeDeletions(names: readonly string[]): string {
  return names.map((name) => `:${name} - [0:0]\n`).join('') + names.map((name) => `-X ${name}\n`).join('');
}

/** Every rule of a built-in chain that leads to an own chain, as deletions: for taking everything away. */
export function encodeJumpDeletions(saved: SavedTable, isOwn: (chain: string) => boolean): string {
  return planJumps(saved, [], isOwn);
}

/** Deletes own jumps that are not wanted or stand twice, and inserts missing ones at the top, in order. */
function planJumps(saved: SavedTable, jumps: readonly Jump[], isOwn: (chain: string) => boolean): string {
  const wanted = new Map(jumps.map((jump) => [`${jump.from} ${jump.rule}`, jump]));
  let deletions = '';
  const present = new Set<string>();
  for (const [chain, rules] of saved.chains) {
    if (isOwn(chain) || chain.startsWith('REFLET-')) continue;
    for (const rule of rules) {
      const target = TARGET.exec(rule)?.[1] ?? '';
      if (!isOwn(target)) continue;
      const key = `${chain} ${rule}`;
      if (wanted.has(key) && !present.has(key)) present.add(key);
      else deletions += `-D ${chain} ${rule}\n`;
    }
  }
  const missing = [...wanted].filter(([key]) => !present.has(key)).map(([, jump]) => jump);
  const insertions = missing.reverse().map((jump) => `-I ${jump.from} 1 ${jump.rule}\n`);
  return deletions + insertions.join('');
}
