/** Whatever a client sends is answered by a StatusError at worst, and nothing of it reaches beyond the result. */

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { deepFreeze } from '../../daemon/base/json.ts';
import type { JsonObject } from '../../daemon/base/object.ts';
import { StatusError } from '../../daemon/base/status.ts';
import { applyJsonPatch } from '../../daemon/merge/json-patch.ts';
import { applyMergePatch } from '../../daemon/merge/merge-patch.ts';
import { applyStrategicMergePatch } from '../../daemon/merge/strategic-merge.ts';
import { apply, deployment, schemas, update } from './helpers.ts';

const words = fc.constantFrom(
  'spec',
  'metadata',
  'template',
  'containers',
  'ports',
  'name',
  'labels',
  'finalizers',
  'env',
  'replicas',
  'strategy',
  'resources',
  'managedFields',
  'apiVersion',
  'kind',
  '$patch',
  '$retainKeys',
  '$setElementOrder/containers',
  '$deleteFromPrimitiveList/finalizers',
  '__proto__',
  'constructor',
  'toString',
  '.',
  '',
);
const leaves = fc.oneof(
  words,
  fc.integer(),
  fc.boolean(),
  fc.constant(null),
  fc.constantFrom('replace', 'delete', 'merge', '/spec/x', '-'),
);
const { tree } = fc.letrec<{ tree: unknown }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 6, depthSize: 'medium' },
    leaves,
    fc.dictionary(words, tie('tree'), { maxKeys: 4 }),
    fc.array(tie('tree'), { maxLength: 4 }),
  ),
}));
const object = fc.dictionary(words, tree, { maxKeys: 5 }) as fc.Arbitrary<JsonObject>;
const bounds = { seed: 5, numRuns: 2000 };

const live = deepFreeze(
  apply(
    undefined,
    deployment({
      replicas: 1,
      template: { spec: { containers: [{ name: 'a', ports: [{ containerPort: 1 }], env: [{ name: 'E' }] }] } },
    }),
  ).object,
);

function answers(run: () => unknown): void {
  try {
    run();
  } catch (error) {
    if (!(error instanceof StatusError)) throw error;
    expect(error.message).not.toBe('');
  }
  expect(({} as JsonObject)['spec']).toBeUndefined();
  expect(Object.keys(Object.prototype)).toEqual([]);
}

test('server-side apply', () => {
  const patches = fc.oneof(
    object,
    object.map((kind) => ({ ...deployment({}), kind }) as JsonObject),
    object.map((spec) => deployment(spec)),
    object.map((metadata) => deployment({}, metadata)),
  );
  fc.assert(
    fc.property(patches, fc.boolean(), (patch, force) =>
      answers(() => apply(live, deepFreeze(patch), 'm2', { force })),
    ),
    bounds,
  );
});

test('updates are recorded whatever they hold', () => {
  fc.assert(
    fc.property(object, (next) => {
      const metadata = typeof next['metadata'] === 'object' && next['metadata'] !== null ? next['metadata'] : {};
      // Nothing here may throw at all: the write itself has been accepted.
      update(live, deepFreeze({ ...deployment(next), metadata: metadata as JsonObject }));
    }),
    bounds,
  );
});

test('patches', () => {
  const operations = fc.array(
    fc.record({
      op: fc.oneof(fc.constantFrom('add', 'remove', 'replace', 'move', 'copy', 'test'), words),
      path: leaves,
      from: leaves,
      value: tree,
    }),
    { maxLength: 4 },
  );
  const schema = schemas.named('apps/v1/Deployment');
  fc.assert(
    fc.property(tree, operations, (patch, list) => {
      deepFreeze(patch);
      answers(() => applyMergePatch(live, patch));
      const strategic = (body: unknown) =>
        applyStrategicMergePatch(structuredClone(live), structuredClone(body), { schemas, schema });
      answers(() => strategic(patch));
      answers(() => strategic({ spec: { template: { spec: patch } } }));
      answers(() => applyJsonPatch(live, deepFreeze(list)));
    }),
    bounds,
  );
});
