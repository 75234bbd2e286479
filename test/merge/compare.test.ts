/** Comparisons: what comes is named as what goes is. */

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createdFields } from '../../daemon/merge/added.ts';
import { compareObjects } from '../../daemon/merge/compare.ts';
import { changedFields } from '../../daemon/merge/managed-fields.ts';
import { mergeTypesOf } from '../../daemon/merge/merge-type.ts';
import { loadSchemas } from '../../daemon/schema/load.ts';
import { arbitraryObject } from '../schema/arbitrary.ts';

const schemas = loadSchemas();
const types = mergeTypesOf(schemas);

describe('compareObjects', () => {
  test.each([
    ['', 'v1', 'Pod'],
    ['apps', 'v1', 'Deployment'],
    ['', 'v1', 'Service'],
    ['discovery.k8s.io', 'v1', 'EndpointSlice'],
  ])('%s/%s %s: what is added to nothing is what is removed down to nothing', (group, version, kind) => {
    const type = types.ofKind(group, version, kind)!;
    fc.assert(
      fc.property(arbitraryObject(schemas, schemas.ofKind(group, version, kind)!), (object) => {
        const came = compareObjects(type, {}, object);
        const gone = compareObjects(type, object, {});
        expect(came.removed).toBeUndefined();
        expect(came.added ?? {}).toEqual(gone.removed ?? {});
        // Found twice: built, and then known.
        for (const _ of [1, 2])
          expect(createdFields(type, object)).toEqual(changedFields(compareObjects(type, undefined, object)));
      }),
      { seed: 5, numRuns: 150 },
    );
  });

  test('items that have one name are one field; those without a name make their list one', () => {
    const type = types.ofKind('', 'v1', 'Pod')!;
    const spec = (volumes: unknown[]) => compareObjects(type, { spec: {} }, { spec: { volumes } }).added;
    expect(spec([{ name: 'a' }, { name: 'a', hostPath: {} }])).toEqual({
      'f:spec': { 'f:volumes': { '.': {}, 'k:{"name":"a"}': {} } },
    });
    expect(spec([null])).toEqual({ 'f:spec': { 'f:volumes': {} } });
    expect(spec([])).toEqual({ 'f:spec': { 'f:volumes': {} } });
  });
});
