import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  canonicalQuantity,
  compareQuantities,
  isWholeQuantity,
  parseQuantity,
  quantityMilliValue,
  quantityValue,
  roundUpToMilli,
} from '../../daemon/base/quantity.ts';

describe('quantities', () => {
  it.each([
    ['1', '1'],
    ['1000m', '1'],
    ['0.5', '500m'],
    ['1024Mi', '1Gi'],
    ['1Ki', '1Ki'],
    ['512', '512'],
    ['0.5Gi', '512Mi'],
    ['1.5Gi', '1536Mi'],
    ['1000k', '1M'],
    ['100e3', '100e3'],
    ['1e3', '1e3'],
    ['1E', '1E'],
    ['0', '0'],
    ['-0', '0'],
    ['-1500m', '-1500m'],
    ['+2', '+2'],
    ['1E3', '1E3'],
    ['1e+3', '1e+3'],
    ['001Gi', '001Gi'],
    ['001024Mi', '1Gi'],
    ['2000', '2k'],
    ['1e400', '10e63'],
    ['12E', '12E'],
    ['99999999999999999999', '99999999999999999999'],
    ['.5', '500m'],
    ['5.', '5.'],
    ['m', '0'],
    ['.', '0'],
    ['+', '0'],
    ['100.1Mi', '104962457600m'],
    ['0.0000000001', '1n'],
    ['1n', '1n'],
    ['1u', '1u'],
    ['10Ei', '9223372036854775807'],
  ])('%s is written %s', (text, canonical) => {
    expect(canonicalQuantity(text)).toBe(canonical);
  });

  it.each(['', ' ', 'x', '1KB', '1 Gi', '1.2.3', '--1', '1ki', '1e', '0x10', '1'.repeat(200)])('%j is none', (text) => {
    expect(parseQuantity(text)).toBeUndefined();
    expect(canonicalQuantity(text)).toBe(text);
  });

  it('reads amounts, rounded up', () => {
    expect(quantityValue('1500m')).toBe(2);
    expect(quantityMilliValue('0.0001')).toBe(1);
    expect(quantityMilliValue('2')).toBe(2000);
    expect(quantityValue('1Gi')).toBe(1_073_741_824);
    expect(roundUpToMilli('100.0001')).toBe('100001m');
    expect(roundUpToMilli('1n')).toBe('1m');
    expect(roundUpToMilli('1e-6')).toBe('1e-3');
    expect(roundUpToMilli('+1')).toBe('+1');
  });

  it('tells fractions', () => {
    expect(['1', '1000m', '12E', '1.', '1Gi'].map(isWholeQuantity)).toEqual([true, true, true, true, true]);
    // The last one: as a thousandfold it is none of an int64 any more.
    expect(['1.5', '1n', '99999999999999999999'].map(isWholeQuantity)).toEqual([false, false, false]);
  });

  it('compares amounts whatever their form', () => {
    expect(compareQuantities('1Gi', '1G')).toBeGreaterThan(0);
    expect(compareQuantities('1000m', '1')).toBe(0);
    expect(compareQuantities('-1', '0')).toBeLessThan(0);
  });

  it('has a canonical text that reads as the same amount and stays itself', () => {
    const suffix = fc.constantFrom('', 'n', 'u', 'm', 'k', 'M', 'G', 'Ki', 'Mi', 'Gi', 'e3', 'e-3');
    fc.assert(
      fc.property(fc.integer({ min: -1_000_000, max: 1_000_000 }), suffix, (amount, unit) => {
        const text = `${amount}${unit}`;
        const canonical = canonicalQuantity(text);
        expect(compareQuantities(text, canonical)).toBe(0);
        expect(canonicalQuantity(canonical)).toBe(canonical);
      }),
      { seed: 1 },
    );
  });
});
