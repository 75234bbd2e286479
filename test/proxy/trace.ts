/**
 * A packet walks rendered rules as it would walk the kernel's hooks, and tells what became of it. It reads rule text, so that it checks
 * what iptables would be given, not the objects it was made from. It knows exactly the matches that the product renders and throws on others.
 */

import { parseIpv4, parseIpv4Range, rangeContains } from '../../daemon/base/ipv4.ts';

export interface Packet {
  from: string;
  to: string;
  port: number;
  protocol?: 'tcp' | 'udp' | 'sctp';
  /** Made by a process on this node (OUTPUT) instead of arriving (PREROUTING). */
  isLocal?: boolean;
  /** What each `statistic` match draws, in turn; the last is repeated. */
  chances?: number[];
}

export interface Outcome {
  /** `10.244.0.5:8080`, `REJECT`, `DROP` or `PASS` (reaches its first destination as it is). */
  to: string;
  isMasqueraded: boolean;
  /** Chains entered, in order. */
  path: string[];
  /** Rules looked at in the nat table before the decision. */
  rulesTested: number;
}

export type Rules = Record<string, Record<string, string[]>>;

/** Chains by table, with jumps as rules of built-in chains. */
export function parseRules(
  tables: Record<
    string,
    { chains: ReadonlyMap<string, readonly string[]>; jumps: readonly { from: string; rule: string }[] }
  >,
): Rules {
  const rules: Rules = {};
  for (const [table, { chains, jumps }] of Object.entries(tables)) {
    const all: Record<string, string[]> = { PREROUTING: [], INPUT: [], FORWARD: [], OUTPUT: [], POSTROUTING: [] };
    for (const [name, content] of chains) all[name] = [...content];
    for (const jump of jumps) all[jump.from]!.push(jump.rule);
    rules[table] = all;
  }
  return rules;
}

export class Tracer {
  readonly #rules: Rules;
  readonly #nodeAddresses: ReadonlySet<string>;
  /** `recent` lists: name → source addresses. */
  readonly #recent = new Map<string, Set<string>>();

  constructor(rules: Rules, nodeAddresses: readonly string[]) {
    this.#rules = rules;
    this.#nodeAddresses = new Set(nodeAddresses);
  }

  trace(packet: Packet): Outcome {
    const state: State = {
      from: packet.from,
      to: packet.to,
      port: packet.port,
      protocol: packet.protocol ?? 'tcp',
      mark: 0,
      chances: [...(packet.chances ?? [0])],
      path: [],
      rulesTested: 0,
    };
    this.#hook('nat', packet.isLocal ? 'OUTPUT' : 'PREROUTING', state);
    const natRules = state.rulesTested;
    const isForNode = this.#isNode(state.to);
    const hooks = packet.isLocal ? ['OUTPUT', ...(isForNode ? ['INPUT'] : [])] : [isForNode ? 'INPUT' : 'FORWARD'];
    for (const hook of hooks) {
      const verdict = this.#hook('filter', hook, state);
      if (verdict === 'REJECT' || verdict === 'DROP') {
        return { to: verdict, isMasqueraded: false, path: state.path, rulesTested: natRules };
      }
    }
    const isMasqueraded = this.#hook('nat', 'POSTROUTING', state) === 'MASQUERADE';
    const to = state.dnat ? `${state.to}:${state.port}` : 'PASS';
    return { to, isMasqueraded, path: state.path, rulesTested: natRules };
  }

  #isNode(address: string): boolean {
    return this.#nodeAddresses.has(address) || address.startsWith('127.');
  }

  #hook(table: string, chain: string, state: State): string {
    return this.#chain(table, chain, state) ?? 'ACCEPT';
  }

  #chain(table: string, chain: string, state: State): string | undefined {
    const rules = this.#rules[table]?.[chain];
    if (!rules) throw new Error(`a rule leads to the chain ${chain}, which is not in ${table}`);
    if (chain.startsWith('REFLET')) state.path.push(chain.replace(/^REFLET-/, ''));
    for (const rule of rules) {
      state.rulesTested++;
      const words = splitRule(rule);
      const target = this.#match(words, state);
      if (target === undefined) continue;
      const verdict = this.#act(table, target, state);
      if (verdict === 'RETURN') return undefined;
      if (verdict !== undefined) return verdict;
      if (target[0] === '-g') return undefined;
    }
    return undefined;
  }

  #act(table: string, [how, name, ...options]: string[], state: State): string | undefined {
    if (how === '-g' || name!.startsWith('REFLET-')) return this.#chain(table, name!, state);
    if (name === 'MARK') {
      const [value, mask] = options[1]!.split('/').map(Number);
      state.mark = (state.mark & ~mask!) ^ value!;
      return undefined;
    }
    if (name === 'DNAT') {
      const [address, port] = options[1]!.split(':');
      state.to = address!;
      state.port = Number(port);
      state.dnat = true;
    }
    return name;
  }

  /** The words from the target on when everything before it matches. */
  #match(words: string[], state: State): string[] | undefined {
    let index = 0;
    let isNegated = false;
    const take = () => words[++index]!;
    for (; index < words.length; index++) {
      const word = words[index]!;
      if (word === '!') {
        isNegated = true;
        continue;
      }
      if (word === '-j' || word === '-g') return words.slice(index);
      if (word === '-m') {
        if (words[index + 1] === 'recent') {
          const end = words.findIndex(
            (candidate, at) => at > index && (candidate === '-j' || candidate === '-m') && at > index + 1,
          );
          if (!this.#matchRecent(words.slice(index + 2, end), state)) return undefined;
          index = end - 1;
        } else take();
        continue;
      }
      const matched = this.#matchOption(word, take, state);
      if (matched === isNegated) return undefined;
      isNegated = false;
    }
    throw new Error(`a rule without a target: ${words.join(' ')}`);
  }

  #matchOption(option: string, take: () => string, state: State): boolean {
    switch (option) {
      case '-s':
        return contains(take(), state.from);
      case '-d':
        return contains(take(), state.to);
      case '-p':
        return take() === state.protocol;
      case '--dport': {
        const [first, last = first] = take().split(':').map(Number);
        return state.port >= first! && state.port <= last!;
      }
      case '--comment':
        return take() !== '';
      case '--mode':
        return take() === 'random';
      case '--probability': {
        const chance = state.chances.length > 1 ? state.chances.shift()! : state.chances[0]!;
        return chance < Number(take());
      }
      case '--mark': {
        const [value, mask] = take().split('/').map(Number);
        return (state.mark & mask!) === value;
      }
      case '--dst-type':
        return take() === 'LOCAL' && this.#isNode(state.to);
      case '--src-type':
        return take() === 'LOCAL' && this.#isNode(state.from);
      case '--ctstate': {
        const states = take().split(',');
        return states.includes('NEW') || (state.dnat === true && states.includes('DNAT'));
      }
      default:
        throw new Error(`the tracer does not know ${option}`);
    }
  }

  #matchRecent(options: string[], state: State): boolean {
    const name = options[options.indexOf('--name') + 1]!;
    const seen = this.#recent.get(name) ?? new Set();
    if (options.includes('--rcheck')) return seen.has(state.from);
    this.#recent.set(name, seen.add(state.from));
    return true;
  }
}

interface State {
  from: string;
  to: string;
  port: number;
  protocol: string;
  mark: number;
  chances: number[];
  path: string[];
  rulesTested: number;
  dnat?: boolean;
}

function contains(range: string, address: string): boolean {
  const parsed = parseIpv4Range(range);
  const value = parseIpv4(address);
  if (!parsed || value === undefined) throw new Error(`not a range or address: ${range}, ${address}`);
  return rangeContains(parsed, value);
}

function splitRule(rule: string): string[] {
  return [...rule.matchAll(/"([^"]*)"|(\S+)/g)].map((match) => match[1] ?? match[2]!);
}
