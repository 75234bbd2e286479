/**
 * Spans of time as Go's `time.ParseDuration` reads them, and what it says of those that it cannot read.
 */

import { goQuote } from './go-quote.ts';

const UNITS: ReadonlySet<string> = new Set(['ns', 'us', 'µs', 'μs', 'ms', 's', 'm', 'h']);
/** A number, perhaps with a fraction, and what stands between it and the next one. */
const PART = /(\d*)(?:\.(\d*))?([^.\d]*)/y;

/** Undefined for `1h30m`, `-0.5s` and `0`; else what is wrong with it. */
export function goDurationProblem(text: string): string | undefined {
  const unreadable = `time: invalid duration ${goQuote(text)}`;
  const span = text.replace(/^[-+]/, '');
  if (span === '0') return undefined;
  if (span === '') return unreadable;
  PART.lastIndex = 0;
  while (PART.lastIndex < span.length) {
    const [, whole = '', fraction = '', unit = ''] = PART.exec(span)!;
    if (whole + fraction === '') return unreadable;
    if (unit === '') return `time: missing unit in duration ${goQuote(text)}`;
    if (!UNITS.has(unit)) return `time: unknown unit ${goQuote(unit)} in duration ${goQuote(text)}`;
  }
  return undefined;
}
