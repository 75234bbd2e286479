/**
 * Values of node labels as small numbers: for each label asked for, node index → number of its value. Made when first asked for, dropped
 * whenever a node comes, goes or changes its labels.
 */

import type { NodeInfo } from './node-info.ts';

export interface Topology {
  /** Node index → number of the value; −1 for nodes without the label (and for indexes not in use). */
  readonly ids: Int32Array;
  /** Number → how many nodes have that value. */
  readonly nodes: readonly number[];
  /** True when every node has the label. */
  readonly isComplete: boolean;
}

export class Topologies {
  readonly #known = new Map<string, Topology>();
  readonly #nodes: () => Iterable<NodeInfo>;
  readonly #indexLimit: () => number;

  constructor(nodes: () => Iterable<NodeInfo>, indexLimit: () => number) {
    this.#nodes = nodes;
    this.#indexLimit = indexLimit;
  }

  of(key: string): Topology {
    const known = this.#known.get(key);
    if (known) return known;
    const numbers = new Map<string, number>();
    const ids = new Int32Array(this.#indexLimit()).fill(-1);
    const nodes: number[] = [];
    let isComplete = true;
    for (const node of this.#nodes()) {
      const value = node.labels[key];
      if (value === undefined) {
        isComplete = false;
        continue;
      }
      const id = numbers.get(value) ?? numbers.size;
      numbers.set(value, id);
      ids[node.index] = id;
      nodes[id] = (nodes[id] ?? 0) + 1;
    }
    const made = { ids, nodes, isComplete };
    this.#known.set(key, made);
    return made;
  }

  forget(): void {
    this.#known.clear();
  }
}
