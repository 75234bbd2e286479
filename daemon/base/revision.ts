/**
 * `resourceVersion` as what it is here: an increasing decimal integer (KEP-5504), compared without losing precision.
 */

/** Negative, zero or positive, as `a` is older than, equal to or newer than `b`. `''` is older than everything. */
export function compareRevisions(a: string, b: string): number {
  if (a.length !== b.length) return a.length - b.length;
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
