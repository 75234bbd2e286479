/**
 * Which lines of a text belong to a node, found without the editor's help: from the parser's ranges alone. An edit may touch the lines of what it
 * edits and no others.
 */

import { isAlias, isCollection, isMap, isPair, isScalar, isSeq, type Pair, parseAllDocuments } from 'yaml';

export type Place = readonly (string | number)[];

/** Lines `[start, end)`, 0-based. */
export interface Lines {
  start: number;
  end: number;
}

type Ranged = { range?: readonly [number, number, number] | null };
const startOf = (node: unknown): number | undefined => (node as Ranged | null)?.range?.[0];

function endOf(text: string, node: unknown): number {
  const range = (node as Ranged | null)?.range;
  if (isPair(node)) {
    const keyEnd = endOf(text, node.key);
    const valueEnd = node.value ? endOf(text, node.value) : 0;
    // The colon may stand on a line of its own (`? key`).
    const colon = text.indexOf(':', keyEnd);
    return Math.max(keyEnd, valueEnd, valueEnd > keyEnd ? 0 : colon);
  }
  if (!range || range[0] === range[1]) return 0;
  if (isCollection(node) && !node.flow) return Math.max(...node.items.map((item) => endOf(text, item)), range[0]);
  if (isScalar(node) && (node.type === 'BLOCK_LITERAL' || node.type === 'BLOCK_FOLDED')) {
    const body = text.slice(range[0], range[1]);
    return range[0] + (/^[^\n]*\+/.test(body) ? body.replace(/\r?\n$/, '') : body.trimEnd()).length;
  }
  return range[1];
}

export class OwnLines {
  readonly #text: string;
  readonly #root: unknown;

  constructor(text: string, index: number) {
    this.#text = text;
    const documents = parseAllDocuments(text, { schema: 'failsafe', keepSourceTokens: true, uniqueKeys: false });
    this.#root = Array.isArray(documents) ? documents[index]?.contents : undefined;
  }

  #line(offset: number): number {
    let line = 0;
    for (let at = this.#text.indexOf('\n'); at >= 0 && at < offset; at = this.#text.indexOf('\n', at + 1)) line++;
    return line;
  }

  /** Whether the collection at a place is written in brackets, on lines that its entries share. */
  isFlow(place: Place): boolean {
    let node: unknown = this.#root;
    for (const step of place) node = childOf(node, step);
    return isCollection(node) && node.flow === true;
  }

  /** From the entry's key or dash to its last character; of an entry on the line of another (`- a: 1`), up to the next one's line. Undefined: not in the text by itself. */
  entry(place: Place): Lines | undefined {
    if (place.length === 0) return { start: 0, end: Number.POSITIVE_INFINITY };
    let parent: unknown = this.#root;
    for (const step of place.slice(0, -1)) parent = childOf(parent, step);
    const last = place.at(-1)!;
    if (isMap(parent)) return this.#pair(parent.items as Pair[], String(last), parent.flow === true);
    if (isSeq(parent)) return this.#item(parent.items, Number(last), parent.flow === true);
    return undefined;
  }

  #pair(pairs: readonly Pair[], name: string, flow: boolean): Lines | undefined {
    const position = pairs.findIndex(({ key }) => nameOf(key) === name);
    const pair = pairs[position];
    const start = startOf(pair?.key);
    if (!pair || start === undefined) return undefined;
    const lines = { start: this.#line(start), end: this.#line(endOf(this.#text, pair)) + 1 };
    const next = startOf(pairs[position + 1]?.key);
    const lineStart = this.#text.lastIndexOf('\n', start - 1) + 1;
    const sharesLine = /\S/.test(this.#text.slice(lineStart, start).replace(/^\ufeff/, ''));
    if (next !== undefined && (flow || sharesLine)) lines.end = Math.max(lines.end, this.#line(next) + 1);
    if (flow) lines.start = Math.min(lines.start, this.#line(endOf(this.#text, pairs[position - 1] ?? pair)));
    return lines;
  }

  #item(items: readonly unknown[], position: number, flow: boolean): Lines | undefined {
    const item = items[position];
    if (item === undefined) return undefined;
    const before = position > 0 ? endOf(this.#text, items[position - 1]) : undefined;
    const start = startOf(item) ?? startOf((item as Pair).key) ?? 0;
    const dash = flow ? start : this.#text.lastIndexOf('-', start);
    const lines = { start: this.#line(dash), end: this.#line(Math.max(endOf(this.#text, item), start)) + 1 };
    if (flow && before !== undefined) lines.start = Math.min(lines.start, this.#line(before));
    const next = items[position + 1];
    if (flow && next !== undefined) lines.end = Math.max(lines.end, this.#line(startOf(next) ?? 0) + 1);
    const sharesLine = /\S/.test(this.#text.slice(this.#text.lastIndexOf('\n', dash - 1) + 1, dash));
    if (sharesLine && next !== undefined) lines.end = Math.max(lines.end, this.#line(startOf(next) ?? 0) + 1);
    return lines;
  }
}

const nameOf = (key: unknown): string => (isScalar(key) ? String(key.value) : '');

function childOf(node: unknown, step: string | number): unknown {
  if (isAlias(node)) return undefined;
  if (isMap(node)) return (node.items as Pair[]).find(({ key }) => nameOf(key) === String(step))?.value;
  return isSeq(node) ? node.items[Number(step)] : undefined;
}

/**
 * Whether `after` differs from `before` in those lines only: all lines in front of them, and all behind them, are the same, in the same order. Lines
 * within `kept` ranges stay too; text may come between them.
 */
export function changesOnly(before: string, after: string, allowed: Lines, kept: boolean): boolean {
  const linesOf = (text: string) => text.replace(/\r?\n$/, '').split(/\r?\n/);
  const old = linesOf(before);
  const now = linesOf(after);
  const end = Math.min(allowed.end, old.length);
  const head = old.slice(0, allowed.start);
  const tail = old.slice(end);
  if (now.length < head.length + tail.length) return false;
  if (!head.every((line, index) => now[index] === line)) return false;
  if (!tail.every((line, index) => now[now.length - tail.length + index] === line)) return false;
  if (!kept) return true;
  const inside = now.slice(allowed.start, now.length - tail.length);
  let at = 0;
  for (const line of old.slice(allowed.start, end)) {
    at = inside.indexOf(line, at) + 1;
    if (at === 0) return false;
  }
  return true;
}
