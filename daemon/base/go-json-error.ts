/**
 * What Go's `encoding/json` says of a text that is no JSON, which is what clients of the API server are used to read:
 * `invalid character '}' looking for beginning of object key string`. Pure; for texts that `JSON.parse` refuses. Iterative: depth costs no stack.
 */

const END = 'unexpected end of JSON input';

/** Go's `quoteChar`: it looks at bytes, so only the first byte of a character is named. */
function quoteCharacter(text: string, at: number): string {
  const byte = Buffer.from(String.fromCodePoint(text.codePointAt(at)!))[0]!;
  if (byte === 0x27) return "'\\''";
  if (byte === 0x22) return `'"'`;
  const escaped: Record<number, string> = { 7: '\\a', 8: '\\b', 9: '\\t', 10: '\\n', 11: '\\v', 12: '\\f', 13: '\\r' };
  if (escaped[byte]) return `'${escaped[byte]}'`;
  if (byte === 0x5c) return "'\\\\'";
  if (byte < 0x20 || byte === 0x7f) return `'\\x${byte.toString(16).padStart(2, '0')}'`;
  if (byte >= 0x80 && byte <= 0xa0) return `'\\u00${byte.toString(16)}'`;
  return byte === 0xad ? "'\\u00ad'" : `'${String.fromCharCode(byte)}'`;
}

const invalid = (text: string, at: number, where: string): string =>
  at >= text.length ? END : `invalid character ${quoteCharacter(text, at)} ${where}`;

const skipSpace = (text: string, at: number): number => {
  while (at < text.length && ' \t\r\n'.includes(text[at]!)) at++;
  return at;
};

/** Where the scalar that begins at `at` ends, or what is wrong with it. */
type Scanned = number | string;

const ESCAPED = '"\\/bfnrt';

function scanString(text: string, at: number): Scanned {
  for (at++; at < text.length; at++) {
    const character = text[at]!;
    if (character === '"') return at + 1;
    if (character < ' ') return invalid(text, at, 'in string literal');
    if (character !== '\\') continue;
    at++;
    if (text[at] === 'u') {
      for (let digit = 1; digit <= 4; digit++)
        if (!/[0-9a-fA-F]/.test(text[at + digit] ?? ''))
          return invalid(text, at + digit, 'in \\u hexadecimal character escape');
      at += 4;
    } else if (at >= text.length || !ESCAPED.includes(text[at]!)) return invalid(text, at, 'in string escape code');
  }
  return END;
}

const isDigit = (text: string, at: number): boolean => /[0-9]/.test(text[at] ?? '');

function scanNumber(text: string, at: number): Scanned {
  const digits = (): void => {
    while (isDigit(text, at)) at++;
  };
  if (text[at] === '-') at++;
  if (!isDigit(text, at)) return invalid(text, at, 'in numeric literal');
  if (text[at] === '0') at++;
  else digits();
  if (text[at] === '.') {
    at++;
    if (!isDigit(text, at)) return invalid(text, at, 'after decimal point in numeric literal');
    digits();
  }
  if (text[at] === 'e' || text[at] === 'E') {
    at++;
    if (text[at] === '+' || text[at] === '-') at++;
    if (!isDigit(text, at)) return invalid(text, at, 'in exponent of numeric literal');
    digits();
  }
  return at;
}

function scanWord(text: string, at: number, word: string): Scanned {
  for (let index = 1; index < word.length; index++)
    if (text[at + index] !== word[index])
      return invalid(text, at + index, `in literal ${word} (expecting '${word[index]}')`);
  return at + word.length;
}

function scanScalar(text: string, at: number): Scanned {
  switch (text[at]) {
    case '"':
      return scanString(text, at);
    case 't':
      return scanWord(text, at, 'true');
    case 'f':
      return scanWord(text, at, 'false');
    case 'n':
      return scanWord(text, at, 'null');
    default:
      if (text[at] === '-' || isDigit(text, at)) return scanNumber(text, at);
      return invalid(text, at, 'looking for beginning of value');
  }
}

const CLOSING = { object: '}', array: ']' } as const;
type Container = keyof typeof CLOSING;

/** A member's name and its colon; returns where its value begins. */
function scanKey(text: string, at: number): Scanned {
  if (text[at] !== '"') return invalid(text, at, 'looking for beginning of object key string');
  const end = scanString(text, at);
  if (typeof end === 'string') return end;
  const colon = skipSpace(text, end);
  return text[colon] === ':' ? skipSpace(text, colon + 1) : invalid(text, colon, 'after object key');
}

/** Closes what ends at `at` and goes on behind the next comma; returns where the next value begins, or the end of the text. */
function scanAfterValue(text: string, at: number, open: Container[]): Scanned {
  for (at = skipSpace(text, at); open.length > 0; at = skipSpace(text, at + 1)) {
    const container = open.at(-1)!;
    if (text[at] === ',') {
      at = skipSpace(text, at + 1);
      return container === 'object' ? scanKey(text, at) : at;
    }
    if (text[at] !== CLOSING[container])
      return invalid(text, at, container === 'object' ? 'after object key:value pair' : 'after array element');
    open.pop();
  }
  return at === text.length ? at : invalid(text, at, 'after top-level value');
}

/** The first thing wrong with `text`, or undefined when it is JSON. */
export function goJsonError(text: string): string | undefined {
  const open: Container[] = [];
  let at = skipSpace(text, 0);
  for (;;) {
    let next: Scanned;
    const container = text[at] === '{' ? 'object' : text[at] === '[' ? 'array' : undefined;
    if (!container) next = scanScalar(text, at);
    else {
      at = skipSpace(text, at + 1);
      if (text[at] === CLOSING[container]) next = at + 1;
      else {
        open.push(container);
        next = container === 'object' ? scanKey(text, at) : at;
        if (typeof next === 'string') return next;
        at = next;
        continue;
      }
    }
    if (typeof next === 'string') return next;
    next = scanAfterValue(text, next, open);
    if (typeof next === 'string') return next;
    at = next;
    if (open.length === 0) return undefined;
  }
}
