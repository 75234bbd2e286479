/** Where things stand in the text of a parsed document: offsets of entries, ends of content, lines. Pure lookups. */

import { isAlias, isCollection, isMap, isPair, isScalar, isSeq, type Pair, type YAMLMap, type YAMLSeq } from 'yaml';
import type { RenderStyle } from './render.ts';

interface SourceToken {
  readonly type: string;
  readonly offset: number;
  readonly source?: string;
}

interface SourceItem {
  readonly start: readonly SourceToken[];
  readonly key?: SourceToken | null;
  readonly sep?: readonly SourceToken[];
  readonly value?: SourceToken;
}

type Ranged = { readonly range?: readonly [number, number, number] | null };

export const rangeOf = (node: unknown): readonly [number, number, number] | undefined =>
  (node as Ranged | null | undefined)?.range ?? undefined;

const SPACING: ReadonlySet<string> = new Set([
  'space',
  'newline',
  'comment',
  'comma',
  'flow-map-start',
  'flow-seq-start',
]);

const firstReal = (tokens: readonly SourceToken[] | undefined): SourceToken | undefined =>
  tokens?.find(({ type }) => !SPACING.has(type));

/** Where an entry of a map begins: its key, or what stands before it (`?`, an anchor, a tag). */
export function pairStart(pair: Pair): number {
  const item = (pair as { srcToken?: SourceItem }).srcToken;
  return firstReal(item?.start)?.offset ?? rangeOf(pair.key)?.[0] ?? item?.key?.offset ?? rangeOf(pair.value)?.[0] ?? 0;
}

/** Just behind the colon of a pair; undefined when it has none (`{a}`). */
export function colonEnd(pair: Pair): number | undefined {
  const { sep } = (pair as { srcToken?: SourceItem }).srcToken ?? {};
  const colon = sep?.find(({ type }) => type === 'map-value-ind');
  return colon && colon.offset + 1;
}

/** The offsets of the dashes of a block list, in order. */
export function dashOffsets(list: YAMLSeq): number[] {
  const items = (list as { srcToken?: { items?: readonly SourceItem[] } }).srcToken?.items ?? [];
  return items.flatMap(({ start }) => start.filter(({ type }) => type === 'seq-item-ind').map(({ offset }) => offset));
}

/** Behind the last character of a node's own content: no trailing newline, blank line or comment. */
export function contentEnd(text: string, node: unknown, fallback: number): number {
  const range = rangeOf(node);
  // A value that is not there has its place behind the blanks, where a comment may begin.
  if (!range || range[0] === range[1]) return fallback;
  if (isCollection(node) && !node.flow && node.items.length > 0) {
    const last = node.items.at(-1);
    if (isPair(last)) return pairEnd(text, last);
    return contentEnd(text, last, range[1]);
  }
  if (isScalar(node) && (node.type === 'BLOCK_LITERAL' || node.type === 'BLOCK_FOLDED')) {
    const keeps = /^[^\n]*\+/.test(text.slice(range[0], range[1]));
    const body = text.slice(range[0], range[1]);
    return range[0] + (keeps ? body.replace(/\r?\n$/, '') : body.trimEnd()).length;
  }
  return range[1];
}

export function pairEnd(text: string, pair: Pair): number {
  const keyEnd = rangeOf(pair.key)?.[1] ?? 0;
  return Math.max(contentEnd(text, pair.value, 0), colonEnd(pair) ?? 0, keyEnd);
}

export function lineStart(text: string, offset: number): number {
  return offset === 0 ? 0 : text.lastIndexOf('\n', offset - 1) + 1;
}

/** Where the line after the one that holds `offset` begins, or the text's end. */
export function nextLine(text: string, offset: number): number {
  const end = text.indexOf('\n', offset);
  return end < 0 ? text.length : end + 1;
}

/** Where the line that holds `offset` ends, before its line break. */
export function endOfLine(text: string, offset: number): number {
  const end = text.indexOf('\n', offset);
  if (end < 0) return text.length;
  return text[end - 1] === '\r' && end > offset ? end - 1 : end;
}

export function columnOf(text: string, offset: number): number {
  const start = lineStart(text, offset);
  return offset - start - (start === 0 && text.startsWith('\ufeff') ? 1 : 0);
}

/** True when nothing but blanks stands before the offset on its line. */
export function isFirstOnLine(text: string, offset: number): boolean {
  return /^[\ufeff \t]*$/.test(text.slice(lineStart(text, offset), offset));
}

export const newlineOf = (text: string): string => (/\r\n/.test(text.slice(0, text.indexOf('\n') + 1)) ? '\r\n' : '\n');

/** How this document indents, learned from its first nested map and its first list under a key. */
export function styleOf(text: string, root: unknown): RenderStyle {
  let step: number | undefined;
  let listOffset: number | undefined;
  const visit = (map: YAMLMap) => {
    const column = map.items[0] ? columnOf(text, pairStart(map.items[0])) : 0;
    for (const { value } of map.items) {
      if (step !== undefined && listOffset !== undefined) return;
      if (isMap(value) && !value.flow && value.items[0]) {
        step ??= columnOf(text, pairStart(value.items[0])) - column;
        visit(value);
      } else if (isSeq(value) && !value.flow) {
        const [dash] = dashOffsets(value);
        if (dash !== undefined) listOffset ??= columnOf(text, dash) - column;
        for (const item of value.items) if (isMap(item) && !item.flow) visit(item);
      }
    }
  };
  if (isMap(root) && !root.flow) visit(root);
  const isSane = (columns: number | undefined): columns is number =>
    columns !== undefined && columns > 0 && columns <= 8;
  const sane = isSane(step) ? step : 2;
  return { step: sane, listOffset: isSane(listOffset) ? listOffset : 0 };
}

/** The names of anchors that some alias uses. */
export function aliasedAnchors(root: unknown): Set<string> {
  const names = new Set<string>();
  const visit = (node: unknown) => {
    if (isAlias(node)) names.add(node.source);
    else if (isPair(node)) {
      visit(node.key);
      visit(node.value);
    } else if (isCollection(node)) for (const item of node.items) visit(item);
  };
  visit(root);
  return names;
}
