/** Why JSON does not become an object of its type, in the words of Go's converter from plain maps. */

import { expect, test } from 'vitest';
import { unstructuredProblem } from '../../daemon/schema/from-unstructured.ts';
import { loadSchemas } from '../../daemon/schema/load.ts';

const schemas = loadSchemas();
const pod = schemas.ofKind('', 'v1', 'Pod')!;
const problem = (spec: unknown) => unstructuredProblem(schemas, pod, { apiVersion: 'v1', kind: 'Pod', spec });

test.each([
  [{ containers: [{ name: 'a', args: ['b'] }], nodeSelector: null, terminationGracePeriodSeconds: 3 }, undefined],
  ['x', 'cannot restore struct from: string'],
  [[], 'cannot restore struct from: slice'],
  [{ containers: {} }, 'cannot restore slice from map'],
  [{ containers: [1] }, 'cannot restore struct from: int64'],
  [{ nodeSelector: true }, 'cannot restore map from bool'],
  [{ nodeName: 1 }, 'cannot convert int64 to string'],
  [{ restartPolicy: 1 }, 'cannot convert int64 to v1.RestartPolicy'],
  [{ nodeName: 1.5 }, 'unrecognized type: string'],
  [{ nodeName: false }, 'unrecognized type: string'],
  [{ hostNetwork: 'x' }, 'unrecognized type: bool'],
  [{ priority: '1' }, 'unrecognized type: int32'],
  [{ priority: 1.5 }, 'cannot convert float64 to int32'],
  [{ terminationGracePeriodSeconds: {} }, 'unrecognized type: int64'],
  [
    { containers: [{ resources: { requests: { cpu: 'x' } } }] },
    "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
  ],
])('%j: %s', (spec, expected) => {
  expect(problem(spec)).toBe(expected);
});

test('bytes and times read themselves', () => {
  const secret = schemas.ofKind('', 'v1', 'Secret')!;
  const of = (object: object) => unstructuredProblem(schemas, secret, object);
  expect(of({ data: { a: '!' } })).toBe('error decoding from json: illegal base64 data at input byte 0');
  expect(of({ data: { a: 1 } })).toBe('cannot restore slice from int64');
  expect(of({ metadata: { creationTimestamp: 1 } })).toBe('json: cannot unmarshal number into Go value of type string');
});
