/** Defaults in the schema of a definition: judged when the schema is structural, and only then. */

import { expect, it } from 'vitest';
import { validate } from '../../daemon/kinds/customresourcedefinitions/validation.ts';
import type { SchemaNode } from '../../daemon/schema/node.ts';
import { definition } from '../api/rest/custom-support.ts';

function errorsOf(spec: SchemaNode): string[] {
  const made = definition();
  const version = { ...made.spec.versions[0]!, schema: { openAPIV3Schema: { type: 'object', properties: { spec } } } };
  return validate({ ...made, spec: { ...made.spec, versions: [version] } as never })
    .map(({ field }) => field)
    .filter((field) => field.includes('openAPIV3Schema'));
}

const AT = 'spec.validation.openAPIV3Schema.properties[spec]';
const LIST: SchemaNode = {
  type: 'array',
  items: { type: 'object', properties: { a: { type: 'integer', default: 'x' } } },
};

it('judges every default of a structural schema', () => {
  expect(errorsOf({ type: 'object', properties: { list: LIST } })).toEqual([
    `${AT}.properties[list].items.properties[a].default`,
  ]);
  expect(errorsOf({ type: 'object', additionalProperties: { type: 'string', default: 1 } })).toEqual([
    `${AT}.additionalProperties.default`,
  ]);
});

it('tells only what is not structural when something is not', () => {
  expect(errorsOf({ type: 'object', properties: { list: LIST, bare: {} } })).toEqual([`${AT}.properties[bare].type`]);
});

it.each<[SchemaNode, string[]]>([
  [{ type: 'array', items: { type: 'string' }, default: ['a', 1] }, [`${AT}.default.[1]`]],
  [{ type: 'integer', format: 'int32', default: 5e9 }, [`${AT}.default`]],
  [{ type: 'array', 'x-kubernetes-list-type': 'set', items: { type: 'string' }, default: ['a', 'a'] }, []],
  [
    { type: 'integer', default: 5, 'x-kubernetes-validations': [{ rule: 'self > 6' }] } as SchemaNode,
    [`${AT}.default`],
  ],
  [{ type: 'integer', default: 7, 'x-kubernetes-validations': [{ rule: 'self > 6' }] } as SchemaNode, []],
  [
    {
      type: 'object',
      'x-kubernetes-embedded-resource': true,
      'x-kubernetes-preserve-unknown-fields': true,
      default: { kind: 'A b' },
    },
    [`${AT}.default.apiVersion`, `${AT}.default.kind`],
  ],
])('judges the default of %j by all that an object is judged by', (schema, fields) => {
  expect(errorsOf(schema)).toEqual(fields);
});
