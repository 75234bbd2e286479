/**
 * Finds functions and their lengths in formatted source, by indentation: a function ends where its first line's indentation comes back with a brace.
 * Nested functions count for themselves and for the one around them. It relies on the formatter; it is no parser.
 */

export interface FoundFunction {
  readonly name: string;
  /** The number of its first line, from 1. */
  readonly line: number;
  /** Lines, first and last included. */
  readonly length: number;
}

const MODIFIERS = '(?:(?:export|default|async|static|override|private|get|set) )*';
const HEADS: readonly RegExp[] = [
  new RegExp(`^\\s*${MODIFIERS}function\\b\\*? ?([\\w$]*)`), // function name(
  new RegExp(`^\\s*${MODIFIERS}(?:const|let) ([\\w$]+)\\b.*=> \\{$`), // const name = (…) => {
  /^\s*([\w$'"-]+): (?:async )?(?:\(|[\w$]+ =>).*=> \{$/, // name: (…) => {
  new RegExp(`^\\s*${MODIFIERS}\\*?(#?[\\w$]+)(?:<.*>)?\\(.*\\{$`), // a method
];
/** The last line of a head that the formatter broke over several lines: `): Type {`, `) => {`. */
const HEAD_END = /^\s*\)(?:: .*)?(?: =>)? \{$/;
const STATEMENTS: ReadonlySet<string> = new Set(['if', 'for', 'while', 'switch', 'catch', 'return', 'with', 'do']);

const indentOf = (line: string) => /^ */.exec(line)![0];

/** The function whose body is opened at the end of line `at`, and the line its head begins on; undefined: the brace is something else's. */
function headAt(lines: readonly string[], at: number): { name: string; from: number } | undefined {
  const line = lines[at]!;
  for (const head of HEADS) {
    const name = head.exec(line)?.[1];
    if (name !== undefined) return STATEMENTS.has(name) ? undefined : { name, from: at };
  }
  if (!HEAD_END.test(line)) return undefined;
  const { length: depth } = indentOf(line);
  const from = lines.findLastIndex((before, index) => index < at && before !== '' && indentOf(before).length <= depth);
  const name = /([\w$#]+)(?:<.*>)?(?: = (?:async )?|: (?:async )?)?\($/.exec(lines[from] ?? '')?.[1] ?? '(unnamed)';
  return STATEMENTS.has(name) ? undefined : { name, from };
}

export function findFunctions(text: string): FoundFunction[] {
  const lines = text.split('\n');
  const found: FoundFunction[] = [];
  lines.forEach((line, at) => {
    const head = line.endsWith('{') ? headAt(lines, at) : undefined;
    if (!head) return;
    const end = `${indentOf(line)}}`;
    const last = lines.findIndex((other, index) => index > at && other.startsWith(end));
    if (last >= 0) found.push({ name: head.name, line: head.from + 1, length: last - head.from + 1 });
  });
  return found;
}
