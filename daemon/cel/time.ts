/**
 * Times and durations as CEL reads and writes them: RFC 3339 and Go's durations, in nanoseconds. Pure.
 */

import { CelError } from './errors.ts';
import { Duration, Timestamp } from './values.ts';

const SECOND = 1_000_000_000n;
/** 0001-01-01T00:00:00Z and 9999-12-31T23:59:59.999999999Z, the range of google.protobuf.Timestamp. */
const TIME_MIN = -62_135_596_800n * SECOND;
const TIME_MAX = 253_402_300_800n * SECOND - 1n;
const INT_MIN = -(2n ** 63n);
const INT_MAX = 2n ** 63n - 1n;

const UNITS: Readonly<Record<string, bigint>> = {
  ns: 1n,
  us: 1_000n,
  µs: 1_000n,
  μs: 1_000n,
  ms: 1_000_000n,
  s: SECOND,
  m: 60n * SECOND,
  h: 3600n * SECOND,
};

const DURATION_TEXT = /^[+-]?(?:0|(?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+)$/;
const DURATION_PART = /(\d*)\.?(\d*)(ns|us|µs|μs|ms|s|m|h)/g;
/** Longer texts are no duration that anyone wrote. */
const DURATION_LENGTH_MAX = 256;

/** `1h30m`, as Go's `time.ParseDuration`; undefined for what is none. */
export function parseDuration(text: string): Duration | undefined {
  if (text.length > DURATION_LENGTH_MAX || !DURATION_TEXT.test(text)) return undefined;
  let nanos = 0n;
  for (const [, whole = '', fraction = '', unit = ''] of text.matchAll(DURATION_PART)) {
    const scale = UNITS[unit]!;
    nanos += BigInt(whole || '0') * scale + (BigInt(fraction || '0') * scale) / 10n ** BigInt(fraction.length);
  }
  if (text.startsWith('-')) nanos = -nanos;
  return nanos < INT_MIN || nanos > INT_MAX ? undefined : new Duration(nanos);
}

/** Seconds with as many digits as needed: `5400s`, `0.5s`. */
export function formatDuration({ nanos }: Duration): string {
  const absolute = nanos < 0n ? -nanos : nanos;
  const fraction = (absolute % SECOND).toString().padStart(9, '0').replace(/0+$/, '');
  return `${nanos < 0n ? '-' : ''}${absolute / SECOND}${fraction ? `.${fraction}` : ''}s`;
}

const TIME_TEXT = /^(\d{4})-(\d\d)-(\d\d)[Tt](\d\d):(\d\d):(\d\d)(?:\.(\d{1,9})\d*)?([Zz]|[+-]\d\d:\d\d)$/;

/** RFC 3339; undefined for what is none. */
export function parseTimestamp(text: string): Timestamp | undefined {
  const match = TIME_TEXT.exec(text);
  if (!match) return undefined;
  const [, year, month, day, hour, minute, second, fraction = '', zone] = match;
  const ms = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}${zone!.toUpperCase()}`);
  // JavaScript takes February 30 for March 1.
  if (Number.isNaN(ms) || Number(day) > new Date(Date.UTC(Number(year), Number(month), 0)).getUTCDate())
    return undefined;
  const nanos = BigInt(ms) * 1_000_000n + BigInt(fraction.padEnd(9, '0'));
  return nanos < TIME_MIN || nanos > TIME_MAX ? undefined : new Timestamp(nanos);
}

/** `2006-01-02`, the format `date`; undefined for what is none. */
export function parseDate(text: string): Timestamp | undefined {
  return /^\d{4}-\d\d-\d\d$/.test(text) ? parseTimestamp(`${text}T00:00:00Z`) : undefined;
}

/** In UTC, with as many digits of a second as needed. */
export function formatTimestamp({ nanos }: Timestamp): string {
  const seconds = floorDivide(nanos, SECOND);
  const fraction = (nanos - seconds * SECOND).toString().padStart(9, '0').replace(/0+$/, '');
  const whole = new Date(Number(seconds) * 1000).toISOString().slice(0, 19);
  return `${whole}${fraction ? `.${fraction}` : ''}Z`;
}

function floorDivide(a: bigint, b: bigint): bigint {
  const quotient = a / b;
  return a % b < 0n ? quotient - 1n : quotient;
}

export function checkTimestamp(nanos: bigint): Timestamp {
  if (nanos >= TIME_MIN && nanos <= TIME_MAX) return new Timestamp(nanos);
  throw new CelError('timestamp overflow');
}

export function checkDuration(nanos: bigint): Duration {
  if (nanos >= INT_MIN && nanos <= INT_MAX) return new Duration(nanos);
  throw new CelError('duration overflow');
}

export interface CalendarTime {
  readonly year: number;
  /** 0 to 11. */
  readonly month: number;
  /** 1 to 31. */
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  readonly millisecond: number;
  /** 0 is Sunday. */
  readonly weekday: number;
  /** 0 to 365. */
  readonly dayOfYear: number;
}

const DAY_MS = 86_400_000;

/** What a calendar shows in a zone: an IANA name, `+02:00` or `UTC`. */
export function calendarOf({ nanos }: Timestamp, zone: string): CalendarTime {
  const utc = Number(floorDivide(nanos, 1_000_000n));
  const local = new Date(utc + offsetOf(utc, zone));
  const midnight = Date.UTC(2000, local.getUTCMonth(), local.getUTCDate());
  const year = local.getUTCFullYear();
  const start = new Date(midnight).setUTCFullYear(year, 0, 1);
  return {
    year,
    month: local.getUTCMonth(),
    day: local.getUTCDate(),
    hour: local.getUTCHours(),
    minute: local.getUTCMinutes(),
    second: local.getUTCSeconds(),
    millisecond: local.getUTCMilliseconds(),
    weekday: local.getUTCDay(),
    dayOfYear: Math.floor((local.getTime() - start) / DAY_MS),
  };
}

/** Milliseconds that the zone is ahead of UTC. */
function offsetOf(utc: number, zone: string): number {
  if (zone === 'UTC' || zone === '') return 0;
  const fixed = /^([+-]?)(\d\d):(\d\d)$/.exec(zone);
  if (fixed) return (fixed[1] === '-' ? -1 : 1) * (Number(fixed[2]) * 60 + Number(fixed[3])) * 60_000;
  try {
    const options = { timeZone: zone, hourCycle: 'h23', year: 'numeric', month: 'numeric', day: 'numeric' } as const;
    const clock = { hour: 'numeric', minute: 'numeric', second: 'numeric' } as const;
    const parts = new Intl.DateTimeFormat('en-US', { ...options, ...clock }).formatToParts(utc);
    const part = (type: string) => Number(parts.find((each) => each.type === type)?.value);
    const shown = Date.UTC(part('year'), part('month') - 1, part('day'), part('hour'), part('minute'), part('second'));
    return shown - Math.floor(utc / 1000) * 1000;
  } catch {
    throw new CelError(`unknown time zone ${zone}`);
  }
}
