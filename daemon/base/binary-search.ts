/**
 * Binary search over anything that can be asked by index.
 */

/** The first index for which `holds`, which must hold for all that follow; `length` when it holds for none. */
export function firstIndex(length: number, holds: (index: number) => boolean): number {
  let low = 0;
  let high = length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (holds(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}
