/**
 * Reads the plainest form of YAML quickly: block maps and lists, one-line scalars without escapes, literal blocks, one-line lists of words, comments.
 * That is most of what manifests are; the parser takes about ten times as long for the same.
 *
 * Invariant: what it returns is exactly what the parser's way returns, positions and all (test/yaml/plain.test.ts compares the two); whatever it
 * is not sure about is `undefined`, and the parser's turn. So it knows no errors.
 */

import { defineMember } from '../base/json.ts';
import { withScalars } from './convert.ts';
import type { PositionTree } from './position.ts';
import { keyText, NotJsonError, resolvePlain } from './scalar.ts';

export interface PlainDocument {
  readonly value: Record<string, unknown>;
  readonly positions: PositionTree;
}

interface Read {
  value: unknown;
  positions: PositionTree;
}

/** No tabs, no other line ends than LF, no byte order marks, nothing beyond the basic plane. */
const PLAIN_TEXT = /^[\n\x20-\x7e\u00a1-\u2027\u202a-\ud7ff]*$/;
/** Far below the parser's own bounds, and the stack's. */
const DEPTH_MAX = 32;
const VALUES_MAX = 20_000;

/** `name:` before a space or the line's end. */
const KEY = /[A-Za-z_./][\w./-]*:(?=[ \n])/y;
/** A scalar to its line's end that begins as neither an indicator nor a quote. */
const SCALAR = /(?:[A-Za-z0-9_./+~^$(;=\\]|-(?=[^ \n]))[^\n]*/y;
/** What would make a plain scalar a key. */
const LIKE_KEY = /:(?: |$)/;
const QUOTED = /(?:"[^"\\\n]*"|'[^'\n]*')(?= *(?: #.*)?\n)/y;
/** Inside brackets and braces: a word or a quoted text, and a name. */
const FLOW_SCALAR = /(?:"[^"\\\n]*"|'[^'\n]*'|(?:[A-Za-z0-9_./$]|-(?=[\w-]))[\w./$=-]*)(?= *[,\]}])/y;
const FLOW_KEY = /[A-Za-z_./][\w./-]*:(?= )/y;
/** Behind a value that ends by itself. */
const LINE_END = / *(?: #.*)?(?=\n)/y;
const LITERAL = /\|-?(?=\n)/y;

/** Thrown (once, without a stack) when the text is not as plain as that. */
const NOT_SURE = new Error('not plain');

function matchAt(pattern: RegExp, text: string, at: number): string | undefined {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0];
}

function withoutComment(scalar: string): string {
  const comment = scalar.indexOf(' #');
  return (comment < 0 ? scalar : scalar.slice(0, comment)).trimEnd();
}

class PlainReader {
  readonly #text: string;
  /** The current line with content: its offset, the offset of its content, and how far that is indented. */
  #lineAt = 0;
  #at = 0;
  #indent = -1;
  #values = 0;
  /** Behind what was last read inside brackets or braces. */
  #flowEnd = 0;
  /** The current line is `---`, or there is none. */
  #atEnd = false;

  constructor(text: string) {
    this.#text = text;
    this.#seek(0);
  }

  documents(): PlainDocument[] {
    const documents: PlainDocument[] = [];
    if (this.#isSeparator()) this.#seek(this.#lineAt + 4);
    for (;;) {
      // A document without content is the parser's to count.
      if (this.#atEnd || this.#indent !== 0) throw NOT_SURE;
      const { value, positions } = this.#map(0, 0);
      documents.push({ value: value as Record<string, unknown>, positions });
      if (!this.#atEnd) throw NOT_SURE;
      if (!this.#isSeparator()) return documents;
      this.#seek(this.#lineAt + 4);
    }
  }

  #isSeparator(): boolean {
    return this.#text.startsWith('---\n', this.#lineAt);
  }

  /** The first line with content at or after `from`, where a line begins. */
  #seek(from: number): void {
    const text = this.#text;
    let lineAt = from;
    for (;;) {
      let at = lineAt;
      while (text.charCodeAt(at) === 0x20) at++;
      const code = text.charCodeAt(at);
      if (Number.isNaN(code) || (at === lineAt && this.#separates(at))) {
        this.#lineAt = lineAt;
        this.#indent = -1;
        this.#atEnd = true;
        return;
      }
      if (code !== 0x0a && code !== 0x23) {
        this.#lineAt = lineAt;
        this.#at = at;
        this.#indent = at - lineAt;
        this.#atEnd = false;
        return;
      }
      lineAt = text.indexOf('\n', at) + 1;
    }
  }

  #separates(at: number): boolean {
    if (this.#text.startsWith('...', at)) throw NOT_SURE;
    if (!this.#text.startsWith('---', at)) return false;
    if (this.#text.charCodeAt(at + 3) !== 0x0a) throw NOT_SURE;
    return true;
  }

  #seekNextLine(): void {
    this.#seek(this.#text.indexOf('\n', this.#at) + 1);
  }

  /** Every deeper line belongs to something that was read before it; here it would be something else. */
  #continues(indent: number): boolean {
    if (this.#indent > indent) throw NOT_SURE;
    return this.#indent === indent;
  }

  #count(depth: number): void {
    if (depth > DEPTH_MAX || ++this.#values > VALUES_MAX) throw NOT_SURE;
  }

  #map(indent: number, depth: number): Read {
    this.#count(depth);
    const value: Record<string, unknown> = {};
    const members = new Map<string, PositionTree>();
    const start = this.#at;
    do {
      const key = this.#at;
      const text = matchAt(KEY, this.#text, key);
      const name = text === undefined ? undefined : keyText(text.slice(0, -1), true, undefined);
      if (name === undefined || members.has(name)) throw NOT_SURE;
      const read = this.#valueOf(key + text!.length, indent, depth + 1);
      defineMember(value, name, read.value);
      members.set(name, { ...read.positions, key });
    } while (this.#continues(indent));
    return { value, positions: { value: start, members } };
  }

  /** What stands behind `key:`, which ends at `at`; `indent` is the map's. */
  #valueOf(at: number, indent: number, depth: number): Read {
    if (matchAt(LINE_END, this.#text, at) === undefined) return this.#inline(at + 1, indent, depth);
    this.#seekNextLine();
    if (this.#indent >= indent && this.#isItem()) return this.#list(this.#indent, depth);
    if (this.#indent <= indent) throw NOT_SURE; // null
    return this.#map(this.#indent, depth);
  }

  #isItem(): boolean {
    return this.#text.charCodeAt(this.#at) === 0x2d && this.#text.charCodeAt(this.#at + 1) === 0x20;
  }

  #list(indent: number, depth: number): Read {
    this.#count(depth);
    const start = this.#at;
    const value: unknown[] = [];
    const items: PositionTree[] = [];
    do {
      if (!this.#isItem()) break; // the next key of the map that the list belongs to
      const read = this.#item(indent, depth + 1);
      value.push(read.value);
      items.push(withScalars(read));
    } while (this.#continues(indent));
    return { value, positions: { value: start, items } };
  }

  #item(indent: number, depth: number): Read {
    this.#at += 2;
    if (matchAt(KEY, this.#text, this.#at) === undefined) return this.#inline(this.#at, indent, depth);
    this.#indent = indent + 2;
    return this.#map(indent + 2, depth);
  }

  /** A scalar at `at`, to the end of its line; it belongs to something indented by `indent`. */
  #inline(at: number, indent: number, depth: number): Read {
    this.#count(depth);
    const positions = { value: at };
    const scalar = matchAt(SCALAR, this.#text, at);
    if (scalar !== undefined) {
      const plain = scalar.includes(' ') ? withoutComment(scalar) : scalar;
      if (LIKE_KEY.test(plain)) throw NOT_SURE;
      this.#seekNextLine();
      return { value: resolvePlain(plain), positions };
    }
    const quoted = matchAt(QUOTED, this.#text, at);
    if (quoted !== undefined) {
      this.#seekNextLine();
      return { value: quoted.slice(1, -1), positions };
    }
    const literal = matchAt(LITERAL, this.#text, at);
    if (literal !== undefined) return { value: this.#literal(literal, indent), positions };
    const flow = this.#flow(at, depth);
    if (matchAt(LINE_END, this.#text, this.#flowEnd) === undefined) throw NOT_SURE;
    this.#seekNextLine();
    return flow;
  }

  /** `[a, "b c"]`, `{a: 1, b: []}`, on one line. */
  #flow(start: number, depth: number): Read {
    const open = this.#text[start];
    if (open !== '[' && open !== '{') throw NOT_SURE;
    return open === '[' ? this.#flowList(start, depth) : this.#flowMap(start, depth);
  }

  #flowList(start: number, depth: number): Read {
    const value: unknown[] = [];
    const items: PositionTree[] = [];
    for (let at = this.#flowStart(start, ']'); at >= 0; at = this.#flowNext(']')) {
      const read = this.#flowValue(at, depth + 1);
      value.push(read.value);
      items.push(withScalars(read));
    }
    return { value, positions: { value: start, items } };
  }

  #flowMap(start: number, depth: number): Read {
    const value: Record<string, unknown> = {};
    const members = new Map<string, PositionTree>();
    for (let at = this.#flowStart(start, '}'); at >= 0; at = this.#flowNext('}')) {
      const text = matchAt(FLOW_KEY, this.#text, at);
      const name = text === undefined ? undefined : keyText(text.slice(0, -1), true, undefined);
      if (name === undefined || members.has(name)) throw NOT_SURE;
      const read = this.#flowValue(this.#skipSpaces(at + text!.length), depth + 1);
      defineMember(value, name, read.value);
      members.set(name, { ...read.positions, key: at });
    }
    return { value, positions: { value: start, members } };
  }

  #flowValue(at: number, depth: number): Read {
    this.#count(depth);
    const scalar = matchAt(FLOW_SCALAR, this.#text, at);
    if (scalar === undefined) return this.#flow(at, depth);
    this.#flowEnd = at + scalar.length;
    return { value: /^["']/.test(scalar) ? scalar.slice(1, -1) : resolvePlain(scalar), positions: { value: at } };
  }

  #skipSpaces(from: number): number {
    let at = from;
    while (this.#text.charCodeAt(at) === 0x20) at++;
    return at;
  }

  /** Where the first item begins, or -1 when there is none. */
  #flowStart(start: number, close: string): number {
    const at = this.#skipSpaces(start + 1);
    this.#flowEnd = at + 1;
    return this.#text[at] === close ? -1 : at;
  }

  /** Where the next item begins, or -1 when that was the last one. */
  #flowNext(close: string): number {
    const end = this.#skipSpaces(this.#flowEnd);
    this.#flowEnd = end + 1;
    if (this.#text[end] === close) return -1;
    const at = this.#skipSpaces(end + 1);
    if (this.#text[end] !== ',' || this.#text[at] === close) throw NOT_SURE;
    return at;
  }

  /** The lines below `|`: as deep as the first of them, or empty. */
  #literal(header: string, outer: number): string {
    const text = this.#text;
    let at = text.indexOf('\n', this.#at) + 1;
    let indent = 0;
    while (text.charCodeAt(at + indent) === 0x20) indent++;
    if (indent <= outer || !(text.charCodeAt(at + indent) > 0x20)) throw NOT_SURE;
    const lines: string[] = [];
    while (at < text.length) {
      const end = text.indexOf('\n', at);
      let content = at;
      while (content < end && text.charCodeAt(content) === 0x20) content++;
      if (content === end && at !== end) throw NOT_SURE; // spaces alone
      if (content < end && content - at < indent) break;
      lines.push(text.slice(at + (content < end ? indent : 0), end));
      at = end + 1;
    }
    this.#seek(at);
    while (lines.at(-1) === '') lines.pop();
    return lines.join('\n') + (header === '|' ? '\n' : '');
  }
}

/** The text's documents, or undefined when it is for the parser. */
export function readPlain(text: string): PlainDocument[] | undefined {
  if (!text.endsWith('\n') || !PLAIN_TEXT.test(text)) return undefined;
  try {
    return new PlainReader(text).documents();
  } catch (error) {
    if (error === NOT_SURE || error instanceof NotJsonError) return undefined;
    throw error;
  }
}
