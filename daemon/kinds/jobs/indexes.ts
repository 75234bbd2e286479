/**
 * Sets of completion indexes as a Job's status and its success policy write them: `1,3-5,7` (`indexed_job_utils.go`, `validation.go`). Pure.
 * A set is kept as intervals, so that it costs what its text costs and not what it counts.
 */

import { goQuote } from '../../base/go-quote.ts';

/** Both ends included. */
interface Interval {
  readonly first: number;
  readonly last: number;
}

/** In order, without overlap, none next to another. */
export type Indexes = readonly Interval[];

const WHOLE = /^[+-]?\d+$/;

/** The indexes below `completions`; what cannot be read is left out. */
export function parseIndexes(text: string | undefined, completions: number): Indexes {
  if (!text) return [];
  const intervals: Interval[] = [];
  for (const part of text.split(',')) {
    const [from = '', to = from] = part.split('-');
    if (!WHOLE.test(from) || !WHOLE.test(to)) continue;
    if (Number(from) >= completions) break;
    intervals.push({ first: Number(from), last: Math.min(Number(to), completions - 1) });
  }
  return unite(intervals, []);
}

export const indexesOf = (numbers: Iterable<number>): Indexes =>
  unite(
    [...numbers].sort((a, b) => a - b).map((index) => ({ first: index, last: index })),
    [],
  );

export function unite(a: Indexes, b: Indexes): Indexes {
  const result: { first: number; last: number }[] = [];
  for (const { first, last } of [...a, ...b].sort((one, other) => one.first - other.first)) {
    const before = result.at(-1);
    if (before && first <= before.last + 1) before.last = Math.max(before.last, last);
    else result.push({ first, last });
  }
  return result;
}

export const countIndexes = (indexes: Indexes): number =>
  indexes.reduce((sum, { first, last }) => sum + last - first + 1, 0);

export function hasIndex(indexes: Indexes, index: number): boolean {
  let low = 0;
  let high = indexes.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (indexes[middle]!.last < index) low = middle + 1;
    else high = middle;
  }
  return low < indexes.length && indexes[low]!.first <= index;
}

export const intersectIndexes = (a: Indexes, b: Indexes): Indexes => {
  const result: Interval[] = [];
  for (let i = 0, j = 0; i < a.length && j < b.length; ) {
    const first = Math.max(a[i]!.first, b[j]!.first);
    const last = Math.min(a[i]!.last, b[j]!.last);
    if (first <= last) result.push({ first, last });
    if (a[i]!.last <= b[j]!.last) i++;
    else j++;
  }
  return result;
};

/** At most `count` of the lowest indexes below `completions` that are not in `taken`. */
export function firstFree(taken: Indexes, count: number, completions: number): number[] {
  const free: number[] = [];
  let candidate = 0;
  const takeUpTo = (end: number) => {
    for (; candidate < end && free.length < count; candidate++) free.push(candidate);
  };
  for (const { first, last } of taken) {
    takeUpTo(Math.min(first, completions));
    candidate = Math.max(candidate, last + 1);
  }
  takeUpTo(completions);
  return free;
}

/** `1,2,4-6`: two neighbours are written one by one, as upstream writes them. */
export function formatIndexes(indexes: Indexes): string {
  return indexes
    .map(({ first, last }) => (first === last ? `${first}` : `${first}${last === first + 1 ? ',' : '-'}${last}`))
    .join(',');
}

/** How many indexes `text` names, or what is wrong with it, in upstream's words. */
export function checkIndexes(text: string, completions: number): number | string {
  if (text === '') return 0;
  let last: number | undefined;
  let total = 0;
  for (const part of text.split(',')) {
    const interval = readInterval(part, completions);
    if (typeof interval === 'string') return interval;
    if (last !== undefined && last >= interval.first) return notIncreasing(last, interval.first);
    total += interval.last - interval.first + 1;
    last = interval.last;
  }
  return total;
}

const notIncreasing = (previous: number, current: number): string =>
  `non-increasing order, previous: ${previous}, current: ${current}`;

function readInterval(text: string, completions: number): Interval | string {
  const limits = text.split('-');
  if (limits.length > 2) {
    return `the fragment ${goQuote(text)} violates the requirement that an index interval can have at most two parts separated by '-'`;
  }
  for (const limit of limits) {
    if (!WHOLE.test(limit)) return `cannot convert string to integer for index: ${goQuote(limit)}`;
    if (Number(limit) >= completions) return `too large index: ${goQuote(limit)}`;
  }
  const [first = 0, last = first] = limits.map(Number);
  if (limits.length > 1 && first >= last) return notIncreasing(first, last);
  return { first, last };
}

/** The lowest index in both texts, whose parts that cannot be read are passed over. */
export function overlapOf(a: string, b: string, completions: number): number | undefined {
  const readable = (text: string): Indexes =>
    text
      .split(',')
      .map((part) => readInterval(part, completions))
      .filter((interval) => typeof interval !== 'string');
  return intersectIndexes(readable(a), readable(b))[0]?.first;
}
