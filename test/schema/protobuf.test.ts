/**
 * The protobuf codec: bodies that kubectl 1.32 really sent (fixtures/kubectl-protobuf.json, each beside what `--dry-run=client -o json`
 * prints for the same command), round trips of random objects, and bytes that are no message.
 */

import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import protobuf from 'protobufjs/minimal.js';
import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../daemon/base/object.ts';
import { StatusError } from '../../daemon/base/status.ts';
import { loadSchemas } from '../../daemon/schema/load.ts';
import type { SchemaNode } from '../../daemon/schema/node.ts';
import { createProtobufCodec } from '../../daemon/schema/protobuf.ts';
import { SCALAR_OF_REF } from '../../daemon/schema/scalars.ts';
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

/** Every kind that there is a schema of, in every version; files of the project's own are read and never sent. */
const KINDS = schemas.names
  .flatMap((name) => schemas.named(name)['x-kubernetes-group-version-kind'] ?? [])
  .filter(({ group, kind }) => group !== 'reflet.dev' && !kind.endsWith('Options') && kind !== 'WatchEvent')
  .map(({ group, version, kind }) => ({ apiVersion: group ? `${group}/${version}` : version, kind }));

describe('round trips', () => {
  test.each(KINDS)('$apiVersion $kind', ({ apiVersion, kind }) => {
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

  test('every member of every kind has its number', () => {
    const seen = new Set<SchemaNode>();
    const missing: string[] = [];
    const look = (node: SchemaNode, path: string): void => {
      const schema = schemas.resolve(node);
      if (seen.has(schema) || (node.$ref && node.$ref in SCALAR_OF_REF)) return;
      seen.add(schema);
      for (const [name, member] of Object.entries(schema.properties ?? {})) {
        const isTypeMeta = name === 'apiVersion' || name === 'kind';
        if (member['x-protobuf'] === undefined && !isTypeMeta) missing.push(`${path}.${name}`);
        look(member, `${path}.${name}`);
      }
      if (schema.items) look(schema.items, `${path}[]`);
      if (typeof schema.additionalProperties === 'object') look(schema.additionalProperties, `${path}{}`);
    };
    for (const typeMeta of KINDS) look(schemaOf(typeMeta), typeMeta.kind);
    expect(missing).toEqual([]);
  });
});

/** The fields of a message by number, as anybody reads them who knows no schema. */
function fieldsOf(bytes: Uint8Array): Map<number, (Uint8Array | number)[]> {
  const reader = protobuf.Reader.create(bytes);
  const fields = new Map<number, (Uint8Array | number)[]>();
  while (reader.pos < reader.len) {
    const tag = reader.uint32();
    const value = (tag & 7) === 2 ? reader.bytes() : reader.uint32();
    fields.set(tag >>> 3, [...(fields.get(tag >>> 3) ?? []), value]);
  }
  return fields;
}
const only = (fields: Map<number, (Uint8Array | number)[]>, number: number) => fields.get(number)![0] as Uint8Array;
const text = (bytes: Uint8Array) => Buffer.from(bytes).toString('utf8');

describe('answers', () => {
  test('a list is its metadata and its items, which do not name their kind', () => {
    const item = codec.encodeItem({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a' } });
    const pieces = codec.encodeList(
      { apiVersion: 'v1', kind: 'ConfigMapList', metadata: { resourceVersion: '7', continue: 'x' } },
      [item, item],
    );
    expect(codec.decode(Buffer.concat(pieces))).toEqual({
      apiVersion: 'v1',
      kind: 'ConfigMapList',
      metadata: { resourceVersion: '7', continue: 'x' },
      items: [{ metadata: { name: 'a' } }, { metadata: { name: 'a' } }],
    });
  });

  test('an event is a frame with its length before it', () => {
    const body = codec.encode({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a' } });
    const frame = codec.encodeEvent('ADDED', body);
    expect(frame.readUInt32BE(0)).toBe(frame.length - 4);
    const event = fieldsOf(frame.subarray(4));
    expect(text(only(event, 1))).toBe('ADDED');
    expect(Buffer.from(only(fieldsOf(only(event, 2)), 1))).toEqual(body);
  });

  test('a schema where true or false may stand is allowed by being there', () => {
    const schema = { type: 'object', additionalProperties: { type: 'string' } };
    const versions = [{ name: 'v1', schema: { openAPIV3Schema: schema } }];
    const bytes = codec.encodeItem({
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      spec: { versions },
    });
    const definition = fieldsOf(only(fieldsOf(bytes), 2));
    const version = fieldsOf(only(fieldsOf(only(definition, 2)), 7));
    const root = fieldsOf(only(fieldsOf(only(version, 4)), 1));
    expect(fieldsOf(only(root, 30)).get(1)).toEqual([1]);
  });

  test.each([
    { kind: 'APIVersions', versions: ['v1'], serverAddressByClientCIDRs: [] },
    { kind: 'APIGroupList', apiVersion: 'v1', groups: [{ name: 'apps', versions: [{ groupVersion: 'apps/v1' }] }] },
    { kind: 'APIResourceList', groupVersion: 'v1', resources: [{ name: 'pods', verbs: ['get', 'list'] }] },
    { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1beta1', metadata: { name: 'a' } },
    { kind: 'Status', apiVersion: 'v1', metadata: {}, code: 404, details: { causes: [{ field: 'a' }] } },
  ])('$kind is written', (object) => {
    const envelope = fieldsOf(codec.encode(object).subarray(4));
    expect(text(only(fieldsOf(only(envelope, 1)), 2))).toBe(object.kind);
    expect(only(envelope, 2).length).toBeGreaterThan(0);
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
