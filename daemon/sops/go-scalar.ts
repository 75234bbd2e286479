/**
 * What an unencrypted scalar is to SOPS when it computes the MAC: as go-yaml v3 reads it, which is not quite as Kubernetes reads it (`yes` is text
 * there). Pure.
 */

import { bytesOf } from './value.ts';

const NULLS: ReadonlySet<string> = new Set(['', '~', 'null', 'Null', 'NULL']);
const BOOLEANS: ReadonlyMap<string, boolean> = new Map([
  ...['true', 'True', 'TRUE'].map((word) => [word, true] as const),
  ...['false', 'False', 'FALSE'].map((word) => [word, false] as const),
]);
const INTEGER = /^([-+]?)(?:0[xX]([0-9a-fA-F]+)|0[bB]([01]+)|0[oO]?([0-7]+)|(0|[1-9][0-9]*))$/;
const FLOAT = /^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$/;
const TIMESTAMP =
  /^\d{4}-\d{1,2}-\d{1,2}(?:[Tt]\d{1,2}:\d{1,2}:\d{1,2}(?:\.\d+)?(?:Z|[-+]\d\d:\d\d)| \d{1,2}:\d{1,2}:\d{1,2}(?:\.\d+)?)?$/;

/** The bytes that go into the MAC; undefined for null, which SOPS passes over. */
export function macBytesOf(text: string, plain: boolean): string | undefined {
  if (!plain) return text;
  if (NULLS.has(text)) return undefined;
  const word = BOOLEANS.get(text);
  if (word !== undefined) return bytesOf(word);
  if (!/^[-+.0-9]/.test(text)) return text;
  if (TIMESTAMP.test(text)) return timestampOf(text) ?? text;
  const digits = text.replaceAll('_', '');
  return integerOf(digits) ?? (FLOAT.test(digits) ? bytesOf(Number(digits)) : text);
}

function integerOf(text: string): string | undefined {
  const match = INTEGER.exec(text);
  if (!match) return undefined;
  const [, sign, hex, binary, octal, decimal] = match;
  const value = BigInt(hex ? `0x${hex}` : binary ? `0b${binary}` : octal ? `0o${octal}` : decimal!);
  if (value > 0xffff_ffff_ffff_ffffn) return undefined;
  return sign === '-' ? String(-value) : String(value);
}

/** Go's RFC3339Nano of a time in UTC; with an offset it is left as it is written. */
function timestampOf(text: string): string | undefined {
  const [, year, month, day, hour = '0', minute = '0', second = '0', fraction = '', zone = 'Z'] =
    /^(\d{4})-(\d+)-(\d+)(?:[Tt ](\d+):(\d+):(\d+)(\.\d+)?(Z|[-+]\d\d:\d\d)?)?$/.exec(text) ?? [];
  if (year === undefined) return undefined;
  const two = (part: string | undefined) => String(part).padStart(2, '0');
  const nanoseconds = fraction.replace(/0+$/, '').replace(/^\.$/, '');
  return `${year}-${two(month)}-${two(day)}T${two(hour)}:${two(minute)}:${two(second)}${nanoseconds}${zone}`;
}
