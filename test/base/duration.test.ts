import { expect, it } from 'vitest';
import { ageOf, humanDuration } from '../../daemon/base/duration.ts';

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

it.each([
  [-5, '<invalid>'],
  [-1, '0s'],
  [0, '0s'],
  [119, '119s'],
  [2 * MINUTE, '2m'],
  [2 * MINUTE + 5, '2m5s'],
  [10 * MINUTE + 5, '10m'],
  [179 * MINUTE, '179m'],
  [3 * HOUR, '3h'],
  [3 * HOUR + 10 * MINUTE, '3h10m'],
  [8 * HOUR + 10 * MINUTE, '8h'],
  [47 * HOUR, '47h'],
  [2 * DAY, '2d'],
  [2 * DAY + 3 * HOUR, '2d3h'],
  [8 * DAY + 3 * HOUR, '8d'],
  [400 * DAY, '400d'],
  [2 * 365 * DAY, '2y'],
  [2 * 365 * DAY + 20 * DAY, '2y20d'],
  [9 * 365 * DAY, '9y'],
])('%i seconds are %s', (seconds, text) => {
  expect(humanDuration(seconds * 1000)).toBe(text);
});

it('tells the age of a time, and of none', () => {
  expect(ageOf('2026-01-01T00:00:00Z', Date.parse('2026-01-01T00:05:30Z'))).toBe('5m30s');
  expect(ageOf(undefined, 0)).toBe('<unknown>');
  expect(ageOf('yesterday', 0)).toBe('<unknown>');
});
