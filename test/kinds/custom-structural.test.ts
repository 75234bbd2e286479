/** Where value validations may speak of what the schema does not describe: upstream looks at those of the root only. */

import { expect, it } from 'vitest';
import type { FieldError } from '../../daemon/base/field.ts';
import { path } from '../../daemon/base/field.ts';
import { checkSchema } from '../../daemon/kinds/customresourcedefinitions/schema.ts';
import type { JSONSchemaProps } from '../../daemon/kinds/types.generated.ts';

function fieldsOf(schema: object): string[] {
  const errors: FieldError[] = [];
  checkSchema(errors, schema as JSONSchemaProps, path('schema'), { hasStatus: false, isUnchanged: false });
  return errors.map(({ field, detail }) => `${field}: ${detail}`);
}

const SPEC = { type: 'object', properties: { a: { type: 'string' } } };

it('takes what nested validations name', () => {
  const anyOf = [{ properties: { zz: { minimum: 1 } } }, { items: { minLength: 1 } }];
  expect(fieldsOf({ type: 'object', properties: { spec: { ...SPEC, anyOf } } })).toEqual([]);
});

it('refuses what validations of the root name and nothing describes', () => {
  const allOf = [{ anyOf: [{ properties: { spec: { properties: { b: { minLength: 1 } } }, top: { minimum: 1 } } }] }];
  expect(fieldsOf({ type: 'object', properties: { spec: SPEC }, allOf })).toEqual([
    'schema.properties[spec].properties[b]: because it is defined in schema.allOf[0].anyOf[0].properties[spec].properties[b]',
    'schema.properties[top]: because it is defined in schema.allOf[0].anyOf[0].properties[top]',
  ]);
});

it('lets rules look back into maps that are replaced as a whole', () => {
  const rules = [{ rule: 'self >= oldSelf' }];
  const spec = {
    type: 'object',
    'x-kubernetes-map-type': 'atomic',
    properties: { a: { type: 'integer', 'x-kubernetes-validations': rules } },
  };
  expect(fieldsOf({ type: 'object', properties: { spec } })).toEqual([]);
});
