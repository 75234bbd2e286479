/**
 * The string extension (cel-go's `ext.Strings`, version 2) and Kubernetes' `find` and `findAll`. Positions count code points.
 */

import { CelError } from '../errors.ts';
import { formatTemplate, quote } from '../format-template.ts';
import { defineFunctions, passing } from '../overload.ts';
import { compilePattern, findingCost, matchingCost, matchingSteps } from '../pattern.ts';
import { ArrayList, type List, sizeOf, type Value } from '../values.ts';

/** What can be sliced at code points: the text itself when each is one unit. */
const pointsOf = (text: string): string | string[] => (/[\ud800-\udfff]/.test(text) ? [...text] : text);
const joinPoints = (points: string | readonly string[]): string =>
  typeof points === 'string' ? points : points.join('');

function charAt(text: string, index: bigint): string {
  const points = pointsOf(text);
  const at = Number(index);
  if (at < 0 || at > points.length) throw new CelError(`index out of range: ${index}`);
  return points[at] ?? '';
}

function substring(text: string, start: bigint, end?: bigint): string {
  const points = pointsOf(text);
  const from = Number(start);
  const to = end === undefined ? points.length : Number(end);
  if (from < 0 || from > points.length) throw new CelError(`index out of range: ${start}`);
  if (to < 0 || to > points.length) throw new CelError(`index out of range: ${end}`);
  if (from > to) throw new CelError(`invalid substring range. start: ${start}, end: ${end}`);
  return joinPoints(points.slice(from, to));
}

/** In code points; `offset` of either search is where it begins. */
function indexOf(text: string, part: string, offset = 0n): bigint {
  const points = pointsOf(text);
  if (offset < 0n || Number(offset) > points.length) throw new CelError(`index out of range: ${offset}`);
  const from = typeof points === 'string' ? Number(offset) : joinPoints(points.slice(0, Number(offset))).length;
  return inPoints(text, points, text.indexOf(part, from));
}

function lastIndexOf(text: string, part: string, offset?: bigint): bigint {
  const points = pointsOf(text);
  if (offset === undefined) return inPoints(text, points, text.lastIndexOf(part));
  if (offset < 0n || Number(offset) > points.length) throw new CelError(`index out of range: ${offset}`);
  const from = typeof points === 'string' ? Number(offset) : joinPoints(points.slice(0, Number(offset))).length;
  return inPoints(text, points, text.lastIndexOf(part, from));
}

function inPoints(text: string, points: string | string[], units: number): bigint {
  if (units < 0 || typeof points === 'string') return BigInt(units);
  return BigInt([...text.slice(0, units)].length);
}

function join(list: List, separator = ''): string {
  const parts: string[] = [];
  for (const part of list) {
    if (typeof part !== 'string') throw new CelError(`join: invalid input: ${typeof part}`);
    parts.push(part);
  }
  return parts.join(separator);
}

const joining = (list?: Value, separator?: Value): number => {
  let length = 0;
  for (const part of list as List) length += sizeOf(part) + (separator === undefined ? 0 : sizeOf(separator));
  return Math.ceil(length * 0.1) + sizeOf(list!);
};

function replace(text: string, from: string, to: string, limit = -1n): string {
  if (limit < 0n) return text.replaceAll(from, () => to);
  let rest = Number(limit);
  return text.replaceAll(from, (found) => (rest-- > 0 ? to : found));
}

/** As long as the text may become: an empty `from` is found between all characters. */
const replacing = (text?: Value, from?: Value, to?: Value): number => {
  const length = sizeOf(text!);
  const found = Math.min(length + 1, Math.floor(length / Math.max(1, sizeOf(from!))) + 1);
  return Math.ceil((length + found * sizeOf(to!)) * 0.1);
};

function split(text: string, separator: string, limit = -1n): ArrayList {
  if (limit === 0n) return new ArrayList([]);
  const parts = separator === '' ? [...text] : text.split(separator);
  const count = Number(limit);
  if (count < 0 || parts.length <= count) return new ArrayList(parts);
  return new ArrayList([...parts.slice(0, count - 1), parts.slice(count - 1).join(separator)]);
}

const lower = (text: string): string => text.replace(/[A-Z]+/g, (upper) => upper.toLowerCase());
const upper = (text: string): string => text.replace(/[a-z]+/g, (small) => small.toUpperCase());
/** Unicode's White_Space, which JavaScript's `trim` knows but for U+0085; it takes U+FEFF, which is none. */
const trim = (text: string): string =>
  text.replace(/^[\s\u0085]+|[\s\u0085]+$/g, (spaces) =>
    spaces.includes('\ufeff') ? spaces.replace(/[^\ufeff]/g, '') : '',
  );

function find(text: string, pattern: string): string {
  const matcher = compilePattern(pattern).matcher(text);
  return matcher.find() ? (matcher.group() ?? '') : '';
}

function findAll(text: string, pattern: string, limit = -1n): ArrayList {
  const matcher = compilePattern(pattern).matcher(text);
  const found: string[] = [];
  while ((limit < 0n || found.length < Number(limit)) && matcher.find()) found.push(matcher.group() ?? '');
  return new ArrayList(found);
}

export const TEXTS = defineFunctions({
  '(string).charAt(int): string': charAt,
  '(string).indexOf(string): int': [indexOf, (text, part) => passing(text!) * Math.max(1, passing(part!))],
  '(string).indexOf(string, int): int': [indexOf, (text, part) => passing(text!) * Math.max(1, passing(part!))],
  '(string).lastIndexOf(string): int': [lastIndexOf, (text, part) => passing(text!) * Math.max(1, passing(part!))],
  '(string).lastIndexOf(string, int): int': [lastIndexOf, (text, part) => passing(text!) * Math.max(1, passing(part!))],
  '(list(string)).join(): string': [join, joining],
  '(list(string)).join(string): string': [join, joining],
  '(string).lowerAscii(): string': [lower, passing],
  '(string).upperAscii(): string': [upper, passing],
  '(string).replace(string, string): string': [replace, replacing],
  '(string).replace(string, string, int): string': [replace, replacing],
  '(string).split(string): list(string)': [split, passing],
  '(string).split(string, int): list(string)': [split, passing],
  '(string).substring(int): string': [substring, passing],
  '(string).substring(int, int): string': [substring, passing],
  '(string).trim(): string': [trim, passing],
  '(string).format(list(dyn)): string': [formatTemplate, (text, list) => passing(text!) + sizeOf(list!)],
  'strings.quote(string): string': [quote, passing],
  '(string).find(string): string': [find, matchingCost, matchingSteps],
  '(string).findAll(string): list(string)': [findAll, findingCost, matchingSteps],
  '(string).findAll(string, int): list(string)': [findAll, findingCost, matchingSteps],
});
