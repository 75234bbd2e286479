/** Properties of the structural check over random objects: it accepts what is well-typed, is stable, and never breaks on what is not. */

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../daemon/base/object.ts';
import { loadSchemas } from '../../daemon/schema/load.ts';
import { createStructuralChecker } from '../../daemon/schema/validate.ts';
import { arbitraryObject } from './arbitrary.ts';

const schemas = loadSchemas();
const checker = createStructuralChecker(schemas);
const KINDS = [
  'core/v1/Pod',
  'core/v1/Service',
  'core/v1/Node',
  'apps/v1/Deployment',
  'rbac.authorization.k8s.io/v1/Role',
];
const SEED = 20_241_122;

/** Puts `value` somewhere into `target`, where `picks` lead. */
function damage(target: unknown, picks: readonly number[], value: unknown): void {
  let here = target;
  for (const pick of picks) {
    if (typeof here !== 'object' || here === null) return;
    const keys = Object.keys(here);
    const key = keys[pick % Math.max(1, keys.length)];
    if (key === undefined) return;
    const next = (here as JsonObject)[key];
    if (typeof next !== 'object' || next === null || pick % 5 === 0) {
      (here as JsonObject)[key] = value;
      return;
    }
    here = next;
  }
}

describe.each(KINDS)('%s', (name) => {
  const schema = schemas.named(name);

  test('well-typed objects pass, and passing again changes nothing', () => {
    fc.assert(
      fc.property(arbitraryObject(schemas, schema), (object) => {
        const first = checker.check(structuredClone(object) as JsonObject, schema);
        expect(first.error).toBeUndefined();
        expect(first.unknownFields).toEqual([]);
        const before = structuredClone(first.object);
        const second = checker.check(first.object, schema);
        expect(second.error).toBeUndefined();
        expect(second.object).toEqual(before);
      }),
      { numRuns: 20, seed: SEED, endOnFailure: true },
    );
  });

  test('a value of a wrong type is an error or unknown, never an exception', () => {
    const strange = fc.oneof(
      fc.jsonValue({ maxDepth: 2 }),
      fc.constantFrom<unknown>({ bogus: 1 }, [null], [[]], 1.5, 1e30, null),
    );
    const damaged = fc.tuple(
      arbitraryObject(schemas, schema),
      fc.array(fc.nat({ max: 50 }), { minLength: 1, maxLength: 6 }),
      strange,
    );
    fc.assert(
      fc.property(damaged, ([object, picks, value]) => {
        const input = structuredClone(object) as JsonObject;
        damage(input, picks, structuredClone(value));
        const { error, object: result } = checker.check(input, schema);
        if (error === undefined) expect(checker.check(structuredClone(result), schema).error).toBeUndefined();
        else
          expect(error).toMatch(
            /^(json: cannot unmarshal |quantities must|unable to parse|parsing time|illegal base64)/,
          );
      }),
      { numRuns: 60, seed: SEED, endOnFailure: true },
    );
  });
});
