/** Objects of custom kinds are judged as an API server judges them: recorded beside `apiextensions-apiserver`, worded as its 1.32 words values. */

import { describe, expect, it } from 'vitest';
import { aggregateMessage } from '../../daemon/base/field.ts';
import type { KubeObject } from '../../daemon/base/object.ts';
import { compileRules } from '../../daemon/kinds/custom/rules.ts';
import { validationOf } from '../../daemon/kinds/custom/validation.ts';
import type { SchemaNode } from '../../daemon/schema/node.ts';

const SPEC = {
  int: { type: 'integer' },
  int32: { type: 'integer', format: 'int32' },
  int64: { type: 'integer', format: 'int64' },
  float: { type: 'number', format: 'float' },
  bounds: { type: 'integer', minimum: 10, maximum: 5, multipleOf: 3 },
  text: { type: 'string', maxLength: 2, pattern: '^a' },
  letters: { type: 'string', minLength: 2, pattern: '^a' },
  choice: { type: 'string', nullable: true, enum: ['a'] },
  either: {
    'x-kubernetes-int-or-string': true,
    anyOf: [{ type: 'integer' }, { type: 'string' }],
  },
  needs: { type: 'object', required: ['b'], properties: { a: { type: 'string' }, b: { type: 'string' } } },
  set: { type: 'array', 'x-kubernetes-list-type': 'set', items: { type: 'string' } },
  map: {
    type: 'array',
    'x-kubernetes-list-type': 'map',
    'x-kubernetes-list-map-keys': ['k', 'l'],
    items: { type: 'object', properties: { k: { type: 'string' }, l: { type: 'integer' } } },
  },
  inner: { type: 'object', 'x-kubernetes-embedded-resource': true, 'x-kubernetes-preserve-unknown-fields': true },
  ruled: { type: 'integer', 'x-kubernetes-validations': [{ rule: 'self > 2' }] },
  replicas: { type: 'integer' },
};

const SCHEMA = {
  type: 'object',
  properties: {
    spec: { type: 'object', properties: SPEC },
    status: { type: 'object', properties: { replicas: { type: 'integer' }, phase: { type: 'string', maxLength: 3 } } },
  },
} as unknown as SchemaNode;

const { validate, validateUpdate, validateStatusUpdate } = validationOf({
  schema: SCHEMA,
  rules: compileRules(SCHEMA, true),
  scale: { specReplicasPath: '.spec.replicas', statusReplicasPath: '.status.replicas' },
  hasStatus: true,
});

const metadata = { name: 'w', namespace: 'default', resourceVersion: '1' };
const widget = (spec: unknown, more: object = {}): KubeObject =>
  ({ apiVersion: 'example.com/v1', kind: 'Widget', metadata, spec, ...more }) as KubeObject;

const SKIPPED =
  '<nil>: Invalid value: "null": some validation rules were not checked because the object was invalid; correct the existing errors to complete validation';

const LABEL =
  "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')";

describe('a new object', () => {
  it.each<[string, unknown, string[]]>([
    [
      'of the wrong type has its rules unchecked',
      { int: 'x' },
      ['spec.int: Invalid value: "string": spec.int in body must be of type integer: "string"', SKIPPED],
    ],
    [
      'with a fraction where none may be',
      { int: 1.5 },
      [
        'spec.int: Invalid value: "number": spec.int in body must be of type integer: "number"',
        '<nil>: Invalid value: "": Checked value must be of type integer (default format) in spec.int',
        SKIPPED,
      ],
    ],
    [
      'with a number that its format cannot hold',
      { int32: 3_000_000_000 },
      ['<nil>: Invalid value: "": Checked value must be of type integer with format int32 in spec.int32'],
    ],
    [
      'with a number beyond all integers',
      { int64: 1e20 },
      [
        'spec.int64: Invalid value: "float64": spec.int64 in body must be of type int64: "float64"',
        '<nil>: Invalid value: "": Checked value must be of type integer with format int64 in spec.int64',
        SKIPPED,
      ],
    ],
    [
      'with a number beyond a float',
      { float: 1e300 },
      ['<nil>: Invalid value: "": Checked value must be of type number with format float in spec.float'],
    ],
    [
      'is told of bounds in upstream’s order',
      { bounds: 7 },
      [
        'spec.bounds: Invalid value: 7: spec.bounds in body should be a multiple of 3',
        'spec.bounds: Invalid value: 7: spec.bounds in body should be greater than or equal to 10',
        'spec.bounds: Invalid value: 7: spec.bounds in body should be less than or equal to 5',
      ],
    ],
    [
      'is told the first that is wrong with a text',
      { text: 'bcd' },
      ['spec.text: Too long: may not be more than 2 bytes', SKIPPED],
    ],
    [
      'that is only out of bounds has its rules checked',
      { letters: 'a', ruled: 1 },
      [
        'spec.letters: Invalid value: "a": spec.letters in body should be at least 2 chars long',
        'spec.ruled: Invalid value: "integer": failed rule: self > 2',
      ],
    ],
    [
      'with a null that is no choice',
      { choice: null },
      ['spec.choice: Unsupported value: "null": supported values: "a"', SKIPPED],
    ],
    [
      'of neither type is told of both checks',
      { either: true },
      [
        'spec.either: Invalid value: "boolean": spec.either in body must be of type integer,string: "boolean"',
        '<nil>: Invalid value: "": "spec.either" must validate at least one schema (anyOf)',
        'spec.either: Invalid value: "boolean": spec.either in body must be of type integer: "boolean"',
        SKIPPED,
      ],
    ],
    [
      'is told what it lacks after what it has',
      { needs: { a: 1 } },
      [
        'spec.needs.a: Invalid value: "integer": spec.needs.a in body must be of type string: "integer"',
        'spec.needs.b: Required value',
        SKIPPED,
      ],
    ],
    [
      'is told once of what stands there three times',
      { set: ['a', 'b', 'a', 'a'] },
      ['spec.set[2]: Duplicate value: "a"'],
    ],
    [
      'has the keys of its lists once',
      {
        map: [
          { k: 'a', l: 1 },
          { k: 'a', l: 1 },
        ],
      },
      ['spec.map[1]: Duplicate value: map[string]interface {}{"k":"a", "l":1}'],
    ],
    [
      'with a text in a list of objects',
      { map: ['a', { k: 'b' }] },
      [
        'spec.map[0]: Invalid value: "string": spec.map[0] in body must be of type object: "string"',
        'spec.map[0]: Invalid value: "a": must be an object for an array of list-type map',
        SKIPPED,
      ],
    ],
    [
      'says what an object within it is',
      { inner: {} },
      [
        'spec.inner.apiVersion: Required value: must not be empty',
        'spec.inner.kind: Required value: must not be empty',
        SKIPPED,
      ],
    ],
    [
      'has names within it that are names',
      { inner: { apiVersion: 'a/b/c', kind: 'a b' } },
      [
        'spec.inner.apiVersion: Invalid value: "a/b/c": unexpected GroupVersion string: a/b/c',
        `spec.inner.kind: Invalid value: "a b": may have mixed case, but should otherwise match: ${LABEL}`,
      ],
    ],
    [
      'has labels within it that are labels',
      { inner: { apiVersion: 'v1', kind: 'Pod', metadata: { labels: { a: '-' } } } },
      [expect.stringMatching(/^spec\.inner\.metadata\.labels: Invalid value: "-": a valid label must be/) as string],
    ],
    [
      'has replicas that a Scale can show',
      { replicas: -1 },
      ['.spec.replicas: Invalid value: -1: should be a non-negative integer'],
    ],
    [
      'has no more replicas than a Scale can show',
      { replicas: 3_000_000_000 },
      ['.spec.replicas: Invalid value: 3000000000: should be less than or equal to 2147483647'],
    ],
    [
      'with replicas below what is no object',
      5,
      [
        'spec: Invalid value: "integer": spec in body must be of type object: "integer"',
        '.spec.replicas: Invalid value: 0: .spec.replicas accessor error: 5 is of the type int64, expected map[string]interface{}',
        SKIPPED,
      ],
    ],
  ])('%s', (_name, spec, messages) => {
    expect(validate(widget(spec)).map((error) => aggregateMessage([error]))).toEqual(messages);
  });
});

describe('a changed object', () => {
  it('may keep a list that was wrong before', () => {
    const old = widget({ set: ['a', 'a'] });
    expect(validateUpdate(widget({ set: ['a', 'a', 'b', 'b'] }), old)).toEqual([]);
    expect(validateUpdate(widget({ set: ['a', 'a'] }), widget({}))).toHaveLength(1);
  });

  it('has only its status judged when that is what is written', () => {
    const old = widget({ int: 'x' }, { status: {} });
    const next = widget({ int: 'x' }, { status: { phase: 'long', replicas: -1 } });
    expect(aggregateMessage(validateStatusUpdate!(next, old))).toBe(
      `[status.phase: Too long: may not be more than 3 bytes, .status.replicas: Invalid value: -1: should be a non-negative integer, ${SKIPPED}]`,
    );
  });
});
