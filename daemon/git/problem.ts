/**
 * What is wrong with a push, and how it is said: file:line:column, object, field, reason, what was expected. Pure.
 * Text from a repository is made inert before it reaches a terminal; values of Secrets never get here (messages come from admission).
 */

import { MESSAGE_LINES_MAX, PROBLEMS_SHOWN_MAX } from './limits.ts';

export interface PushProblem {
  /** Path in the repository; `''`: the push as a whole. */
  readonly file: string;
  /** 1-based. */
  readonly line?: number;
  readonly column?: number;
  /** `deployment default/web` */
  readonly object?: string;
  readonly fieldPath?: string;
  readonly message: string;
  readonly expected?: string;
  /** The second place of a contradiction: `b.yaml:3`. */
  readonly other?: string;
  /** The repository lacks what the commit names. */
  readonly isDamage?: boolean;
}

/** `web.yaml:7:13: deployment default/web: spec.replicas: Invalid value: -1: …; expected: …` */
export function formatProblem(problem: PushProblem): string {
  const { file, line, column, object, fieldPath, message, expected, other } = problem;
  const place = [file, line, column].filter((part) => part !== undefined && part !== '').join(':');
  const parts = [place, object, fieldPath, message].filter(Boolean).join(': ');
  const more = [other ? `the other is at ${other}` : '', expected ? `expected: ${expected}` : ''].filter(Boolean);
  return inert([parts, ...more].join('; '));
}

/** The lines of a refused push, bounded. `problems` is not empty. */
export function formatRefusal(problems: readonly PushProblem[]): string[] {
  const lines = problems.slice(0, PROBLEMS_SHOWN_MAX).flatMap(linesOf);
  const hidden = problems.length - PROBLEMS_SHOWN_MAX;
  if (hidden > 0) lines.push(`reflet: … and ${hidden} more`);
  const count = problems.length === 1 ? '1 problem' : `${problems.length} problems`;
  return [...lines, `reflet: refused: ${count}; nothing was changed`];
}

/** A few of the API's messages have several lines; whatever stands in them, each is seen to be reflet's. */
function linesOf(problem: PushProblem): string[] {
  const [first = '', ...others] = problem.message.split('\n').slice(0, MESSAGE_LINES_MAX);
  return [
    `reflet: ${formatProblem({ ...problem, message: first })}`,
    ...others.map((line) => `reflet:   ${inert(line)}`),
  ];
}

/** Control characters (terminal escapes, line ends) shown as escapes. */
export function inert(text: string): string {
  return text.replace(/[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/g, (character) => {
    const code = character.codePointAt(0)!.toString(16);
    return code.length <= 2 ? `\\x${code.padStart(2, '0')}` : `\\u${code.padStart(4, '0')}`;
  });
}

/** Ordered by file and place, so that the same push always gives the same answer. */
export function sortProblems(problems: readonly PushProblem[]): PushProblem[] {
  return [...problems].sort(
    (a, b) =>
      compareText(a.file, b.file) ||
      (a.line ?? 0) - (b.line ?? 0) ||
      (a.column ?? 0) - (b.column ?? 0) ||
      compareText(a.message, b.message),
  );
}

const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
