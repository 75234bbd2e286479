/** Keys in chunks, beside a plain sorted array. */

import fc from 'fast-check';
import { expect, it } from 'vitest';
import { SortedKeys } from '../../daemon/store/sorted-keys.ts';

const keyOf = (number: number): string => `k${String(number).padStart(5, '0')}`;

it('says what a sorted array says, whatever was added and removed', () => {
  const number = fc.nat(3_000);
  const batch = fc.record({
    first: number,
    count: fc.nat(1_500),
    step: fc.constantFrom(-7, -1, 1, 3),
    isAdded: fc.boolean(),
  });
  const question = fc.record({ start: number, end: number, limit: fc.option(fc.nat(700), { nil: undefined }) });
  fc.assert(
    fc.property(
      fc.array(batch, { maxLength: 8 }),
      fc.array(question, { minLength: 1, maxLength: 8 }),
      (batches, questions) => {
        const keys = new SortedKeys();
        const model = new Set<string>();
        for (const { first, count, step, isAdded } of batches) {
          for (let index = 0; index < count; index++) {
            const key = keyOf(Math.abs(first + index * step));
            if (model.has(key) === isAdded) continue;
            if (isAdded) keys.add(key);
            else keys.delete(key);
            if (isAdded) model.add(key);
            else model.delete(key);
          }
        }
        const sorted = [...model].sort();
        for (const { start, end, limit } of questions) {
          const within = sorted.filter((key) => key >= keyOf(start) && key < keyOf(end));
          expect(keys.range(keyOf(start), keyOf(end), limit)).toEqual(within.slice(0, limit));
          expect(keys.count(keyOf(start), keyOf(end))).toBe(within.length);
        }
      },
    ),
    { numRuns: 60 },
  );
});
