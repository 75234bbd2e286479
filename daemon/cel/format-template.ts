/**
 * `"%s is %d".format([…])`: cel-go's formatting of values, and its quoting. Pure.
 */

import { SHORT_ESCAPES } from '../base/go-quote.ts';
import { CelError } from './errors.ts';
import { formatDouble } from './numbers.ts';
import { formatDuration, formatTimestamp } from './time.ts';
import { Duration, List, MapValue, Optional, Timestamp, TypeValue, typeNameOf, Uint, type Value } from './values.ts';

/** Bounds what one list or map in a list becomes: nothing that people read is deeper. */
const DEPTH_MAX = 32;
/** What one format makes at most. */
const LENGTH_MAX = 1_000_000;
const PRECISION_DEFAULT = 6;
/** More digits than a double has; Go goes on with zeros. */
const PRECISION_MAX = 100;

const CLAUSE = /%(?:\.(\d+))?([a-zA-Z%])/g;

export function formatTemplate(template: string, args: List): string {
  let next = 0;
  let length = 0;
  const text = template.replace(CLAUSE, (_, precision: string | undefined, verb: string) => {
    if (verb === '%') return '%';
    if (next >= args.size) throw new CelError(`index ${next} out of range`);
    const formatted = formatVerb(
      verb,
      args.at(next++),
      precision === undefined ? PRECISION_DEFAULT : Number(precision),
    );
    length += formatted.length;
    if (length > LENGTH_MAX) throw new CelError('formatted string is too long');
    return formatted;
  });
  return text;
}

function formatVerb(verb: string, value: Value, precision: number): string {
  if (precision > PRECISION_MAX) throw new CelError(`precision ${precision} is too large`);
  switch (verb) {
    case 's':
      return formatValue(value, 0);
    case 'd':
      return formatDecimal(value);
    case 'f':
      return formatFixed(doubleOf(value, 'f'), precision);
    case 'e':
      return formatScientific(doubleOf(value, 'e'), precision);
    case 'b':
      if (typeof value === 'boolean') return value ? '1' : '0';
      return integerOf(value, 'b').toString(2);
    case 'o':
      return integerOf(value, 'o').toString(8);
    case 'x':
      return formatHex(value);
    case 'X':
      return formatHex(value).toUpperCase();
    default:
      throw new CelError(`unrecognized formatting clause "${verb}"`);
  }
}

function formatDecimal(value: Value): string {
  if (typeof value === 'number' && !Number.isFinite(value)) return formatSpecial(value);
  return String(integerOf(value, 'd'));
}

function integerOf(value: Value, verb: string): bigint {
  if (typeof value === 'bigint') return value;
  if (value instanceof Uint) return value.value;
  throw new CelError(
    `error during formatting: ${verb} clause can only be used on integers, was given ${typeNameOf(value)}`,
  );
}

function doubleOf(value: Value, verb: string): number {
  if (typeof value === 'number') return value;
  if (value === 'NaN') return Number.NaN;
  if (value === 'Infinity' || value === '-Infinity') return Number(value);
  const what = verb === 'f' ? 'fixed-point' : 'scientific';
  throw new CelError(
    `error during formatting: ${what} clause can only be used on doubles, was given ${typeNameOf(value)}`,
  );
}

const formatSpecial = (value: number): string => (Number.isNaN(value) ? 'NaN' : value > 0 ? 'Infinity' : '-Infinity');

const formatFixed = (value: number, precision: number): string =>
  Number.isFinite(value) ? value.toFixed(precision) : formatSpecial(value);

function formatScientific(value: number, precision: number): string {
  if (!Number.isFinite(value)) return formatSpecial(value);
  return value.toExponential(precision).replace(/e([+-])(\d)$/, 'e$10$2');
}

function formatHex(value: Value): string {
  if (typeof value === 'string') return Buffer.from(value).toString('hex');
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex');
  return integerOf(value, 'x').toString(16);
}

/** As `%s` has it. */
function formatValue(value: Value, depth: number): string {
  if (depth > DEPTH_MAX) throw new CelError('value is nested too deeply to be formatted');
  if (typeof value === 'string') return value;
  if (value === null) return 'null';
  if (typeof value === 'boolean' || typeof value === 'bigint') return String(value);
  if (typeof value === 'number') return Number.isFinite(value) ? formatDouble(value) : formatSpecial(value);
  if (value instanceof Uint) return String(value.value);
  if (value instanceof Uint8Array) return Buffer.from(value).toString('utf8');
  if (value instanceof Timestamp) return formatTimestamp(value);
  if (value instanceof Duration) return formatDuration(value);
  if (value instanceof TypeValue) return value.name;
  if (value instanceof List) return `[${[...value].map((element) => formatValue(element, depth + 1)).join(', ')}]`;
  if (value instanceof MapValue) return formatMap(value, depth);
  const name = value instanceof Optional ? 'optional_type' : typeNameOf(value);
  throw new CelError(
    `error during formatting: string clause can only be used on strings, bools, bytes, ints, doubles, maps, lists, types, durations, and timestamps, was given ${name}`,
  );
}

function formatMap(map: MapValue, depth: number): string {
  const entries = [...map.keys()].map(
    (key) => [formatValue(key, depth + 1), formatValue(map.get(key)!, depth + 1)] as const,
  );
  entries.sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([key, value]) => `${key}: ${value}`).join(', ')}}`;
}

/**
 * `strings.quote`: in double quotes, with Go's lettered escapes. Unlike Go's %q (`goQuote`) it leaves every other character
 * as it is, control characters too (cel-go, ext/strings.go).
 */
export function quote(text: string): string {
  return `"${text.toWellFormed().replace(/[\x07\b\f\n\r\t\v\\"]/g, (character) => SHORT_ESCAPES[character]!)}"`;
}
