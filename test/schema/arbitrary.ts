/** Random objects of a schema, in the form in which the API keeps them (canonical scalars, no empty lists). For property tests. */

import fc from 'fast-check';
import { formatGoDuration } from '../../daemon/base/go-duration.ts';
import type { SchemaNode, SchemaSet } from '../../daemon/schema/node.ts';
import { SCALAR_OF_REF } from '../../daemon/schema/scalars.ts';

const arbitraryScalar: Record<string, fc.Arbitrary<unknown>> = {
  quantity: fc.constantFrom('0', '100m', '1', '1500m', '2Gi', '3k'),
  time: fc
    .integer({ min: -62_000_000_000, max: 253_000_000_000 })
    .map((seconds) => `${new Date(seconds * 1000).toISOString().slice(0, 19)}Z`),
  microTime: fc
    .tuple(fc.integer({ min: 0, max: 4_000_000_000 }), fc.integer({ min: 0, max: 999_999 }))
    .map(([s, micros]) => `${new Date(s * 1000).toISOString().slice(0, 19)}.${String(micros).padStart(6, '0')}Z`),
  duration: fc.maxSafeInteger().map((nanos) => formatGoDuration(BigInt(nanos))),
  intOrString: fc.oneof(fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }), fc.string()),
  raw: fc
    .dictionary(fc.string({ minLength: 1 }), fc.jsonValue({ maxDepth: 1 }), { minKeys: 1, maxKeys: 2 })
    .map((value): unknown => JSON.parse(JSON.stringify(value))),
};

/** From here on objects have hardly any members: schemas hold schemas. */
const DEEP = 8;

/** Random values of a schema, members present or not. Empty lists and maps do not exist on the wire and are left out. */
function arbitraryOf(schemas: SchemaSet, node: SchemaNode, depth: number): fc.Arbitrary<unknown> {
  if ((node['x-protobuf-choice'] ?? 1) !== 1) {
    const { 'x-protobuf-choice': _choice, ...value } = node;
    return fc.oneof(fc.boolean(), arbitraryOf(schemas, value, depth));
  }
  const scalar = node.$ref ? SCALAR_OF_REF[node.$ref] : undefined;
  if (scalar) return arbitraryScalar[scalar]!;
  const resolved = schemas.resolve(node);
  if (resolved.type === 'string')
    return resolved.format === 'byte'
      ? fc.uint8Array({ maxLength: 8 }).map((bytes) => Buffer.from(bytes).toString('base64'))
      : fc.string({ unit: 'grapheme' });
  if (resolved.type === 'boolean') return fc.boolean();
  if (resolved.type === 'integer') return resolved.format === 'int32' ? fc.integer() : fc.maxSafeInteger();
  if (resolved.type === 'number') return fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0);
  if (resolved.type === 'array')
    return fc.array(arbitraryOf(schemas, resolved.items!, depth + 1), { minLength: 1, maxLength: 2 });
  if (resolved.additionalProperties && typeof resolved.additionalProperties === 'object')
    return fc.dictionary(fc.string(), arbitraryOf(schemas, resolved.additionalProperties, depth + 1), {
      minKeys: 1,
      maxKeys: 2,
    });
  return arbitraryObject(schemas, resolved, depth);
}

/** Random objects of a schema, without kind and apiVersion. */
export function arbitraryObject(schemas: SchemaSet, node: SchemaNode, depth = 0): fc.Arbitrary<unknown> {
  const members = Object.entries(node.properties ?? {}).filter(([name]) => name !== 'kind' && name !== 'apiVersion');
  const record: Record<string, fc.Arbitrary<unknown>> = {};
  // Few of many members the deeper, or a Pod would be thousands of values and a schema have no end.
  const percent = depth < 4 ? 60 : depth < DEEP ? 35 : 2;
  for (const [name, member] of members) {
    const present = fc.noBias(fc.integer({ min: 0, max: 99 })).map((draw) => draw < percent);
    // Made when it is wanted: some types hold themselves.
    record[name] = present.chain(
      (is): fc.Arbitrary<unknown> => (is ? arbitraryOf(schemas, member, depth + 1) : fc.constant(undefined)),
    );
  }
  return fc
    .record(record)
    .map((object) => Object.fromEntries(Object.entries(object).filter(([, v]) => v !== undefined)));
}
