import { describe, expect, it } from 'vitest';
import { goQuote } from '../../daemon/base/go-quote.ts';

describe('Go’s quoting', () => {
  it('escapes as strconv.Quote does', () => {
    expect(goQuote('plain "ü" \\ 🙂 日本')).toBe('"plain \\"ü\\" \\\\ 🙂 日本"');
    expect(goQuote('\x07\b\f\n\r\t\v')).toBe('"\\a\\b\\f\\n\\r\\t\\v"');
    expect(goQuote('\0\x1b\x7f')).toBe('"\\x00\\x1b\\x7f"');
    expect(goQuote('\u00a0\u2028\ufeff\u{e0001}')).toBe('"\\u00a0\\u2028\\ufeff\\U000e0001"');
    expect(goQuote('\ud800')).toBe('"\ufffd"');
  });
});
