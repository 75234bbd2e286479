/** What was wrong before and did not change is not told again (CRDValidationRatcheting), and where upstream cannot tell that it did not change. */

import { describe, expect, it } from 'vitest';
import { path } from '../../daemon/base/field.ts';
import { validateValue } from '../../daemon/kinds/custom/validate-value.ts';
import type { SchemaNode } from '../../daemon/schema/node.ts';

const short = { type: 'string', maxLength: 1 } as const;
const named = {
  type: 'array',
  'x-kubernetes-list-type': 'map',
  'x-kubernetes-list-map-keys': ['k'],
  maxItems: 1,
  items: { type: 'object', properties: { k: { type: 'string' }, v: short, w: short } },
} as const;

const toldOf = (schema: object, value: unknown, old: unknown) =>
  validateValue({ type: 'object', properties: { x: schema } } as SchemaNode, { x: value }, { x: old }, path()).map(
    ({ field, type }) => `${type.replace('FieldValue', '')} ${field}`,
  );

describe('a change of an object that is wrong already', () => {
  it.each<[string, object, unknown, unknown, string[]]>([
    ['the value itself', short, 'long', 'long', []],
    ['another value', short, 'longer', 'long', ['TooLong x']],
    ['a member of it', { type: 'object', properties: { a: short, b: short } }, { a: 'aa', b: 'c' }, { a: 'aa' }, []],
    [
      'a value by name',
      { type: 'object', additionalProperties: short },
      { a: 'aa', b: 'bb' },
      { a: 'aa' },
      ['TooLong x.b'],
    ],
    ['an item by its keys', named, [{ k: 'a', v: 'vv', w: 'w' }], [{ k: 'a', v: 'vv' }], []],
    ['items in another order', named, [{ k: 'b' }, { k: 'a' }], [{ k: 'a' }, { k: 'b' }], []],
    ['more items', named, [{ k: 'a' }, { k: 'b' }, { k: 'c' }], [{ k: 'a' }, { k: 'b' }], ['TooMany x']],
    ['an item of a list without keys', { type: 'array', items: short }, ['aa', 'b'], ['aa'], ['TooLong x[0]']],
    ['all of a list without keys', { type: 'array', items: short }, ['aa', 'b'], ['aa', 'b'], []],
    ['null', { type: 'string' }, null, null, []],
  ])('%s', (_what, schema, value, old, told) => {
    expect(toldOf(schema, value, old)).toEqual(told);
  });

  it('holding what its schema does not describe, counts as changed', () => {
    const open = {
      type: 'object',
      required: ['a'],
      properties: { b: short },
      'x-kubernetes-preserve-unknown-fields': true,
    };
    expect(toldOf(open, { b: 'bb' }, { b: 'bb' })).toEqual([]);
    expect(toldOf(open, { b: 'bb', free: 1 }, { b: 'bb', free: 1 })).toEqual(['Required x.a']);
  });

  it('is judged by alternatives without what did not change in it', () => {
    const members = { a: { type: 'string' }, b: { type: 'string' } };
    const all = {
      type: 'object',
      properties: members,
      allOf: [{ properties: { a: { maxLength: 1 }, b: { maxLength: 1 } } }],
    };
    expect(toldOf(all, { a: 'aa', b: 'b' }, { a: 'aa' })).toEqual([]);
    expect(toldOf(all, { a: 'aa', b: 'bb' }, { a: 'aa' })).toEqual(['TooLong x.b', 'Invalid <nil>']);
    const not = { type: 'object', properties: members, not: { properties: { a: { maxLength: 1 } } } };
    expect(toldOf(not, { a: 'aa', b: 'b' }, { a: 'aaa' })).toEqual([]);
    expect(toldOf(not, { a: 'aa', b: 'b' }, { a: 'aa' })).toEqual(['Invalid <nil>']);
  });
});
