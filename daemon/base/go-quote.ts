/**
 * Go's `%q` (strconv.Quote): what upstream prints differs from JSON in control characters and in what is not printable.
 */

/** The escapes that have a letter (Go's %q, and CEL's strings.quote). */
export const SHORT_ESCAPES: Readonly<Record<string, string>> = {
  '\x07': '\\a',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\v': '\\v',
  '"': '\\"',
  '\\': '\\\\',
};
/** unicode.IsPrint: letters, marks, numbers, punctuation, symbols, and of the spaces only U+0020. */
const PRINTABLE = /^[\p{L}\p{M}\p{N}\p{P}\p{S} ]$/u;

/** Texts of these characters alone are quoted as JSON quotes them. */
const PLAIN = /^[ -~]*$/;

export function goQuote(text: string): string {
  if (PLAIN.test(text)) return JSON.stringify(text);
  return `"${[...text.toWellFormed()].map(quoteOne).join('')}"`;
}

function quoteOne(one: string): string {
  const short = SHORT_ESCAPES[one];
  if (short !== undefined) return short;
  if (PRINTABLE.test(one)) return one;
  const code = one.codePointAt(0) ?? 0;
  if (code < 0x80) return `\\x${code.toString(16).padStart(2, '0')}`;
  return code < 0x10000 ? `\\u${code.toString(16).padStart(4, '0')}` : `\\U${code.toString(16).padStart(8, '0')}`;
}
