/**
 * What is wrong with an expression, told as cel-go tells it: `ERROR: <input>:1:8: undefined field 'x'`, the line, and a mark under the place.
 */

export interface Issue {
  /** Offset in the source. */
  readonly at: number;
  readonly message: string;
}

/** Further issues of one expression are not told: the text would grow with what a hostile client sends. */
const ISSUES_MAX = 100;
/** A longer line is told without its text. */
const SNIPPET_LENGTH_MAX = 32_768;

/** A mistake of syntax ends the parsing. */
export class SyntaxIssue extends Error {
  readonly at: number;
  constructor(at: number, message: string) {
    super(message);
    this.at = at;
  }
}

/** All issues in the order of their places, as one text. */
export function formatIssues(source: string, issues: readonly Issue[]): string {
  const told = [...issues].sort((a, b) => a.at - b.at).slice(0, ISSUES_MAX);
  return told.map((issue) => formatIssue(source, issue)).join('\n');
}

function formatIssue(source: string, { at, message }: Issue): string {
  const before = source.slice(0, at).split('\n');
  const line = before.length;
  const prefix = [...(before[line - 1] ?? '')];
  const head = `ERROR: <input>:${line}:${prefix.length + 1}: ${message}`;
  const text = (source.split('\n')[line - 1] ?? '').replaceAll('\t', ' ');
  if (text.length > SNIPPET_LENGTH_MAX) return head;
  // Beyond ASCII a character is as wide as two: so are its dot and its mark.
  const dots = prefix.map((character) => (isWide(character) ? '．' : '.')).join('');
  const marked = [...text][prefix.length];
  return `${head}\n | ${text}\n | ${dots}${marked && isWide(marked) ? '＾' : '^'}`;
}

const isWide = (character: string): boolean => character.codePointAt(0)! > 127;
