/** Cells of custom kinds' tables, as recorded beside `apiextensions-apiserver`. */

import { expect, it } from 'vitest';
import { customTable } from '../../daemon/kinds/custom/columns.ts';

const NOW = Date.parse('2020-01-02T00:00:00Z');

it.each<[string, unknown, unknown]>([
  ['string', { b: 1, a: ['x', null] }, '{"a":["x",null],"b":1}'],
  ['string', 1e21, '1e+21'],
  ['string', '', ''],
  ['date', '2020-01-01T00:00:00Z', '24h'],
  ['date', '2020-01-01', '<invalid>'],
  ['date', '', '<unknown>'],
  ['date', 5, null],
  ['integer', 'x', null],
  ['integer', 1.5, 1],
])('a column of type %s shows %j as %j', (type, value, shown) => {
  const table = customTable([{ name: 'A', type, jsonPath: '.spec.a' }]);
  const object = { apiVersion: 'a/v1', kind: 'A', metadata: { name: 'a' }, spec: { a: value } };
  expect(table.cells(object, NOW)).toEqual(['a', shown]);
});

it('are name and age where a definition says none', () => {
  const { columns } = customTable([]);
  expect(columns.map(({ name, type }) => `${name} ${type}`)).toEqual(['Name string', 'Age date']);
});
