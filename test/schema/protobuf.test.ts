/**
 * The protobuf codec: bodies that kubectl 1.32 really sent (fixtures/kubectl-protobuf.json, each beside what `--dry-run=client -o json`
 * prints for the same command), round trips of random objects, and bytes that are no message.
 */

import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../daemon/base/object.ts';
import { StatusError } from '../../daemon/base/status.ts';
import { loadSchemas } from '../../daemon/schema/load.ts';
import type { SchemaNode } from '../../daemon/schema/node.ts';
import { createProtobufCodec } from '../../daemon/schema/protobuf.ts';
import { createStructuralChecker } from '../../daemon/schema/validate.ts';
import { arbitraryObject } from './arbitrary.ts';

const schemas = loadSchemas();
const codec = createProtobufCodec(schemas);
const checker = createStructuralChecker(schemas);

interface Recording {
  name: string;
  body: string;
  object: JsonObject;
}

const recordings = JSON.parse(
  readFileSync(new URL('fixtures/kubectl-protobuf.json', import.meta.url), 'utf8'),
) as Recording[];

function schemaOf(object: JsonObject): SchemaNode {
  const [version = '', group = ''] = String(object['apiVersion']).split('/').reverse();
  return schemas.ofKind(group, version, String(object['kind']))!;
}

describe('what kubectl sends', () => {
  test.each(recordings)('$name', ({ body, object }) => {
    const decoded = codec.decode(Buffer.from(body, 'base64'));
    const checked = checker.check(decoded, schemaOf(decoded));
    expect(checked.error).toBeUndefined();
    expect(checked.unknownFields).toEqual([]);
    const expected = checker.check(structuredClone(object), schemaOf(object)).object;
    expect(checked.object).toEqual(expected);
    expect(checked.object).toMatchObject(object);
  });
});

describe('round trips', () => {
  test.each([
    ['v1', 'ConfigMap'],
    ['v1', 'Secret'],
    ['v1', 'Service'],
    ['v1', 'Event'],
    ['v1', 'Node'],
    ['v1', 'PersistentVolume'],
    ['apps/v1', 'ControllerRevision'],
    ['coordination.k8s.io/v1', 'Lease'],
    ['rbac.authorization.k8s.io/v1', 'ClusterRole'],
    ['authorization.k8s.io/v1', 'SubjectAccessReview'],
    ['discovery.k8s.io/v1', 'EndpointSlice'],
    ['v1', 'Pod'],
  ])('%s %s', (apiVersion, kind) => {
    const schema = schemaOf({ apiVersion, kind });
    fc.assert(
      fc.property(arbitraryObject(schemas, schema), (rest) => {
        const object = { apiVersion, kind, ...(rest as JsonObject) };
        expect(codec.decode(codec.encode(object))).toEqual(object);
      }),
      // A counterexample is read by its diff; shrinking a Pod takes minutes.
      { numRuns: 15, seed: 20_241_121, endOnFailure: true },
    );
  });
});

describe('hostile bytes', () => {
  const whole = Buffer.from(recordings.find(({ name }) => name === 'deployment')!.body, 'base64');

  test('any cut or flipped byte gives an object or a bad request, never anything else', () => {
    const damage = fc.tuple(
      fc.integer({ min: 0, max: whole.length - 1 }),
      fc.integer({ min: 1, max: 255 }),
      fc.boolean(),
    );
    fc.assert(
      fc.property(damage, ([at, mask, cut]) => {
        const bytes = Buffer.from(cut ? whole.subarray(0, at) : whole);
        if (!cut) bytes[at] = bytes[at]! ^ mask;
        try {
          codec.decode(bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(StatusError);
          expect((error as StatusError).code).toBe(400);
        }
      }),
      { numRuns: 500, seed: 7 },
    );
  });

  test('what is not protobuf, and a kind that is not known', () => {
    expect(() => codec.decode(Buffer.from('{"kind":"Pod"}'))).toThrow('does not appear to be a protobuf message');
    const foo = Buffer.concat([
      whole.subarray(0, 4),
      Buffer.from([0x0a, 9, 0x0a, 2, 0x76, 0x31, 0x12, 3, 0x46, 0x6f, 0x6f]),
    ]);
    expect(() => codec.decode(foo)).toThrow('no kind "Foo" is registered for version "v1"');
  });

  test('the endpoint names the kind when the body does not', () => {
    const bytes = Buffer.concat([whole.subarray(0, 4), Buffer.from([0x12, 0])]);
    expect(codec.decode(bytes, { apiVersion: 'v1', kind: 'ConfigMap' })).toEqual({
      apiVersion: 'v1',
      kind: 'ConfigMap',
    });
  });
});
