/** What is published of a custom kind, as apiextensions-apiserver publishes it. */

import { describe, expect, it } from 'vitest';
import { loadSchemas } from '../../daemon/schema/load.ts';
import type { SchemaNode } from '../../daemon/schema/node.ts';
import { type OpenApiVersion, publishComponents } from '../../daemon/schema/openapi-schema.ts';

const base = loadSchemas();
const GVK = [{ group: 'example.com', version: 'v1', kind: 'Foo' }];

function publish(said: SchemaNode, version: OpenApiVersion): unknown {
  const root: SchemaNode = { type: 'object', 'x-kubernetes-group-version-kind': GVK, ...said };
  const schemas = { ...base, named: (name: string) => (name === 'example.com/v1/Foo' ? root : base.named(name)) };
  return publishComponents(schemas, ['example.com/v1/Foo'], version)['com.example.v1.Foo'];
}

/** Of a member `a`. */
const member = (a: SchemaNode, version: OpenApiVersion) =>
  (publish({ properties: { a } }, version) as { properties: { a: unknown } }).properties.a;

const BAR: SchemaNode = { type: 'object', properties: { b: { type: 'string' } } };
const INT_OR_STRING = [{ type: 'integer' as const }, { type: 'string' as const }];

describe('version 2', () => {
  it.each<[string, SchemaNode, object]>([
    [
      'keeps what it can say of values',
      { type: 'string', pattern: '^a', maxLength: 3, title: 'A' },
      { type: 'string', pattern: '^a', maxLength: 3, title: 'A' },
    ],
    [
      'drops junctors',
      { type: 'string', anyOf: [{ pattern: 'a' }], not: { pattern: 'b' }, minLength: 1 },
      { type: 'string', minLength: 1 },
    ],
    ['has no type for what may be null', { ...BAR, nullable: true, description: 'x' }, { description: 'x' }],
    [
      'says nothing of what takes anything',
      { ...BAR, 'x-kubernetes-preserve-unknown-fields': true },
      { 'x-kubernetes-preserve-unknown-fields': true },
    ],
    [
      'asks for nothing that may be null',
      {
        type: 'object',
        required: ['b', 'c'],
        properties: { b: { type: 'string', nullable: true }, c: { type: 'string' } },
      },
      { type: 'object', required: ['c'], properties: { b: {}, c: { type: 'string' } } },
    ],
    [
      'marks numbers that may be texts',
      { 'x-kubernetes-int-or-string': true, anyOf: INT_OR_STRING, pattern: '%$' },
      { 'x-kubernetes-int-or-string': true, pattern: '%$' },
    ],
  ])('%s', (_what, said, expected) => {
    expect(member(said, 'v2')).toEqual(expected);
  });

  it('only names a root that takes anything', () => {
    const said = { ...BAR, description: 'x', 'x-kubernetes-preserve-unknown-fields': true };
    expect(publish(said, 'v2')).toEqual({ type: 'object', 'x-kubernetes-group-version-kind': GVK });
  });
});

describe('version 3', () => {
  it.each<[string, SchemaNode, object]>([
    [
      'has both types of a number that may be a text',
      { 'x-kubernetes-int-or-string': true },
      { 'x-kubernetes-int-or-string': true, anyOf: INT_OR_STRING },
    ],
    [
      'has them once',
      { 'x-kubernetes-int-or-string': true, anyOf: INT_OR_STRING },
      { 'x-kubernetes-int-or-string': true, anyOf: INT_OR_STRING },
    ],
    [
      'has them besides other choices',
      { 'x-kubernetes-int-or-string': true, anyOf: [{ pattern: 'a' }] },
      { 'x-kubernetes-int-or-string': true, anyOf: [{ pattern: 'a' }], allOf: [{ anyOf: INT_OR_STRING }] },
    ],
    [
      'tells the rules',
      { type: 'string', nullable: true, 'x-kubernetes-validations': [{ rule: 'true' }] },
      { type: 'string', nullable: true, 'x-kubernetes-validations': [{ rule: 'true' }] },
    ],
    [
      'wants objects within objects to say what they are',
      { type: 'object', 'x-kubernetes-embedded-resource': true, required: ['kind'] },
      { type: 'object', 'x-kubernetes-embedded-resource': true, required: ['kind', 'apiVersion'] },
    ],
  ])('%s', (_what, said, expected) => {
    expect(member(said, 'v3')).toEqual(expected);
  });

  it('tells all of a root that takes anything', () => {
    const said = { ...BAR, 'x-kubernetes-preserve-unknown-fields': true };
    expect(publish(said, 'v3')).toEqual({ type: 'object', 'x-kubernetes-group-version-kind': GVK, ...said });
  });
});
