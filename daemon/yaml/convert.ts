/**
 * Turns a parsed document into a plain JSON value and the tree of its positions. Anchors, aliases and merge keys are
 * resolved as Kubernetes' YAML library does: a merge key acts where it stands, so it overrides what came before it.
 * An alias is read anew each time, so that no two places share a value; the budget counts every value read.
 */

import { isAlias, isMap, isPair, isScalar, isSeq, type Pair, type Scalar, type YAMLMap, type YAMLSeq } from 'yaml';
import { defineMember } from '../base/json.ts';
import { ALIASES_MAX, DEPTH_MAX, VALUES_MAX } from './limits.ts';
import type { PositionTree } from './position.ts';
import { keyText, NotJsonError, resolveScalar } from './scalar.ts';

/** Something that the parser took and JSON cannot hold, or that is too much. */
export class ConversionError extends Error {
  readonly offset: number;
  readonly expected: string | undefined;

  constructor(offset: number, message: string, expected?: string) {
    super(message);
    this.offset = offset;
    this.expected = expected;
  }
}

export interface DuplicateKey {
  readonly name: string;
  /** `spec.replicas` */
  readonly path: string;
  /** Offsets of both keys, and of the second one's value. */
  readonly first: number;
  readonly second: number;
  readonly value: number;
}

interface Converted {
  readonly value: unknown;
  readonly positions: PositionTree;
  readonly duplicates: readonly DuplicateKey[];
}

interface Read {
  value: unknown;
  positions: PositionTree;
}

/** Duplicates reported of one document. */
const DUPLICATES_MAX = 100;

const startOf = (node: unknown, fallback: number): number =>
  (node as { range?: readonly number[] | null } | null)?.range?.[0] ?? fallback;

class Converter {
  readonly duplicates: DuplicateKey[] = [];
  readonly #anchors = new Map<string, unknown>();
  /** Collections being read, to see an anchor that holds itself. */
  readonly #open = new Set<unknown>();
  #values = 0;
  #aliases = 0;

  read(node: unknown, offset: number, path: string, depth: number): Read {
    const at = startOf(node, offset);
    if (++this.#values > VALUES_MAX)
      throw new ConversionError(at, `the document holds more than ${VALUES_MAX} values`, 'smaller objects');
    if (depth > DEPTH_MAX)
      throw new ConversionError(at, `the document is nested deeper than ${DEPTH_MAX} levels`, 'less nesting');
    if (isAlias(node)) return this.read(this.#resolve(node.source, at), at, path, depth);
    if (isScalar(node)) return { value: this.#scalar(node, at), positions: { value: at } };
    if (!isMap(node) && !isSeq(node)) return { value: null, positions: { value: at } };
    if (this.#open.has(node)) throw new ConversionError(at, 'an anchor holds itself', 'no cycles of aliases');
    this.#open.add(node);
    this.#remember(node);
    const read = isMap(node) ? this.#map(node, at, path, depth) : this.#list(node, at, path, depth);
    this.#open.delete(node);
    return read;
  }

  #remember(node: { anchor?: string }): void {
    if (node.anchor) this.#anchors.set(node.anchor, node);
  }

  #resolve(name: string, at: number): unknown {
    if (++this.#aliases > ALIASES_MAX)
      throw new ConversionError(at, `the document uses more than ${ALIASES_MAX} aliases`, 'fewer aliases');
    const node = this.#anchors.get(name);
    if (node === undefined)
      throw new ConversionError(at, `unknown anchor ${JSON.stringify(name)}`, `&${name} somewhere before this`);
    return node;
  }

  #scalar(node: Scalar, at: number): unknown {
    this.#remember(node);
    try {
      return resolveScalar(String(node.value ?? ''), isPlain(node), node.tag);
    } catch (error) {
      if (error instanceof NotJsonError) throw new ConversionError(at, error.message, 'a value that JSON has');
      throw error;
    }
  }

  #list(node: YAMLSeq, at: number, path: string, depth: number): Read {
    const value: unknown[] = [];
    const items: PositionTree[] = [];
    for (const [index, item] of node.items.entries()) {
      const child = isPair(item) ? singlePair(item, node) : item;
      const read = this.read(child, at, `${path}[${index}]`, depth + 1);
      value.push(read.value);
      items.push(withScalars(read));
    }
    return { value, positions: { value: at, items } };
  }

  #map(node: YAMLMap, at: number, path: string, depth: number): Read {
    const value: Record<string, unknown> = {};
    const members = new Map<string, PositionTree>();
    const seen = new Map<string, number>();
    for (const pair of node.items) {
      const keyAt = startOf(pair.key, at);
      if (isMergeKey(pair)) {
        this.#merge(pair.value, keyAt, path, depth, value, members);
        continue;
      }
      const name = this.#key(pair.key, keyAt);
      const memberPath = path ? `${path}.${name}` : name;
      const first = seen.get(name);
      if (first === undefined) seen.set(name, keyAt);
      const read = this.read(pair.value, endOf(pair.key, keyAt), memberPath, depth + 1);
      // Behind those within its value: a decoder finds them first.
      if (first !== undefined && this.duplicates.length < DUPLICATES_MAX)
        this.duplicates.push({ name, path: memberPath, first, second: keyAt, value: read.positions.value });
      defineMember(value, name, read.value);
      members.set(name, { ...read.positions, key: keyAt });
    }
    return { value, positions: { value: at, members } };
  }

  #key(key: unknown, at: number): string {
    const node = isAlias(key) ? this.#resolve(key.source, at) : key;
    if (isScalar(node)) {
      this.#remember(node);
      const name = keyText(String(node.value ?? ''), isPlain(node), node.tag);
      if (name !== undefined) return name;
    }
    throw new ConversionError(at, 'a key must be text, a number or a boolean', 'a name before the colon');
  }

  #merge(
    source: unknown,
    at: number,
    path: string,
    depth: number,
    value: Record<string, unknown>,
    members: Map<string, PositionTree>,
  ) {
    const node = isAlias(source) ? this.#resolve(source.source, at) : source;
    // Of several sources the first wins, so they are laid on from the last.
    const sources = isSeq(node) ? [...node.items].reverse() : [node];
    for (const one of sources) {
      const target = isAlias(one) ? this.#resolve(one.source, at) : one;
      if (!isMap(target))
        throw new ConversionError(at, 'a merge key takes a map', 'a map, or a list of maps, after <<:');
      const read = this.read(target, at, path, depth + 1);
      for (const [name, member] of Object.entries(read.value as Record<string, unknown>))
        defineMember(value, name, member);
      for (const [name, tree] of read.positions.members ?? []) members.set(name, tree);
    }
  }
}

const isPlain = (node: Scalar): boolean => node.type === undefined || node.type === 'PLAIN';

/** A value that is not there at all stands right behind its key. */
const endOf = (node: unknown, fallback: number): number =>
  (node as { range?: readonly number[] | null } | null)?.range?.[1] ?? fallback;

function isMergeKey(pair: Pair): boolean {
  const { key } = pair;
  if (!isScalar(key) || key.value !== '<<') return false;
  return isPlain(key) && (!key.tag || key.tag === 'tag:yaml.org,2002:merge');
}

/** `[a: 1]` is a list with one map. The parser wraps it; a bare pair would be its mistake. */
function singlePair(pair: Pair, list: YAMLSeq): never {
  throw new ConversionError(startOf(pair.key, startOf(list, 0)), 'a pair stands where an item should', 'an item');
}

/** Keeps short scalars of an item, so that paths can name it by them. */
export function withScalars({ value, positions }: Read): PositionTree {
  if (!positions.members) return positions;
  const scalars: Record<string, string> = {};
  let any = false;
  for (const name of ['name', 'port', 'protocol', 'containerPort', 'mountPath', 'type', 'key', 'ip', 'uid']) {
    const member = (value as Record<string, unknown>)[name];
    if (typeof member !== 'string' && typeof member !== 'number') continue;
    scalars[name] = String(member);
    any = true;
  }
  return any ? { ...positions, scalars } : positions;
}

/** Converts the root node of a document. Throws {@link ConversionError}. */
export function convertDocument(root: unknown): Converted {
  const converter = new Converter();
  const { value, positions } = converter.read(root, 0, '', 0);
  return { value, positions, duplicates: converter.duplicates };
}
