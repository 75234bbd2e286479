/**
 * Splits the source of a CEL expression into tokens (cel-spec, "Syntax"). Pure; throws a `SyntaxIssue` at what is no token.
 */

import { SyntaxIssue } from './issues.ts';
import { Uint, type Value } from './values.ts';

export interface Token {
  readonly type: 'identifier' | 'literal' | 'operator' | 'end';
  /** As written; of an operator, the operator. */
  readonly text: string;
  readonly at: number;
  /** Of a literal. */
  readonly value?: Value;
}

const INT_MAX = 9_223_372_036_854_775_807n;
const UINT_MAX = 18_446_744_073_709_551_615n;

/** The parser bounds nodes, of which most have one token or two. */
const TOKENS_MAX = 15_000;

const PAIRS = new Set(['==', '!=', '<=', '>=', '&&', '||']);
const SINGLES = new Set('+-*/%<>!?:.,()[]{}');

const SPACE = /(?:[ \t\n\r\f]|\/\/[^\n]*)*/y;
const IDENTIFIER = /[A-Za-z_][A-Za-z0-9_]*/y;
const NUMBER = /0[xX][0-9a-fA-F]+[uU]?|\d+\.\d+(?:[eE][+-]?\d+)?|\d+[eE][+-]?\d+|\.\d+(?:[eE][+-]?\d+)?|\d+[uU]?/y;
const STRING_START = /([rRbB]{0,2})("""|'''|"|')/y;
const ESCAPE = /\\(?:[abfnrtv\\?"'`]|[xX][0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|[0-3][0-7]{2})/y;

const SIMPLE_ESCAPES: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
};

const LITERAL_WORDS: ReadonlyMap<string, Value> = new Map<string, Value>([
  ['true', true],
  ['false', false],
  ['null', null],
]);

/** All tokens, the last one of type `end`. */
export function readTokens(source: string): Token[] {
  const tokens: Token[] = [];
  let at = skip(source, SPACE, 0);
  while (at < source.length) {
    const token = readToken(source, at, tokens.at(-1));
    tokens.push(token);
    if (tokens.length > TOKENS_MAX) throw new SyntaxIssue(at, 'expression is too large');
    at = skip(source, SPACE, at + token.text.length);
  }
  tokens.push({ type: 'end', text: '<EOF>', at: source.length });
  return tokens;
}

function skip(source: string, pattern: RegExp, at: number): number {
  pattern.lastIndex = at;
  return at + (pattern.exec(source)?.[0].length ?? 0);
}

function match(source: string, pattern: RegExp, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(source);
}

function readToken(source: string, at: number, previous: Token | undefined): Token {
  const start = match(source, STRING_START, at);
  if (start && isStringPrefix(start[1]!)) return readString(source, at, start[1]!, start[2]!);
  const word = match(source, IDENTIFIER, at)?.[0];
  if (word) return wordToken(word, at);
  // After a name a dot selects: `a.1` is no number.
  const number = previous && ends(previous) && source[at] === '.' ? undefined : match(source, NUMBER, at)?.[0];
  if (number) return { type: 'literal', text: number, at, value: readNumber(number, at) };
  const pair = source.slice(at, at + 2);
  const operator = PAIRS.has(pair) ? pair : source[at]!;
  if (operator === pair || SINGLES.has(operator)) return { type: 'operator', text: operator, at };
  const character = String.fromCodePoint(source.codePointAt(at)!);
  throw new SyntaxIssue(at, `Syntax error: token recognition error at: '${character}'`);
}

/** True for what a member may follow. */
const ends = ({ type, text }: Token): boolean => type !== 'operator' || text === ')' || text === ']' || text === '}';

const isStringPrefix = (prefix: string): boolean =>
  prefix.length < 2 || prefix[0]!.toLowerCase() !== prefix[1]!.toLowerCase();

function wordToken(word: string, at: number): Token {
  if (word === 'in') return { type: 'operator', text: word, at };
  const literal = LITERAL_WORDS.get(word);
  if (literal !== undefined) return { type: 'literal', text: word, at, value: literal };
  return { type: 'identifier', text: word, at };
}

function readNumber(text: string, at: number): Value {
  const isHex = /^0[xX]/.test(text);
  if (!isHex && /[.eE]/.test(text)) {
    const value = Number(text);
    if (Number.isFinite(value)) return value;
    throw new SyntaxIssue(at, 'Syntax error: invalid double literal');
  }
  if (/[uU]$/.test(text)) {
    const value = BigInt(text.slice(0, -1));
    if (value > UINT_MAX) throw new SyntaxIssue(at, 'Syntax error: invalid uint literal');
    return new Uint(value);
  }
  const value = BigInt(text);
  // One more is right behind a minus: the parser folds it.
  if (value > INT_MAX + 1n) throw new SyntaxIssue(at, 'Syntax error: invalid int literal');
  return value;
}

function readString(source: string, at: number, prefix: string, quote: string): Token {
  const isRaw = /r/i.test(prefix);
  const from = at + prefix.length + quote.length;
  let end = from;
  while (!source.startsWith(quote, end)) {
    const character = source[end];
    if (character === undefined || (quote.length === 1 && (character === '\n' || character === '\r'))) {
      const head = source.slice(at, Math.min(end, at + 64));
      throw new SyntaxIssue(at, `Syntax error: token recognition error at: '${head}'`);
    }
    end += character === '\\' && !isRaw ? 2 : 1;
  }
  const body = source.slice(from, end);
  const isBytes = /b/i.test(prefix);
  const value = isBytes ? decodeBytes(body, isRaw, from) : isRaw ? body : decodeText(body, from);
  return { type: 'literal', text: source.slice(at, end + quote.length), at, value };
}

/** Calls back with runs of plain text and with escapes (without the backslash). */
function eachPart(
  body: string,
  from: number,
  plain: (text: string) => void,
  escapedPart: (escaped: string) => void,
): void {
  let at = 0;
  while (at < body.length) {
    const next = body.indexOf('\\', at);
    plain(body.slice(at, next < 0 ? body.length : next));
    if (next < 0) return;
    const escaped = match(body, ESCAPE, next)?.[0];
    if (!escaped)
      throw new SyntaxIssue(from + next, `Syntax error: token recognition error at: '${body.slice(next, next + 2)}'`);
    escapedPart(escaped.slice(1));
    at = next + escaped.length;
  }
}

const codeOf = (escaped: string): number =>
  /^[xXuU]/.test(escaped) ? Number.parseInt(escaped.slice(1), 16) : Number.parseInt(escaped, 8);

const isNumeric = (escaped: string): boolean => escaped.length > 1;

function decodeText(body: string, from: number): string {
  if (!body.includes('\\')) return body;
  const parts: string[] = [];
  eachPart(
    body,
    from,
    (text) => parts.push(text),
    (escaped) => {
      if (!isNumeric(escaped)) return parts.push(SIMPLE_ESCAPES[escaped] ?? escaped);
      const code = codeOf(escaped);
      if (code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff))
        throw new SyntaxIssue(from, 'invalid unicode code point');
      return parts.push(String.fromCodePoint(code));
    },
  );
  return parts.join('');
}

function decodeBytes(body: string, isRaw: boolean, from: number): Uint8Array {
  if (isRaw) return new TextEncoder().encode(body);
  const bytes: number[] = [];
  const pushText = (text: string) => {
    for (const byte of new TextEncoder().encode(text)) bytes.push(byte);
  };
  eachPart(body, from, pushText, (escaped) => {
    if (!isNumeric(escaped)) return pushText(SIMPLE_ESCAPES[escaped] ?? escaped);
    if (/^[uU]/.test(escaped)) throw new SyntaxIssue(from, 'unable to escapedPart string');
    bytes.push(codeOf(escaped));
  });
  return new Uint8Array(bytes);
}
