/**
 * A dispatch tree of chains over a number (destination address or port): a packet passes O(log n) rules instead of n.
 *
 * Each chain either holds the rules of at most `LEAF_ENTRIES_MAX` entries, or one `-g` (goto) rule for each non-empty sixteenth of its
 * range; runs of single children are skipped. Goto, so that a packet that matches nothing returns at once to whoever entered the root.
 * Which chains exist is a function of the set of entries alone, not of their history: a restart renders the same text.
 *
 * Worked example (addresses): 20 services in 10.96.0.0/24 and 1 at 192.168.0.1 give
 *   REFLET-IP          → -d 10.96.0.0/24 -g REFLET-IP-0a6000, -d 192.168.0.1/32 … (the only entry there: its rules stand in line)
 *   REFLET-IP-0a6000   → -d 10.96.0.0/28 -g REFLET-IP-0a60000, -d 10.96.0.16/28 -g REFLET-IP-0a60001
 * State without I/O: changed by `put`/`drop`, read by `takeChanges`. Must not know more of iptables than rule text.
 */

/** Chain → its rules, or undefined for a chain that is no longer needed. */
export type ChainChanges = Map<string, readonly string[] | undefined>;

export interface TreeShape {
  /** The root chain; others are named `<root>-<digits of the prefix>`. */
  readonly root: string;
  /** 32 for addresses, 16 for ports. A multiple of 4. */
  readonly bits: number;
  /** What matches the range of keys that begin with `prefix` (its first `bits` bits). */
  match(prefix: number, bits: number): string;
}

/** More entries than this in one chain are split; 4 to 16 measure alike, small leaves make more chains. */
const LEAF_ENTRIES_MAX = 8;
const DIGIT_BITS = 4;

interface Node {
  /** Number of distinct (owner, key) entries below. */
  count: number;
  readonly children: Map<number, Node>;
  /** Only at full depth: owner → rules. */
  readonly rules: Map<string, readonly string[]>;
}

/** A chain as last told: its text, and the prefixes of the chains that it leads to. */
interface Chain {
  readonly text: string;
  readonly leadsTo: readonly string[];
}

export class PrefixTree {
  readonly #shape: TreeShape;
  readonly #top = newNode();
  readonly #depthMax: number;
  /** Every prefix (hex digits) of the keys that changed; `''` is the top. */
  #dirty = new Set<string>(['']);
  /** By prefix: the chains that exist, as `takeChanges` last told. */
  readonly #chains = new Map<string, Chain>();

  constructor(shape: TreeShape) {
    this.#shape = shape;
    this.#depthMax = shape.bits / DIGIT_BITS;
  }

  /** Sets the rules that `owner` has at `key`. Entries of one key stand in the order of their owners. */
  put(owner: string, key: number, rules: readonly string[]): void {
    const path = this.#path(key);
    const leaf = path.at(-1)!;
    if (!leaf.rules.has(owner)) for (const node of path) node.count++;
    leaf.rules.set(owner, rules);
    this.#markDirty(key);
  }

  drop(owner: string, key: number): void {
    const path = this.#path(key);
    const isKnown = path.at(-1)!.rules.delete(owner);
    if (isKnown) for (const node of path) node.count--;
    for (let depth = this.#depthMax; depth > 0; depth--) {
      if (path[depth]!.count === 0) path[depth - 1]!.children.delete(this.#digit(key, depth - 1));
    }
    if (isKnown) this.#markDirty(key);
  }

  /** Chains whose rules changed since the last call: name → rules, or undefined for a chain that is no longer needed. */
  takeChanges(): ChainChanges {
    const dirty = this.#dirty;
    this.#dirty = new Set();
    const changes: ChainChanges = new Map();
    if (dirty.size === 0) return changes;
    const suspects = new Set<string>();
    for (const prefix of dirty) {
      const chain = this.#chains.get(prefix);
      if (chain) for (const suspect of [prefix, ...chain.leadsTo]) suspects.add(suspect);
    }
    const alive = new Set(['']);
    this.#walk('', this.#top, dirty, alive, changes);
    for (const prefix of suspects) {
      if (alive.has(prefix)) continue;
      this.#chains.delete(prefix);
      changes.set(this.#chainName(prefix), undefined);
    }
    return changes;
  }

  /** Renders the chain at `prefix` and those below that are dirty or new; others keep what was told. */
  #walk(prefix: string, node: Node, dirty: ReadonlySet<string>, alive: Set<string>, changes: ChainChanges): void {
    const { rules, below } = this.#render(prefix, node);
    const text = rules.join('\n');
    const before = this.#chains.get(prefix);
    this.#chains.set(prefix, { text, leadsTo: below.map((child) => child.prefix) });
    if (before?.text !== text) changes.set(this.#chainName(prefix), rules);
    for (const child of below) {
      alive.add(child.prefix);
      if (dirty.has(child.prefix) || !this.#chains.has(child.prefix))
        this.#walk(child.prefix, child.node, dirty, alive, changes);
    }
  }

  #render(prefix: string, node: Node): { rules: string[]; below: { prefix: string; node: Node }[] } {
    if (node.count <= LEAF_ENTRIES_MAX || node.children.size === 0) return { rules: collect(node), below: [] };
    const rules: string[] = [];
    const below: { prefix: string; node: Node }[] = [];
    for (const [digit, child] of sortedChildren(node)) {
      if (child.count === 1) {
        rules.push(...collect(child));
        continue;
      }
      const fork = skipSingleChildren(prefix + digit.toString(16), child);
      rules.push(`${this.#match(fork.prefix)} -g ${this.#chainName(fork.prefix)}`);
      below.push(fork);
    }
    return { rules, below };
  }

  #match(prefix: string): string {
    return this.#shape.match(Number.parseInt(prefix.padEnd(this.#depthMax, '0'), 16), prefix.length * DIGIT_BITS);
  }

  #chainName(prefix: string): string {
    return prefix === '' ? this.#shape.root : `${this.#shape.root}-${prefix}`;
  }

  #digit(key: number, depth: number): number {
    return (key >>> (this.#shape.bits - DIGIT_BITS * (depth + 1))) & 15;
  }

  /** The nodes from the top to the key's own, made where missing. */
  #path(key: number): Node[] {
    const path = [this.#top];
    for (let depth = 0; depth < this.#depthMax; depth++) {
      const digit = this.#digit(key, depth);
      const child = path[depth]!.children.get(digit) ?? newNode();
      path[depth]!.children.set(digit, child);
      path.push(child);
    }
    return path;
  }

  #markDirty(key: number): void {
    const digits = key.toString(16).padStart(this.#depthMax, '0');
    for (let length = 0; length <= this.#depthMax; length++) this.#dirty.add(digits.slice(0, length));
  }
}

function newNode(): Node {
  return { count: 0, children: new Map(), rules: new Map() };
}

function sortedChildren(node: Node): [number, Node][] {
  return [...node.children].sort(([a], [b]) => a - b);
}

/** Goes down while there is but one way and still too much for one chain. */
function skipSingleChildren(prefix: string, node: Node): { prefix: string; node: Node } {
  let fork = { prefix, node };
  while (fork.node.count > LEAF_ENTRIES_MAX && fork.node.children.size === 1) {
    const [digit, child] = sortedChildren(fork.node)[0]!;
    fork = { prefix: fork.prefix + digit.toString(16), node: child };
  }
  return fork;
}

/** Rules of every entry below, by key and then owner. */
function collect(node: Node): string[] {
  if (node.children.size === 0) return [...node.rules.keys()].sort().flatMap((owner) => node.rules.get(owner)!);
  return sortedChildren(node).flatMap(([, child]) => collect(child));
}
