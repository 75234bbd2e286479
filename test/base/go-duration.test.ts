import { expect, it } from 'vitest';
import { formatGoDuration, goDurationProblem, parseGoDuration } from '../../daemon/base/go-duration.ts';

it.each(['0', '-0', '30s', '1h30m', '1.5h', '.5s', '5.s', '-2ms', '+1µs', '1ns'])('%s is one', (text) => {
  expect(goDurationProblem(text)).toBeUndefined();
});

it.each([
  ['', 'time: invalid duration ""'],
  ['-', 'time: invalid duration "-"'],
  ['invalid', 'time: invalid duration "invalid"'],
  ['.', 'time: invalid duration "."'],
  ['1s.', 'time: invalid duration "1s."'],
  ['30', 'time: missing unit in duration "30"'],
  ['1.2.3s', 'time: missing unit in duration "1.2.3s"'],
  ['3x', 'time: unknown unit "x" in duration "3x"'],
  ['1s 2m', 'time: unknown unit "s " in duration "1s 2m"'],
])('%s is none', (text, problem) => {
  expect(goDurationProblem(text)).toBe(problem);
});

it.each([
  [0n, '0s'],
  [17n, '17ns'],
  [1_500n, '1.5µs'],
  [20_000_000n, '20ms'],
  [10_000_000_000n, '10s'],
  [10_002_000_000n, '10.002s'],
  [60_000_000_000n, '1m0s'],
  [3_605_500_000_000n, '1h0m5.5s'],
  [-90_000_000_001n, '-1m30.000000001s'],
])('%i ns are %s, there and back', (nanos, text) => {
  expect(formatGoDuration(nanos)).toBe(text);
  expect(parseGoDuration(text)).toBe(nanos);
});

it.each([
  ['1.5h', 5_400_000_000_000n],
  ['.5s', 500_000_000n],
  ['+2us', 2_000n],
  ['0', 0n],
  ['5', undefined],
])('%s is read', (text, nanos) => {
  expect(parseGoDuration(text)).toBe(nanos);
});
