/**
 * CEL's standard functions: sizes, conversions between types, texts, times (cel-spec, "Standard Definitions").
 */

import { CelError } from '../errors.ts';
import { formatDouble, parseDouble, parseInteger } from '../numbers.ts';
import { defineFunctions, type Implementation, once, passing } from '../overload.ts';
import { matchesPattern, matchingCost, matchingSteps } from '../pattern.ts';
import * as time from '../time.ts';
import {
  checkInt,
  checkUint,
  Duration,
  sizeOf,
  type Timestamp,
  TypeValue,
  textSize,
  typeNameOf,
  type Uint,
  type Value,
} from '../values.ts';

const identity = (value: Value): Value => value;

/** 2^63 and -2^63, as doubles: none of them is an int. */
function intOfDouble(value: number): bigint {
  if (!(Math.abs(value) < 2 ** 63)) throw new CelError('integer overflow');
  return BigInt(Math.trunc(value));
}

function uintOfDouble(value: number): Uint {
  if (!(value >= 0 && value < 2 ** 64)) throw new CelError('unsigned integer overflow');
  return checkUint(BigInt(Math.trunc(value)));
}

function intOfText(text: string): bigint {
  const value = parseInteger(text);
  if (value === undefined) throw new CelError(`strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`);
  return checkInt(value);
}

function uintOfText(text: string): Uint {
  const value = /^\d+$/.test(text) ? parseInteger(text) : undefined;
  if (value === undefined) throw new CelError(`strconv.ParseUint: parsing ${JSON.stringify(text)}: invalid syntax`);
  return checkUint(value);
}

function doubleOfText(text: string): number {
  const value = parseDouble(text);
  if (value === undefined) throw new CelError(`strconv.ParseFloat: parsing ${JSON.stringify(text)}: invalid syntax`);
  return value;
}

function boolOfText(text: string): boolean {
  if (['true', 'TRUE', 'True', 't', 'T', '1'].includes(text)) return true;
  if (['false', 'FALSE', 'False', 'f', 'F', '0'].includes(text)) return false;
  throw new CelError(`strconv.ParseBool: parsing ${JSON.stringify(text)}: invalid syntax`);
}

function textOfBytes(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new CelError('invalid UTF-8 in bytes, cannot convert to string');
  }
}

function timestampOfText(text: string): Timestamp {
  const parsed = time.parseTimestamp(text);
  if (!parsed) throw new CelError(`type conversion error from 'string' to 'google.protobuf.Timestamp'`);
  return parsed;
}

function durationOfText(text: string): Duration {
  const parsed = time.parseDuration(text);
  if (!parsed) throw new CelError(`time: invalid duration ${JSON.stringify(text)}`);
  return parsed;
}

const SECOND = 1_000_000_000n;
/** Whole seconds since the epoch, downwards. */
const secondsOf = ({ nanos }: Timestamp): bigint => nanos / SECOND - (nanos % SECOND < 0n ? 1n : 0n);

const CONVERSIONS: Readonly<Record<string, Implementation>> = {
  'int(int): int': identity,
  'int(uint): int': ({ value }: Uint) => checkInt(value),
  'int(double): int': intOfDouble,
  'int(string): int': intOfText,
  'int(timestamp): int': secondsOf,
  'int(duration): int': ({ nanos }: Duration) => nanos,
  'uint(uint): uint': identity,
  'uint(int): uint': (value: bigint) => checkUint(value),
  'uint(double): uint': uintOfDouble,
  'uint(string): uint': uintOfText,
  'double(double): double': identity,
  'double(int): double': (value: bigint) => Number(value),
  'double(uint): double': ({ value }: Uint) => Number(value),
  'double(string): double': doubleOfText,
  'bool(bool): bool': identity,
  'bool(string): bool': boolOfText,
  'string(string): string': identity,
  'string(bool): string': (value: boolean) => String(value),
  'string(int): string': (value: bigint) => String(value),
  'string(uint): string': ({ value }: Uint) => String(value),
  'string(double): string': formatDouble,
  'string(bytes): string': [textOfBytes, passing],
  'string(timestamp): string': time.formatTimestamp,
  'string(duration): string': time.formatDuration,
  'bytes(bytes): bytes': identity,
  'bytes(string): bytes': [(text: string) => new TextEncoder().encode(text), passing],
  'timestamp(timestamp): timestamp': identity,
  'timestamp(string): timestamp': timestampOfText,
  'timestamp(int): timestamp': (seconds: bigint) => time.checkTimestamp(seconds * SECOND),
  'duration(duration): duration': identity,
  'duration(string): duration': durationOfText,
  'duration(int): duration': (nanos: bigint) => new Duration(nanos),
  'dyn(A): dyn': identity,
  'type(A): type(A)': (value: Value) => new TypeValue(typeNameOf(value)),
};

const size = (value: Value): bigint => BigInt(typeof value === 'string' ? textSize(value) : sizeOf(value));
const containing = (text: Value, part: Value): number => passing(text) * passing(part);

const TEXTS: Readonly<Record<string, Implementation>> = {
  '(string).contains(string): bool': [
    (text: string, part: string) => text.includes(part),
    (a, b) => containing(a!, b!),
  ],
  '(string).startsWith(string): bool': [
    (text: string, part: string) => text.startsWith(part),
    (_, part) => passing(part!),
  ],
  '(string).endsWith(string): bool': [(text: string, part: string) => text.endsWith(part), (_, part) => passing(part!)],
  'matches(string, string): bool': [matchesPattern, matchingCost, matchingSteps],
  '(string).matches(string): bool': [matchesPattern, matchingCost, matchingSteps],
};

const SIZES: Readonly<Record<string, Implementation>> = Object.fromEntries(
  ['string', 'bytes', 'list(A)', 'map(A, B)'].flatMap((type) => [
    [`size(${type}): int`, size],
    [`(${type}).size(): int`, size],
  ]),
);

const CALENDAR: Readonly<Record<string, (calendar: time.CalendarTime) => number>> = {
  getFullYear: ({ year }) => year,
  getMonth: ({ month }) => month,
  getDayOfYear: ({ dayOfYear }) => dayOfYear,
  getDayOfMonth: ({ day }) => day - 1,
  getDate: ({ day }) => day,
  getDayOfWeek: ({ weekday }) => weekday,
  getHours: ({ hour }) => hour,
  getMinutes: ({ minute }) => minute,
  getSeconds: ({ second }) => second,
  getMilliseconds: ({ millisecond }) => millisecond,
};

const TIMES: Readonly<Record<string, Implementation>> = {
  ...Object.fromEntries(
    Object.entries(CALENDAR).flatMap(([name, read]) => [
      [`(timestamp).${name}(): int`, (at: Timestamp) => BigInt(read(time.calendarOf(at, 'UTC')))],
      // A named zone is looked up, which costs far more than reading a calendar.
      [
        `(timestamp).${name}(string): int`,
        [(at: Timestamp, zone: string) => BigInt(read(time.calendarOf(at, zone))), once, () => 200],
      ],
    ]),
  ),
  '(duration).getHours(): int': ({ nanos }: Duration) => nanos / (3600n * SECOND),
  '(duration).getMinutes(): int': ({ nanos }: Duration) => nanos / (60n * SECOND),
  '(duration).getSeconds(): int': ({ nanos }: Duration) => nanos / SECOND,
  '(duration).getMilliseconds(): int': ({ nanos }: Duration) => (nanos / 1_000_000n) % 1000n,
};

export const STANDARD = defineFunctions({ ...SIZES, ...CONVERSIONS, ...TEXTS, ...TIMES });
