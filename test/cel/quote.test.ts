import { expect, test } from 'vitest';
import { goQuote } from '../../daemon/base/go-quote.ts';
import { quote } from '../../daemon/cel/format-template.ts';

test('quotes with the same lettered escapes as Go', () => {
  const lettered = '\x07\b\f\n\r\t\v"\\';
  expect(quote(lettered)).toBe('"\\a\\b\\f\\n\\r\\t\\v\\"\\\\"');
  expect(goQuote(lettered)).toBe(quote(lettered));
});

test('leaves other control characters as they are, which %q escapes', () => {
  expect(quote('a\x01b')).toBe('"a\x01b"');
  expect(goQuote('a\x01b')).toBe('"a\\x01b"');
});

test('replaces half a surrogate pair', () => {
  expect(quote('a\ud800')).toBe('"a\ufffd"');
});
