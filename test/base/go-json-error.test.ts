/** What is wrong with a text that is no JSON, in Go's words. */

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { goJsonError } from '../../daemon/base/go-json-error.ts';

describe('goJsonError', () => {
  test.each([
    ['', 'unexpected end of JSON input'],
    ['[{', 'unexpected end of JSON input'],
    ['{"a":"b', 'unexpected end of JSON input'],
    ['{"a":tru', 'unexpected end of JSON input'],
    ['x', "invalid character 'x' looking for beginning of value"],
    ['{a:1}', "invalid character 'a' looking for beginning of object key string"],
    ['{"a":1,}', "invalid character '}' looking for beginning of object key string"],
    ['[1,]', "invalid character ']' looking for beginning of value"],
    ['{"a" 1}', "invalid character '1' after object key"],
    ['{"a":1 "b":2}', `invalid character '"' after object key:value pair`],
    ['[1 2]', "invalid character '2' after array element"],
    ['[1}', "invalid character '}' after array element"],
    ['{} {}', "invalid character '{' after top-level value"],
    ['tru3', "invalid character '3' in literal true (expecting 'e')"],
    ['nul\n', "invalid character '\\n' in literal null (expecting 'l')"],
    ['-x', "invalid character 'x' in numeric literal"],
    ['01', "invalid character '1' after top-level value"],
    ['1.x', "invalid character 'x' after decimal point in numeric literal"],
    ['1e+', 'unexpected end of JSON input'],
    ['1e+x', "invalid character 'x' in exponent of numeric literal"],
    ['"\\x"', "invalid character 'x' in string escape code"],
    ['"\\u12g4"', "invalid character 'g' in \\u hexadecimal character escape"],
    ['"a\nb"', "invalid character '\\n' in string literal"],
    ["'a'", "invalid character '\\'' looking for beginning of value"],
    ['é', "invalid character 'Ã' looking for beginning of value"],
  ])('%j → %s', (text, message) => {
    expect(goJsonError(text)).toBe(message);
  });

  test('finds nothing in JSON, and something in whatever is none', () => {
    const damaged = fc
      .tuple(fc.json(), fc.nat(), fc.constantFrom('', '"', ',', '}', ']', ':', '0', '\\', 'e', '{', '\n'))
      .map(([text, at, put]) => text.slice(0, at % (text.length + 1)) + put + text.slice((at % (text.length + 1)) + 1));
    fc.assert(
      fc.property(fc.oneof(fc.json(), damaged), (text) => {
        let isJson = true;
        try {
          JSON.parse(text);
        } catch {
          isJson = false;
        }
        expect(goJsonError(text) === undefined).toBe(isJson);
      }),
      { seed: 7, numRuns: 3000 },
    );
  });

  test('depth costs no stack', () => {
    expect(goJsonError('['.repeat(500_000))).toBe('unexpected end of JSON input');
  });
});
