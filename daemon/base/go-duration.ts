/**
 * Spans of time as Go's `time.ParseDuration` reads them, what it says of those that it cannot read, and how Go writes them.
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

const SECOND = 1_000_000_000n;
const MINUTE = 60n * SECOND;
const HOUR = 60n * MINUTE;
const NANOS: Readonly<Record<string, bigint>> = {
  ...{ ns: 1n, us: 1_000n, µs: 1_000n, μs: 1_000n, ms: 1_000_000n },
  ...{ s: SECOND, m: MINUTE, h: HOUR },
};

/** In nanoseconds; undefined for what is none. */
export function parseGoDuration(text: string): bigint | undefined {
  if (goDurationProblem(text) !== undefined) return undefined;
  let nanos = 0n;
  for (const [, whole = '', fraction = '', unit = ''] of text.matchAll(/(\d*)(?:\.(\d*))?([a-zµμ]+)/g)) {
    const scale = NANOS[unit]!;
    nanos += BigInt(whole) * scale + (BigInt(fraction) * scale) / 10n ** BigInt(fraction.length);
  }
  return text.startsWith('-') ? -nanos : nanos;
}

/** `1h0m5s`, `10.002s`, `1.5ms`, of nanoseconds. */
export function formatGoDuration(nanos: bigint): string {
  if (nanos < 0n) return `-${formatGoDuration(-nanos)}`;
  if (nanos === 0n) return '0s';
  if (nanos < 1_000n) return `${nanos}ns`;
  if (nanos < 1_000_000n) return `${decimal(nanos, 1_000n)}µs`;
  if (nanos < SECOND) return `${decimal(nanos, 1_000_000n)}ms`;
  const seconds = `${decimal(nanos % MINUTE, SECOND)}s`;
  if (nanos < MINUTE) return seconds;
  const minutes = `${(nanos % HOUR) / MINUTE}m${seconds}`;
  return nanos < HOUR ? minutes : `${nanos / HOUR}h${minutes}`;
}

/** As many digits behind the point as there are. */
function decimal(amount: bigint, unit: bigint): string {
  const fraction = String(amount % unit)
    .padStart(String(unit).length - 1, '0')
    .replace(/0+$/, '');
  return fraction === '' ? String(amount / unit) : `${amount / unit}.${fraction}`;
}
