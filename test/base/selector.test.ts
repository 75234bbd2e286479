import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileFieldSelector, FieldSelectorError, parseFieldSelector } from '../../daemon/base/field-selector.ts';
import {
  formatLabelSelector,
  formatSelector,
  matchesSelector,
  parseSelector,
  SelectorError,
  selectorOf,
} from '../../daemon/base/selector.ts';

describe('label selectors', () => {
  const labels = { app: 'web', tier: 'front', n: '5' };

  it.each([
    ['', true],
    ['app=web', true],
    ['app==web', true],
    ['app = web , tier=front', true],
    ['app!=web', false],
    ['other!=web', true],
    ['app in (web,db)', true],
    ['app notin (web,db)', false],
    ['other notin (x)', true],
    ['app', true],
    ['!app', false],
    ['!other', true],
    ['n>4', true],
    ['n<4', false],
    ['app>1', false],
    ['app=', false],
    ['in in (in)', false],
    ['app in ()', false],
  ])('%j matches: %s', (text, expected) => {
    expect(matchesSelector(parseSelector(text), labels)).toBe(expected);
  });

  it.each([
    ['app in web', "unable to parse requirement: found 'web' expected: '('"],
    ['app=web,', "found '', expected: identifier after ','"],
    ['=web', "found '=', expected: !, identifier, or 'end of string'"],
    ['a=b c', "found 'c', expected: ',' or 'end of string'"],
    ['app in (a b)', "unable to parse requirement: found 'b', expected: ',' or ')'"],
    ['app in (a', "unable to parse requirement: found '', expected: ',' or ')'"],
    ['app web', "unable to parse requirement: found 'web', expected: in, notin, =, ==, !=, gt, lt"],
    ['!a=b=c', "found '=', expected: ',' or 'end of string'"],
  ])('%j is refused: %s', (text, message) => {
    expect(() => parseSelector(text)).toThrow(new SelectorError(message));
  });

  it('names what is wrong with a key or a value', () => {
    expect(() => parseSelector('a b/c=d')).toThrow(SelectorError);
    expect(() => parseSelector('-x=d')).toThrow(
      /unable to parse requirement: .*Invalid value: "-x": name part must consist/,
    );
    expect(() => parseSelector('a=-x')).toThrow(/values\[0\]\[a\]: Invalid value: "-x": a valid label must be/);
    expect(() => parseSelector('a>x')).toThrow(/must be an integer/);
    expect(() => parseSelector(`a=${'x'.repeat(70_000)}`)).toThrow(/at most/);
  });

  it('never takes anything but a SelectorError out of any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'ab=!(),<> innot/.-_\t') }), (text) => {
        try {
          const selector = parseSelector(text);
          expect(parseSelector(formatSelector(selector))).toEqual(selector);
        } catch (error) {
          expect(error).toBeInstanceOf(SelectorError);
        }
      }),
      { seed: 2, numRuns: 2000 },
    );
  });

  it('reads the object form', () => {
    const selector = selectorOf({
      matchLabels: { app: 'web' },
      matchExpressions: [
        { key: 'tier', operator: 'In', values: ['b', 'a'] },
        { key: 'gone', operator: 'DoesNotExist' },
      ],
    });
    expect(formatSelector(selector!)).toBe('app=web,!gone,tier in (a,b)');
    expect(selectorOf(null)).toBeUndefined();
    expect(selectorOf({})).toEqual([]);
    expect(selectorOf({ matchExpressions: [{ key: 'a', operator: 'Near' }] })).toBeUndefined();
    expect(selectorOf({ matchExpressions: [{ key: 'a', operator: '__proto__' }] })).toBeUndefined();
    expect([formatLabelSelector(null), formatLabelSelector({})]).toEqual(['<none>', '<none>']);
  });

  it('does not take inherited properties for labels', () => {
    expect(matchesSelector(parseSelector('constructor'), {})).toBe(false);
    expect(matchesSelector(parseSelector('!toString'), {})).toBe(true);
  });
});

describe('field selectors', () => {
  const read = (field: string) => ({ 'status.phase': 'Running', 'metadata.name': 'a,b' })[field] ?? '';

  it.each([
    ['', true],
    ['status.phase=Running', true],
    ['status.phase==Running', true],
    ['status.phase!=Running', false],
    ['spec.nodeName=', true],
    ['spec.nodeName=,status.phase=Running', true],
    ['metadata.name=a\\,b', true],
  ])('%j matches: %s', (text, expected) => {
    expect(compileFieldSelector(parseFieldSelector(text))(read)).toBe(expected);
  });

  it.each(['status.phase', 'a=b=c', 'a=\\x', 'a=b\\'])('%j is refused', (text) => {
    expect(() => parseFieldSelector(text)).toThrow(FieldSelectorError);
  });

  it('a term of neither field nor value asks for nothing', () => {
    expect(parseFieldSelector('=')).toEqual([]);
    expect(parseFieldSelector('!=,a=1')).toEqual([{ field: 'a', operator: '=', value: '1' }]);
    expect(parseFieldSelector('=x')).toHaveLength(1);
  });

  it.each([
    ['a=b\\', 'invalid field selector: invalid escape sequence: \\'],
    ['a=b=c', 'invalid field selector: unescaped character in value: 61'],
  ])('%s is refused in upstream’s words', (text, message) => {
    expect(() => parseFieldSelector(text)).toThrow(message);
  });
});
