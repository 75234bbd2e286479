/**
 * Large writes in steps: between reading a body, judging it and storing it, others have their turn. A step is never interrupted; what it may
 * cost is bounded by the number of values (`base/values.ts`).
 */

import type { RestContext } from './context.ts';

/** Smaller objects take a few milliseconds in all. */
export const LARGE_BYTES = 64 * 1024;

/** Undefined for what is small: it goes on at once. */
export function pace({ turns }: RestContext, isLarge: boolean | undefined): Promise<void> | undefined {
  return isLarge ? turns.take() : undefined;
}
