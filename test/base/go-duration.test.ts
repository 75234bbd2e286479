import { expect, it } from 'vitest';
import { goDurationProblem } from '../../daemon/base/go-duration.ts';

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
