import { describe, expect, it } from 'vitest';
import { urlProblem } from '../../daemon/kinds/common/go-url.ts';

describe('what no URL is', () => {
  it.each<[string, string | undefined]>([
    ['https://ex.com/p', undefined],
    ['https://ex.com:443/p?q#f', undefined],
    ['https://[::1]:443/p', undefined],
    ['https://u:p@h/x', undefined],
    ['https:x:%zz', undefined],
    ['a b', undefined],
    ['https://a/b c', undefined],
    ['', undefined],
    ['a\u0001b', 'net/url: invalid control character in URL'],
    [':x', 'missing protocol scheme'],
    ['01:02', 'first path segment in URL cannot contain colon'],
    ['50%', 'invalid URL escape "%"'],
    ['https://a/%zz', 'invalid URL escape "%zz"'],
    ['https://a%20b/c', 'invalid URL escape "%20"'],
    ['https://a:b/c', 'invalid port ":b" after host'],
    ['https://a b/c', 'invalid character " " in host name'],
    ['https://[::1/x', "missing ']' in host"],
  ])('%j', (text, expected) => {
    expect(urlProblem(text)).toBe(expected);
  });
});
