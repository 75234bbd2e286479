/**
 * Comments among encrypted values are encrypted too, as SOPS does: `# the old one was …` is as telling as a value. Found by the parser's own lexer,
 * so that no `#` inside a value is taken for one.
 */

import { isMap, Lexer, type Pair } from 'yaml';
import { parseDocuments } from '../yaml/read.ts';
import { colonEnd, columnOf, pairEnd, pairStart } from '../yaml/source.ts';
import type { ValueCipher } from './encrypt.ts';
import { additionalData, encryptValue, isEncrypted } from './value.ts';

interface Region {
  /** From the colon to the end of the value's own content. */
  readonly start: number;
  readonly end: number;
  /** Where the next entry begins; deeper comments up to there belong to this one. */
  readonly next: number;
  readonly column: number;
  readonly path: readonly string[];
}

/** The text with all comments between the encrypted values of one document encrypted. */
export function encryptComments(text: string, index: number, cipher: Omit<ValueCipher, 'before'>): string {
  const document = parseDocuments(text)[index];
  const regions: Region[] = [];
  collect(text, document?.contents, [], document?.range?.[1] ?? text.length, cipher, regions);
  let out = '';
  let at = 0;
  for (const { start, end } of commentsOf(text)) {
    const region = regions.find((one) => belongs(text, one, start));
    const comment = text.slice(start + 1, end);
    if (!region || comment.trim() === '' || isEncrypted(comment.trim())) continue;
    const encrypted = encryptValue(comment, cipher.dataKey, additionalData(region.path), cipher.nonce(), true);
    out += `${text.slice(at, start)}#${encrypted}`;
    at = end;
  }
  return out + text.slice(at);
}

const belongs = (text: string, { start, end, next, column }: Region, at: number): boolean =>
  at >= start && (at < end || (at < next && columnOf(text, at) > column));

function collect(
  text: string,
  node: unknown,
  path: readonly string[],
  next: number,
  cipher: Omit<ValueCipher, 'before'>,
  regions: Region[],
): void {
  if (!isMap(node)) return;
  const pairs = node.items as Pair[];
  for (const [position, pair] of pairs.entries()) {
    const name = String((pair.key as { value?: unknown } | null)?.value ?? '');
    const following = pairs[position + 1];
    const until = following ? pairStart(following) : next;
    const inside = [...path, name];
    if (!cipher.isEncrypted(inside)) {
      collect(text, pair.value, inside, until, cipher, regions);
      continue;
    }
    const start = colonEnd(pair) ?? pairStart(pair);
    regions.push({
      start,
      end: pairEnd(text, pair),
      next: until,
      column: columnOf(text, pairStart(pair)),
      path: inside,
    });
  }
}

/** Not part of the text: the lexer's own marks. */
const MARKS: ReadonlySet<string> = new Set(['\x02', '\x18', '\x1f']);

function* commentsOf(text: string): Generator<{ start: number; end: number }> {
  let at = 0;
  let afterMark = false;
  for (const token of new Lexer().lex(text)) {
    if (MARKS.has(token)) {
      afterMark = token === '\x1f';
      continue;
    }
    if (!text.startsWith(token, at)) throw new Error('the comments of the file could not be found');
    if (token.startsWith('#') && !afterMark) yield { start: at, end: at + token.length };
    at += token.length;
    afterMark = false;
  }
}
