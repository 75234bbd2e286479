/**
 * Nodes of field sets that are made once. Objects of one template have equal sets, and the parts of all objects (a port, a probe, a variable of one
 * name) are few: whoever has an equal node shares it. That is what makes creating the thousandth pod cheap, and its managedFields nearly free of
 * memory. Nodes are frozen.
 *
 * A node is told by its steps and by the numbers of its children, so that finding one never looks further down than one level. Where objects of one
 * template follow each other, it is the one that was found a moment ago: each type remembers a few ({@link RecentNodes}).
 */

import { EMPTY_SET, type FieldSet } from './field-set.ts';

export interface KeptNode {
  readonly set: FieldSet;
  /** Equal for equal sets; undefined for one that is not kept. */
  readonly number: number | undefined;
}

export const LEAF: KeptNode = { set: EMPTY_SET, number: 0 };

/** A cluster has some thousand distinct nodes; a full cache is dropped as a whole. */
const NODES_MAX = 20_000;
/** Larger maps (a ConfigMap's keys) are hardly ever equal. */
const KEPT_CHILDREN_MAX = 64;

/** Objects of so many shapes take turns without being looked up. */
const RECENT_MAX = 4;

const nodes = new Map<string, KeptNode>();
let lastNumber = 0;

interface Recent {
  readonly names: readonly string[];
  readonly children: readonly KeptNode[];
  readonly isMember: boolean;
  readonly node: KeptNode;
}

/** The nodes that values of one type had last. */
export class RecentNodes {
  readonly #recent: Recent[] = [];
  #oldest = 0;

  /** {@link keptNode} for children with these names; `elementOf` makes a name's step. */
  node(
    names: readonly string[],
    children: readonly KeptNode[],
    isMember: boolean,
    elementOf: (name: string) => string,
  ): KeptNode | undefined {
    for (const one of this.#recent)
      if (one.isMember === isMember && isSame(one.children, children) && isSame(one.names, names)) return one.node;
    const node = keptNode(names.map(elementOf), children, isMember);
    if (node?.number === undefined) return node;
    this.#recent[this.#oldest] = { names, children, isMember, node };
    this.#oldest = (this.#oldest + 1) % RECENT_MAX;
    return node;
  }
}

function isSame(a: readonly unknown[], b: readonly unknown[]): boolean {
  if (a.length !== b.length) return false;
  for (let at = 0; at < a.length; at++) if (a[at] !== b[at]) return false;
  return true;
}

/** The node with these children; `isMember`: itself a field too. With no children it is a field or, undefined, nothing. */
function keptNode(elements: readonly string[], children: readonly KeptNode[], isMember: boolean): KeptNode | undefined {
  if (elements.length === 0) return isMember ? LEAF : undefined;
  if (elements.length > KEPT_CHILDREN_MAX) return { set: build(elements, children, isMember), number: undefined };
  let key = isMember ? '.' : '';
  for (let at = 0; at < elements.length; at++) {
    const { number } = children[at]!;
    if (number === undefined) return { set: build(elements, children, isMember), number: undefined };
    const element = elements[at]!;
    // With its length: a step may hold any character.
    key += `${element.length}:${element}${number};`;
  }
  const known = nodes.get(key);
  if (known) return known;
  if (nodes.size >= NODES_MAX) nodes.clear();
  const made = { set: Object.freeze(build(elements, children, isMember)), number: ++lastNumber };
  nodes.set(key, made);
  return made;
}

function build(elements: readonly string[], children: readonly KeptNode[], isMember: boolean): FieldSet {
  const set: { [element: string]: FieldSet } = isMember ? { '.': EMPTY_SET } : {};
  for (let at = 0; at < elements.length; at++) set[elements[at]!] = children[at]!.set;
  return set;
}
