/**
 * The kernel's tables as `iptables-restore --noflush` and `iptables-save` see them, with their rules: atomic per table, unknown chains and
 * chains in use are errors. A `refuse` pattern makes matching rules unacceptable, as a missing kernel module would.
 */

import type { ForeignChangeHandler, Iptables, IptablesTable } from '../../daemon/base/iptables.ts';

type Table = Map<string, string[]>;

const BUILT_IN = ['PREROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING'];

export class FakeIptables implements Iptables {
  tables: Record<string, Table> = {};
  batches: string[] = [];
  refuse: RegExp | undefined;
  #handlers: ForeignChangeHandler[] = [];

  constructor() {
    for (const table of ['nat', 'filter', 'mangle']) this.tables[table] = new Map(BUILT_IN.map((chain) => [chain, []]));
  }

  async restore(batch: string): Promise<void> {
    this.batches.push(batch);
    for (const part of batch.split('COMMIT\n').filter((text) => text !== '')) {
      const [head, ...lines] = part.trimEnd().split('\n');
      const name = head!.slice(1);
      const copy: Table = new Map([...this.tables[name]!].map(([chain, rules]) => [chain, [...rules]]));
      for (const line of lines) this.#applyLine(copy, line);
      this.#check(copy);
      this.tables[name] = copy;
    }
  }

  async save(table: IptablesTable): Promise<string> {
    const chains = [...this.tables[table]!];
    const head = chains.map(([chain]) => `:${chain} ${BUILT_IN.includes(chain) ? 'ACCEPT' : '-'} [0:0]\n`).join('');
    return `*${table}\n${head}${chains.flatMap(([chain, rules]) => rules.map((rule) => `-A ${chain} ${rule}\n`)).join('')}COMMIT\n`;
  }

  onForeignChange(handler: ForeignChangeHandler): void {
    this.#handlers.push(handler);
  }

  stop(): void {}

  /** Somebody else empties a table (`iptables -F; iptables -X`), and events tell of it. */
  flush(table: IptablesTable): void {
    const names = new Set(this.tables[table]!.keys());
    this.tables[table] = new Map(BUILT_IN.map((chain) => [chain, []]));
    for (const handler of this.#handlers) handler(names);
  }

  ownChains(isOwn: (chain: string) => boolean): Record<string, Record<string, string[]>> {
    const all: Record<string, Record<string, string[]>> = {};
    for (const [table, chains] of Object.entries(this.tables)) {
      all[table] = Object.fromEntries(
        [...chains].filter(([chain]) => isOwn(chain)).sort(([a], [b]) => (a < b ? -1 : 1)),
      );
    }
    return all;
  }

  #applyLine(table: Table, line: string): void {
    const [, command, chain, rule] = /^(:|-[A-Z]) ?([^ ]+)(?: (.*))?$/.exec(line) ?? [];
    if (command === ':') return void table.set(chain!, []);
    const rules = table.get(chain!);
    if (!rules) throw new Error(`No chain/target/match by that name: ${line}`);
    if (this.refuse?.test(line)) throw new Error(`refused: ${line}`);
    if (command === '-A') rules.push(rule!);
    else if (command === '-I') rules.unshift(rule!.replace(/^1 /, ''));
    else if (command === '-X') table.delete(chain!);
    else if (command === '-D') {
      const index = rules.indexOf(rule!);
      if (index < 0) throw new Error(`Bad rule: ${line}`);
      rules.splice(index, 1);
    } else throw new Error(`unknown line: ${line}`);
  }

  #check(table: Table): void {
    for (const [chain, rules] of table) {
      for (const rule of rules) {
        const target = /-[jg] (REFLET-[^ ]+)/.exec(rule)?.[1];
        if (target && !table.has(target)) throw new Error(`${chain} leads to ${target}, which does not exist`);
      }
    }
  }
}
