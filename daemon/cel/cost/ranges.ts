/**
 * Ranges of sizes and of costs, in Go's unsigned 64 bits: what would be more stays the most. Pure.
 *
 * Numbers are exact up to 2^53; beyond that only their order of magnitude counts, which is all that is ever told.
 */

export interface Range {
  readonly min: number;
  readonly max: number;
}

const MOST = 2 ** 64;

export const exactly = (value: number): Range => ({ min: value, max: value });
export const NOTHING = exactly(0);
export const ONE = exactly(1);
/** Of what nothing is known. */
export const UNKNOWN: Range = { min: 0, max: MOST };

const bounded = (min: number, max: number): Range => ({ min: Math.min(MOST, min), max: Math.min(MOST, max) });

export const plus = (...ranges: readonly Range[]): Range =>
  bounded(
    ranges.reduce((sum, { min }) => sum + min, 0),
    ranges.reduce((sum, { max }) => sum + max, 0),
  );
export const times = (a: Range, b: Range): Range => bounded(a.min * b.min, a.max * b.max);
/** Rounded up. */
export const scaled = ({ min, max }: Range, factor: number): Range =>
  bounded(Math.ceil(min * factor), Math.ceil(max * factor));
export const union = (a: Range, b: Range): Range => ({ min: Math.min(a.min, b.min), max: Math.max(a.max, b.max) });
