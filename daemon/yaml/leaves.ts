/**
 * The scalars of a document in the order in which the text has them, each with its own text: what a MAC over a file is made of. A plain JSON object
 * does not keep that order (keys that look like numbers come first), nor the text. Pure.
 */

import { isAlias, isMap, isPair, isScalar, isSeq } from 'yaml';
import { keyText } from './scalar.ts';

export interface Leaf {
  /** Names of the maps on the way as they are written; a list adds nothing (as SOPS has it). A merge key counts as a name, `<<`. */
  readonly path: readonly string[];
  /** Names and indices, to find the value in the document. */
  readonly place: readonly (string | number)[];
  /** Escapes and folding resolved. */
  readonly text: string;
  /** Neither quoted nor a block, and without a tag: the text decides what it is. */
  readonly plain: boolean;
  /** Offset of the value in the text. */
  readonly at: number;
}

interface Walk {
  readonly anchors: Map<string, unknown>;
  readonly leaves: Leaf[];
}

/** All scalars below a node, aliases followed. The document has been converted before, which bounds it. */
export function leavesOf(root: unknown): Leaf[] {
  const walk: Walk = { anchors: new Map(), leaves: [] };
  visit(walk, root, [], []);
  return walk.leaves;
}

function visit(walk: Walk, node: unknown, path: readonly string[], place: readonly (string | number)[]): void {
  if (isAlias(node)) return visit(walk, walk.anchors.get(node.source), path, place);
  const { anchor } = (node ?? {}) as { anchor?: string };
  if (anchor) walk.anchors.set(anchor, node);
  if (isScalar(node)) {
    const plain = (node.type === undefined || node.type === 'PLAIN') && !node.tag;
    walk.leaves.push({ path, place, text: String(node.value ?? ''), plain, at: node.range?.[0] ?? 0 });
  } else if (isSeq(node)) {
    for (const [index, item] of node.items.entries()) visit(walk, item, path, [...place, index]);
  } else if (isMap(node)) {
    for (const pair of node.items) {
      if (!isPair(pair)) continue;
      const { written, name } = nameOf(walk, pair.key);
      visit(walk, pair.value, [...path, written], [...place, name]);
    }
  }
}

/** A key as it is written, and as Kubernetes takes it: a plain `n` is `false`. */
function nameOf(walk: Walk, key: unknown): { written: string; name: string } {
  const node = isAlias(key) ? walk.anchors.get(key.source) : key;
  if (!isScalar(node)) return { written: '', name: '' };
  if (node.anchor) walk.anchors.set(node.anchor, node);
  const written = String(node.value ?? '');
  const plain = node.type === undefined || node.type === 'PLAIN';
  return { written, name: keyText(written, plain, node.tag) ?? '' };
}
