/**
 * All rules of the proxy as they should be, and which of them are not yet in force. No I/O.
 *
 * Invariants: `desired` is a function of the services put in, whatever their order; a batch names only chains that changed since the last
 * acknowledged one, each whole; chains are declared before rules that lead to them, and deleted after the last rule that led to them.
 * A batch that failed is not acknowledged, so its chains stay due.
 */

import type { IptablesTable } from '../base/iptables.ts';
import { type DesiredTable, encodeChains, encodeDeletions } from '../base/iptables-rules.ts';
import { formatIpv4 } from '../base/ipv4.ts';
import { HEALTH, TREE_ROOTS } from './chain-names.ts';
import { type ChainChanges, PrefixTree } from './prefix-tree.ts';
import type { RenderedPort, TreeEntry, TreeName } from './render-port.ts';
import { FILTER_CHAINS, FILTER_JUMPS, healthRules, NAT_CHAINS, NAT_JUMPS } from './static-rules.ts';

export type ProxyTable = Extract<IptablesTable, 'nat' | 'filter'>;
export const PROXY_TABLES: readonly ProxyTable[] = ['nat', 'filter'];

/** One service's part of the rules, by the port's identity (`namespace/name:port` and protocol). */
export type RenderedService = ReadonlyMap<string, RenderedPort>;

export class RuleSet {
  readonly #desired = { nat: new Map(NAT_CHAINS), filter: new Map(FILTER_CHAINS) };
  /** Chains that differ from what was last acknowledged. */
  readonly #due = { nat: new Set(this.#desired.nat.keys()), filter: new Set(this.#desired.filter.keys()) };
  readonly #trees: Readonly<Record<TreeName, PrefixTree>> = newTrees();
  readonly #services = new Map<string, RenderedService>();
  readonly #healthPorts = new Map<string, number>();

  constructor() {
    this.#set('filter', HEALTH, []);
    this.#takeTrees();
  }

  /** Replaces what a service (`namespace/name`) contributes; an empty map withdraws it. */
  put(service: string, rendered: RenderedService, healthPort?: number): void {
    const before = this.#services.get(service) ?? new Map<string, RenderedPort>();
    const kept = new Set<string>();
    for (const [id, port] of rendered) {
      for (const entry of port.entries) {
        this.#trees[entry.tree].put(id, entry.key, entry.rules);
        kept.add(entryKey(id, entry));
      }
      for (const [chain, rules] of port.chains) this.#set('nat', chain, rules);
    }
    for (const [id, port] of before) {
      for (const entry of port.entries) if (!kept.has(entryKey(id, entry))) this.#trees[entry.tree].drop(id, entry.key);
      for (const chain of port.chains.keys()) if (!rendered.get(id)?.chains.has(chain)) this.#unset('nat', chain);
    }
    if (rendered.size === 0) this.#services.delete(service);
    else this.#services.set(service, rendered);
    this.#putHealthPort(service, healthPort);
    this.#takeTrees();
  }

  /** What the kernel should hold. */
  desired(table: ProxyTable): DesiredTable {
    return { chains: this.#desired[table], jumps: table === 'nat' ? NAT_JUMPS : FILTER_JUMPS };
  }

  /** The batch for everything that is due; `''` when nothing is. */
  encodeDue(): string {
    return PROXY_TABLES.map((table) => this.#encodeTable(table)).join('');
  }

  /** The last batch (or a repair of everything) is in force. */
  acknowledge(): void {
    for (const table of PROXY_TABLES) this.#due[table].clear();
  }

  #encodeTable(table: ProxyTable): string {
    const present: (readonly [string, readonly string[]])[] = [];
    const gone: string[] = [];
    for (const chain of this.#due[table]) {
      const rules = this.#desired[table].get(chain);
      if (rules) present.push([chain, rules]);
      else gone.push(chain);
    }
    if (present.length === 0 && gone.length === 0) return '';
    const { declare, rules } = encodeChains(present);
    return `*${table}\n${declare}${rules}${encodeDeletions(gone)}COMMIT\n`;
  }

  #set(table: ProxyTable, chain: string, rules: readonly string[]): void {
    const before = this.#desired[table].get(chain);
    if (before && before.length === rules.length && before.every((rule, index) => rule === rules[index])) return;
    this.#desired[table].set(chain, rules);
    this.#due[table].add(chain);
  }

  #unset(table: ProxyTable, chain: string): void {
    if (this.#desired[table].delete(chain)) this.#due[table].add(chain);
  }

  #takeTrees(): void {
    for (const name of Object.keys(TREE_ROOTS) as TreeName[]) {
      const table = isNatTree(name) ? 'nat' : 'filter';
      const changes: ChainChanges = this.#trees[name].takeChanges();
      for (const [chain, rules] of changes) {
        if (rules) this.#set(table, chain, rules);
        else this.#unset(table, chain);
      }
    }
  }

  #putHealthPort(service: string, port: number | undefined): void {
    if (this.#healthPorts.get(service) === port) return;
    if (port === undefined) this.#healthPorts.delete(service);
    else this.#healthPorts.set(service, port);
    this.#set('filter', HEALTH, healthRules([...this.#healthPorts.values()]));
  }
}

function entryKey(id: string, entry: TreeEntry): string {
  return `${id} ${entry.tree} ${entry.key}`;
}

function isNatTree(name: TreeName): boolean {
  return name === 'addresses' || name === 'nodePortsTcp' || name === 'nodePortsUdp' || name === 'nodePortsSctp';
}

function newTrees(): Record<TreeName, PrefixTree> {
  const trees: Partial<Record<TreeName, PrefixTree>> = {};
  for (const name of Object.keys(TREE_ROOTS) as TreeName[]) {
    const root = TREE_ROOTS[name];
    const protocol = root.endsWith('-T') ? 'tcp' : root.endsWith('-U') ? 'udp' : 'sctp';
    trees[name] = name.startsWith('nodePort')
      ? new PrefixTree({ root, bits: 16, match: (prefix, bits) => matchPorts(protocol, prefix, bits) })
      : new PrefixTree({ root, bits: 32, match: (prefix, bits) => `-d ${formatIpv4(prefix)}/${bits}` });
  }
  return trees as Record<TreeName, PrefixTree>;
}

function matchPorts(protocol: string, first: number, bits: number): string {
  return `-p ${protocol} -m ${protocol} --dport ${first}:${first + 2 ** (16 - bits) - 1}`;
}
