import { describe, expect, it } from 'vitest';

import {
  aggregateMessage,
  duplicate,
  errorBody,
  forbiddenField,
  formatFieldError,
  GoText,
  goText,
  invalidValue,
  notSupported,
  path,
  required,
  tooLong,
  tooMany,
} from '../../daemon/base/field.ts';

const AT = path('spec').child('containers').index(0).child('env').key('A');

describe('errors of fields', () => {
  it.each([
    [invalidValue(AT, 'a"b', 'no'), 'spec.containers[0].env[A]: Invalid value: "a\\"b": no'],
    [invalidValue(AT, 'é\u0007\u007f', 'no'), 'spec.containers[0].env[A]: Invalid value: "é\\a\\x7f": no'],
    [invalidValue(AT, -1, 'no'), 'spec.containers[0].env[A]: Invalid value: -1: no'],
    [invalidValue(AT, true, 'no'), 'spec.containers[0].env[A]: Invalid value: true: no'],
    [invalidValue(AT, null, 'no'), 'spec.containers[0].env[A]: Invalid value: "null": no'],
    [invalidValue(AT, goText('0x0'), 'no'), 'spec.containers[0].env[A]: Invalid value: 0x0: no'],
    [required(AT), 'spec.containers[0].env[A]: Required value'],
    [required(AT, 'why'), 'spec.containers[0].env[A]: Required value: why'],
    [duplicate(AT, 'x'), 'spec.containers[0].env[A]: Duplicate value: "x"'],
    [forbiddenField(AT, 'no'), 'spec.containers[0].env[A]: Forbidden: no'],
    [tooLong(AT, 'x', 3), 'spec.containers[0].env[A]: Too long: may not be more than 3 bytes'],
    [tooMany(AT, 4, 3), 'spec.containers[0].env[A]: Too many: 4: must have at most 3 items'],
    [
      notSupported(AT, 'x', ['a', 'b']),
      'spec.containers[0].env[A]: Unsupported value: "x": supported values: "a", "b"',
    ],
  ])('%#', (error, expected) => {
    expect(formatFieldError(error)).toBe(expected);
  });

  it('are told once each', () => {
    const error = required(AT);
    expect(aggregateMessage([error, error])).toBe(formatFieldError(error));
    expect(aggregateMessage([error, required(path('a'))])).toBe(`[${formatFieldError(error)}, a: Required value]`);
  });

  it('cut what is large', () => {
    const large = 'x'.repeat(3_000_000);
    expect(errorBody(invalidValue(AT, large, large)).length).toBeLessThan(40_000);
    expect(errorBody(required(AT, large)).length).toBeLessThan(20_000);
  });

  it('write a value only when they are asked for, and once', () => {
    let times = 0;
    const value = new GoText(() => `v${++times}`);
    const error = invalidValue(AT, value, 'no');
    expect(times).toBe(0);
    expect([errorBody(error), errorBody(error)]).toEqual(['Invalid value: v1: no', 'Invalid value: v1: no']);
  });
});
