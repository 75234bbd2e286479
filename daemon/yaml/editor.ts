/**
 * Finds the splices that turn one document into another value, by walking its nodes beside the present and the wanted
 * value. Block collections are edited entry by entry; flow collections in flow-edit.ts. It decides nothing about
 * whether the result is right: edit.ts reads it again.
 */

import {
  isAlias,
  isCollection,
  isMap,
  isScalar,
  isSeq,
  type Pair,
  type Scalar,
  type YAMLMap,
  type YAMLSeq,
} from 'yaml';
import { deepEqual, isObject } from '../base/json.ts';
import { type FlowEntry, type FlowInsertion, flowSplices } from './flow-edit.ts';
import { matchItems } from './match-items.ts';
import {
  isInline,
  isLiteral,
  type RenderStyle,
  renderFlow,
  renderItem,
  renderLiteral,
  renderMembers,
  renderPair,
  renderScalar,
  renderValue,
  type ScalarStyle,
} from './render.ts';
import { keyText } from './scalar.ts';
import {
  aliasedAnchors,
  colonEnd,
  columnOf,
  contentEnd,
  dashOffsets,
  endOfLine,
  isFirstOnLine,
  lineStart,
  newlineOf,
  nextLine,
  pairEnd,
  pairStart,
  rangeOf,
  styleOf,
} from './source.ts';

/** The fields that identify the items of the list at a path without indices (`spec.template.spec.containers`). */
export type ListKeys = (path: string) => readonly string[] | undefined;

export interface Splice {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

export class EditRefusedError extends Error {
  readonly offset: number;

  constructor(offset: number, message: string) {
    super(message);
    this.offset = offset;
  }
}

/** What holds a value, so that the value can be replaced as a whole. */
type Slot =
  | { readonly kind: 'root' }
  /** `after` is behind the colon, `indent` the key's column. */
  | { readonly kind: 'pair'; readonly after: number; readonly indent: number }
  /** `after` is behind the dash, `indent` its column. */
  | { readonly kind: 'item'; readonly after: number; readonly indent: number }
  | { readonly kind: 'flow'; readonly needsColon: boolean; readonly at: number };

const join = (path: string, name: string): string => (path ? `${path}.${name}` : name);

function nameOfKey(key: unknown): string | undefined {
  if (!isScalar(key)) return undefined;
  const plain = key.type === undefined || key.type === 'PLAIN';
  if (plain && key.value === '<<' && !key.tag) return undefined;
  return keyText(String(key.value ?? ''), plain, key.tag);
}

/** What a JSON file indents by. */
function jsonUnitOf(text: string, root: unknown): string {
  const first = isMap(root) && root.items[0] ? pairStart(root.items[0]) : 0;
  const before = text.slice(lineStart(text, first), first);
  return /^(?:\t| {1,8})$/.test(before) ? before : '  ';
}

/** Longest flow collection that is written anew on one line. */
const FLOW_LENGTH_MAX = 100;

function staysFlow(wanted: unknown): boolean {
  return typeof wanted === 'object' && wanted !== null && renderFlow(wanted, false).length <= FLOW_LENGTH_MAX;
}

const STYLE_OF_TYPE: Readonly<Record<string, ScalarStyle>> = { QUOTE_DOUBLE: 'double', QUOTE_SINGLE: 'single' };

/** `text` must end with a line break. */
export class Editor {
  readonly #text: string;
  readonly #root: unknown;
  readonly #style: RenderStyle;
  readonly #newline: string;
  readonly #shared: ReadonlySet<string>;
  readonly #listKeys: ListKeys;
  readonly #json: boolean;
  readonly #jsonUnit: string;
  readonly #splices: Splice[] = [];

  /** `careful`: less pretty, for texts in which a block or a blank line would become part of a neighbour. */
  constructor(text: string, root: unknown, listKeys: ListKeys = () => undefined, careful = false) {
    this.#text = text;
    this.#root = root;
    this.#style = { ...styleOf(text, root), oneLine: careful };
    this.#newline = newlineOf(text);
    this.#shared = aliasedAnchors(root);
    this.#listKeys = listKeys;
    this.#json = isMap(root) && root.flow === true;
    this.#jsonUnit = jsonUnitOf(text, root);
  }

  editRoot(present: unknown, wanted: unknown): void {
    this.#edit(this.#root, present, wanted, '', { kind: 'root' });
  }

  /** The text with all splices made. At one place, new text comes first, inner before outer, then what is replaced. */
  result(): string {
    const sorted = this.#splices
      .map((splice, order) => ({ ...splice, order }))
      .sort((a, b) => a.start - b.start || Number(a.end > a.start) - Number(b.end > b.start) || a.order - b.order);
    let out = '';
    let at = 0;
    for (const { start, end, text } of sorted) {
      if (start < at) throw new EditRefusedError(start, 'the changes overlap in this file');
      out += this.#text.slice(at, start) + text;
      at = end;
    }
    return out + this.#text.slice(at);
  }

  #splice(start: number, end: number, text: string): void {
    this.#splices.push({ start, end, text });
  }

  #refuseShared(node: unknown): void {
    if (isAlias(node))
      throw new EditRefusedError(
        rangeOf(node)?.[0] ?? 0,
        `the value is shared by the alias *${node.source}; edit the file by hand`,
      );
    const { anchor } = node as { anchor?: string };
    if (anchor && this.#shared.has(anchor))
      throw new EditRefusedError(
        rangeOf(node)?.[0] ?? 0,
        `the value is shared by the anchor &${anchor}; edit the file by hand`,
      );
  }

  /** Nothing inside may be shared: it goes away. */
  #refuseSharedWithin(node: unknown): void {
    if (typeof node !== 'object' || node === null) return;
    if (!isAlias(node)) this.#refuseShared(node);
    if (!isCollection(node)) return;
    for (const item of node.items) {
      const { key, value } = item as { key?: unknown; value?: unknown };
      if (isMap(node)) for (const one of [key, value]) this.#refuseSharedWithin(one);
      else this.#refuseSharedWithin(item);
    }
  }

  #edit(node: unknown, present: unknown, wanted: unknown, path: string, slot: Slot): void {
    if (deepEqual(present, wanted)) return;
    if (node) this.#refuseShared(node);
    const isFilled = (value: unknown) => typeof value === 'object' && value !== null && Object.keys(value).length > 0;
    if (isMap(node) && isObject(wanted) && isFilled(wanted) && node.items.length > 0)
      this.#editMap(node, present as Record<string, unknown>, wanted, path, slot);
    else if (isSeq(node) && Array.isArray(wanted) && isFilled(wanted) && node.items.length > 0)
      this.#editList(node, present as unknown[], wanted, path, slot);
    else this.#replace(node, wanted, slot);
  }

  // ---- whole values

  #replace(node: unknown, wanted: unknown, slot: Slot): void {
    this.#refuseSharedWithin(node);
    const range = rangeOf(node);
    if (slot.kind === 'flow') {
      const text = renderFlow(wanted, this.#json);
      if (range && range[1] > range[0]) this.#splice(range[0], range[1], this.#inStyle(node, wanted, true) ?? text);
      else this.#splice(slot.at, slot.at, slot.needsColon ? `: ${text}` : ` ${text}`);
      return;
    }
    const end = contentEnd(this.#text, node, slot.kind === 'root' ? 0 : slot.after);
    const inPlace = this.#inStyle(node, wanted, false);
    if (range && range[1] > range[0] && inPlace !== undefined) {
      this.#splice(range[0], end, inPlace);
      return;
    }
    if (range && isCollection(node) && node.flow && node.items.length > 0 && staysFlow(wanted)) {
      this.#splice(range[0], range[1], renderFlow(wanted, this.#json));
      return;
    }
    if (slot.kind === 'root') {
      // Nothing of the old root stays, so neither does the comment on its last line (a literal block would swallow it).
      this.#splice(range?.[0] ?? 0, endOfLine(this.#text, end), this.#linesFor(wanted, slot).join(this.#newline));
      return;
    }
    const start = end > slot.after ? (range?.[0] ?? slot.after) : slot.after;
    this.#replaceInBlock(start, Math.max(end, slot.after), wanted, slot);
  }

  /** Replaces all behind a colon or dash. The comment on that very line stays on it. */
  #replaceInBlock(start: number, end: number, wanted: unknown, slot: Slot & { kind: 'pair' | 'item' }): void {
    const [first, ...rest] = this.#linesFor(wanted, slot);
    const lineEnd = endOfLine(this.#text, end);
    const tail = this.#text.slice(end, lineEnd);
    const isTailComment = /^[ \t]*(?:#.*)?$/.test(tail);
    const hadLines = this.#text.slice(slot.after, end).includes('\n');
    const behindColon = /^[ \t]*#[^\r\n]*/.exec(this.#text.slice(slot.after, start))?.[0] ?? '';
    // Behind a value of several lines stands a comment on its last line only, which goes with it.
    const comment = hadLines ? behindColon : isTailComment ? tail : '';
    const head = first === '' ? '' : ` ${first}`;
    this.#splice(slot.after, isTailComment ? lineEnd : end, [head + comment, ...rest].join(this.#newline));
  }

  #linesFor(wanted: unknown, slot: Exclude<Slot, { kind: 'flow' }>): string[] {
    if (slot.kind === 'pair') return renderValue(wanted, slot.indent, this.#style);
    if (slot.kind === 'item') {
      const [first, ...rest] = renderItem(wanted, slot.indent, this.#style);
      return [first!.slice(2), ...rest];
    }
    return isObject(wanted) && Object.keys(wanted).length > 0
      ? renderMembers(wanted, 0, this.#style)
      : [renderFlow(wanted, this.#json)];
  }

  /** A scalar in the style of the one it replaces; undefined when that cannot be. */
  #inStyle(node: unknown, wanted: unknown, flow: boolean): string | undefined {
    if (!isScalar(node)) return undefined;
    const { type } = node as Scalar.Parsed;
    if (type === 'BLOCK_LITERAL' || type === 'BLOCK_FOLDED')
      return isLiteral(wanted) && !this.#style.oneLine ? this.#literal(node, wanted) : undefined;
    if (typeof wanted === 'object' && wanted !== null) return undefined;
    if (isLiteral(wanted) && !flow && !this.#style.oneLine && type !== 'QUOTE_DOUBLE') return undefined;
    return renderScalar(wanted, flow, this.#json ? 'double' : (STYLE_OF_TYPE[type ?? ''] ?? 'plain'));
  }

  /** A literal block at the indentation of the block it replaces. */
  #literal(node: unknown, wanted: string): string {
    const start = rangeOf(node)![0];
    const firstLine = /^[^\n]*\n(?:[ \t\r]*\n)*( +)/.exec(this.#text.slice(start, rangeOf(node)![1]));
    const column = columnOf(
      this.#text,
      lineStart(this.#text, start) + /^ */.exec(this.#text.slice(lineStart(this.#text, start)))![0].length,
    );
    return renderLiteral(wanted, firstLine?.[1]?.length ?? column + this.#style.step).join(this.#newline);
  }

  // ---- maps

  #editMap(
    node: YAMLMap,
    present: Record<string, unknown>,
    wanted: Record<string, unknown>,
    path: string,
    slot: Slot,
  ): void {
    const pairs = node.items as Pair[];
    const named = new Map(pairs.map((pair) => [nameOfKey(pair.key), pair]));
    for (const name of Object.keys(present)) {
      if (named.has(name) || deepEqual(present[name], wanted[name])) continue;
      throw new EditRefusedError(
        rangeOf(node)?.[0] ?? 0,
        `${join(path, name)} comes from a merge key (<<); edit the file by hand`,
      );
    }
    const added = Object.keys(wanted).filter((name) => !Object.hasOwn(present, name));
    const isGone = (pair: Pair): boolean => {
      const name = nameOfKey(pair.key);
      return name !== undefined && !Object.hasOwn(wanted, name);
    };
    if (pairs.every(isGone)) return this.#replace(node, wanted, slot);
    for (const pair of pairs) if (isGone(pair)) this.#refuseSharedWithin(pair.value);
    for (const pair of pairs) {
      const name = nameOfKey(pair.key);
      if (name === undefined || isGone(pair)) continue;
      this.#edit(pair.value, present[name], wanted[name], join(path, name), this.#slotOfPair(pair, node));
    }
    if (node.flow)
      return this.#editFlow(
        pairs.map((pair) => ({ start: pairStart(pair), end: pairEnd(this.#text, pair), gone: isGone(pair) })),
        [{ after: pairs.length - 1, render: (lineIndent) => this.#flowMembers(added, wanted, lineIndent) }],
      );
    const entries = pairs.map((pair) => ({
      start: pairStart(pair),
      end: pairEnd(this.#text, pair),
      gone: isGone(pair),
    }));
    this.#removeEntries(entries);
    const indent = columnOf(this.#text, entries[0]!.start);
    for (const name of added)
      this.#insertLines(entries.at(-1)!.end, renderPair(name, wanted[name], indent, this.#style), indent);
  }

  #flowPair(name: string, value: unknown): string {
    return renderFlow({ [name]: value }, this.#json).slice(1, -1);
  }

  #slotOfPair(pair: Pair, map: YAMLMap): Slot {
    const colon = colonEnd(pair);
    const keyEnd = rangeOf(pair.key)?.[1] ?? 0;
    if (map.flow) return { kind: 'flow', needsColon: colon === undefined, at: colon ?? keyEnd };
    return { kind: 'pair', after: colon ?? keyEnd, indent: columnOf(this.#text, pairStart(pair)) };
  }

  // ---- lists

  #editList(node: YAMLSeq, present: unknown[], wanted: unknown[], path: string, slot: Slot): void {
    const matched = matchItems(present, wanted, this.#listKeys(path));
    if (!matched || matched.pairs.size === 0) return this.#replace(node, wanted, slot);
    const { pairs, insertions } = matched;
    const dashes = node.flow ? [] : dashOffsets(node);
    for (const [index, item] of node.items.entries()) {
      const to = pairs.get(index);
      if (to === undefined) this.#refuseSharedWithin(item);
      else if (node.flow)
        this.#edit(item, present[index], wanted[to], path, {
          kind: 'flow',
          needsColon: false,
          at: rangeOf(item)?.[0] ?? 0,
        });
      else
        this.#edit(item, present[index], wanted[to], path, {
          kind: 'item',
          after: dashes[index]! + 1,
          indent: columnOf(this.#text, dashes[index]!),
        });
    }
    if (node.flow) {
      const entries = node.items.map((item, index) => ({
        start: rangeOf(item)![0],
        end: rangeOf(item)![1],
        gone: !pairs.has(index),
      }));
      return this.#editFlow(
        entries,
        insertions.map(({ after, items }) => ({
          after,
          render: () => items.map((item) => renderFlow(item, this.#json)),
        })),
      );
    }
    const entries = node.items.map((item, index) => ({
      start: dashes[index]!,
      end: Math.max(contentEnd(this.#text, item, 0), dashes[index]! + 1),
      gone: !pairs.has(index),
    }));
    const indent = columnOf(this.#text, dashes[0]!);
    const early = insertions.find(({ after }) => after < 0);
    if (early && !isFirstOnLine(this.#text, dashes[0]!)) return this.#rewriteList(node, wanted, slot);
    this.#removeEntries(entries);
    for (const { after, items } of insertions) {
      const at = after < 0 ? undefined : entries[after]!.end;
      for (const item of items) this.#insertLines(at, renderItem(item, indent, this.#style), indent, dashes[0]!);
    }
  }

  /** Gives up on single entries. Splices found inside the list are dropped: it is written anew. */
  #rewriteList(node: YAMLSeq, wanted: unknown[], slot: Slot): void {
    const [start, end] = rangeOf(node)!;
    for (let index = this.#splices.length - 1; index >= 0; index--) {
      const splice = this.#splices[index]!;
      if (splice.start >= start && splice.end <= end) this.#splices.splice(index, 1);
    }
    this.#replace(node, wanted, slot);
  }

  // ---- entries of block collections

  /** Removes entries with their lines. An entry that shares its line with a dash hands its place to the next one kept. */
  #removeEntries(entries: readonly { start: number; end: number; gone: boolean }[]): void {
    let from = 0;
    if (entries[0]!.gone && !isFirstOnLine(this.#text, entries[0]!.start)) {
      from = entries.findIndex(({ gone }) => !gone);
      this.#splice(entries[0]!.start, entries[from]!.start, '');
    }
    for (const { start, end, gone } of entries.slice(from)) {
      if (!gone) continue;
      this.#splice(lineStart(this.#text, start), this.#removalEnd(end), '');
    }
  }

  /** Behind the removed lines; blank ones go too where they would become the end of the text before. */
  #removalEnd(end: number): number {
    let next = nextLine(this.#text, end);
    while (
      this.#style.oneLine &&
      next < this.#text.length &&
      /^[ \t]*\r?\n/.test(this.#text.slice(next, nextLine(this.#text, next)))
    ) {
      next = nextLine(this.#text, next);
    }
    return next;
  }

  /** Puts whole lines behind the line that holds `end`, or before that of `first`. */
  #insertLines(end: number | undefined, lines: readonly string[], indent: number, first = 0): void {
    const text = [' '.repeat(indent) + lines[0], ...lines.slice(1)].join(this.#newline);
    if (end === undefined) {
      const at = lineStart(this.#text, first);
      this.#splice(at, at, text + this.#newline);
      return;
    }
    const at = nextLine(this.#text, end);
    this.#splice(at, at, text + this.#newline);
  }

  // ---- flow collections

  #editFlow(entries: readonly FlowEntry[], insertions: readonly FlowInsertion[]): void {
    this.#splices.push(...flowSplices(this.#text, this.#newline, entries, insertions));
  }

  /** New members; on lines of their own where a JSON file has them so. */
  #flowMembers(names: readonly string[], wanted: Record<string, unknown>, indent: string | undefined): string[] {
    const pretty = this.#json && indent !== undefined && names.some((name) => !isInline(wanted[name]));
    if (!pretty) return names.map((name) => this.#flowPair(name, wanted[name]));
    return names.map((name) =>
      JSON.stringify({ [name]: wanted[name] }, undefined, this.#jsonUnit)
        .split('\n')
        .slice(1, -1)
        .map((line) => line.slice(this.#jsonUnit.length))
        .join(this.#newline + indent),
    );
  }
}
