/** Objects within objects of a custom kind, as they are read. */

import { expect, it } from 'vitest';
import { loadSchemas } from '../../daemon/schema/load.ts';
import type { SchemaNode } from '../../daemon/schema/node.ts';
import { createStructuralChecker } from '../../daemon/schema/validate.ts';

const INNER = { type: 'object', 'x-kubernetes-embedded-resource': true, 'x-kubernetes-preserve-unknown-fields': true };
const SCHEMA = {
  type: 'object',
  properties: {
    spec: {
      type: 'object',
      properties: {
        inner: INNER,
        list: { type: 'array', items: INNER },
        text: { type: 'string' },
        maybe: { type: 'string', nullable: true },
        defaulted: { type: 'string', default: 'x' },
        free: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
        map: { type: 'object', additionalProperties: { type: 'string' } },
      },
    },
  },
} as unknown as SchemaNode;

const checker = createStructuralChecker(loadSchemas());
const read = (spec: object) => checker.check({ apiVersion: 'a/v1', kind: 'A', metadata: { name: 'a' }, spec }, SCHEMA);

it('lose what no metadata has, named after all else', () => {
  const inner = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p', foo: 1 }, spec: { any: 1 } };
  const { object, unknownFields, error } = read({ zz: 1, inner, list: [structuredClone(inner)], a: 1 });
  expect(error).toBeUndefined();
  expect(unknownFields).toEqual(['spec.a', 'spec.zz', 'spec.inner.metadata.foo', 'spec.list[0].metadata.foo']);
  expect(object['spec']).toMatchObject({ inner: { metadata: { name: 'p' }, spec: { any: 1 } } });
});

it.each<[object, string]>([
  [{ apiVersion: 1 }, 'spec.inner.apiVersion: Invalid value: 1: must be a string'],
  [
    { metadata: 'x' },
    'spec.inner.metadata: Invalid value: "x": json: cannot unmarshal string into Go value of type v1.ObjectMeta',
  ],
  [
    { metadata: { labels: { a: 1 } } },
    'spec.inner.metadata: Invalid value: {"labels":{"a":1}}: json: cannot unmarshal number into Go struct field ObjectMeta.labels of type string',
  ],
])('that are %j are refused', (inner, message) => {
  expect(read({ inner }).error).toBe(message);
});

it('keeps only nulls that may be, that a default replaces, or that nothing is said of', () => {
  const { object } = read({ text: null, maybe: null, defaulted: null, free: { a: null }, map: { a: null, b: 'c' } });
  expect(object['spec']).toEqual({ maybe: null, defaulted: null, free: { a: null }, map: { b: 'c' } });
});
