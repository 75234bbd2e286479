import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { JsonObject } from '../../daemon/base/object.ts';
import { compareObjects } from '../../daemon/merge/compare.ts';
import {
  difference,
  displaySet,
  equalSets,
  type FieldSet,
  intersection,
  parseFieldSet,
  union,
} from '../../daemon/merge/field-set.ts';
import { mergeTypesOf } from '../../daemon/merge/merge-type.ts';
import { fieldSetOf, withDeclaredParents } from '../../daemon/merge/typed.ts';
import { apply, deployment, ownership, schemas } from './helpers.ts';

const optional = <T>(values: fc.Arbitrary<T>) => fc.option(values, { nil: undefined });
const defined = (object: JsonObject): JsonObject =>
  Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined));
// Maps are never empty here: an empty one that lost its last content does not come back (upstream's neither).
const labels = fc.dictionary(fc.constantFrom('a', 'b', 'c'), fc.constantFrom('1', '2'), { minKeys: 1 });
const containers = fc.uniqueArray(
  fc
    .record({
      name: fc.constantFrom('x', 'y', 'z'),
      image: optional(fc.constantFrom('1', '2')),
      command: optional(fc.array(fc.constantFrom('p', 'q'), { maxLength: 2 })),
      resources: optional(
        fc.record({
          limits: fc.dictionary(fc.constantFrom('cpu', 'memory'), fc.constantFrom('1', '2'), { minKeys: 1 }),
        }),
      ),
    })
    .map(defined),
  // An empty list is no field of anybody, so it would outlive its applier.
  { selector: (one) => one['name'], minLength: 1, maxLength: 3 },
);
/** Applies nothing. */
const nothing: JsonObject = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'd', namespace: 'default' },
};

/** Partial Deployments, as appliers send them. */
const configs = fc
  .record({
    replicas: optional(fc.constantFrom(1, 2)),
    labels: optional(labels),
    containers: optional(containers),
    strategy: optional(fc.constantFrom({ type: 'Recreate' }, { rollingUpdate: { maxSurge: 1 } })),
  })
  .map(({ replicas, labels: some, containers: list, strategy }) => {
    const template = defined({ metadata: some && { labels: some }, spec: list && { containers: list } });
    const spec = defined({ replicas, strategy, template: some || list ? template : undefined });
    return Object.keys(spec).length > 0 ? deployment(spec) : nothing;
  });
const type = mergeTypesOf(schemas).ofKind('apps', 'v1', 'Deployment')!;
const bounds = { seed: 7, numRuns: 300 };
const paths = (set: FieldSet) => displaySet(set).sort();

test('applying twice is applying once', () => {
  fc.assert(
    fc.property(configs, configs, (live, config) => {
      const before = apply(undefined, live, 'other').object;
      const once = apply(before, config, 'm1', { force: true });
      const twice = apply(once.object, config, 'm1');
      expect(twice.changed).toBe(false);
      expect(twice.object).toEqual(once.object);
    }),
    bounds,
  );
});

test('what is applied is there, and owned by the applier', () => {
  fc.assert(
    fc.property(configs, configs, (live, config) => {
      const before = apply(undefined, live, 'other').object;
      const { object } = apply(before, config, 'm1', { force: true });
      const { added, modified } = compareObjects(type, object, apply(object, config, 'm2').object);
      // At most the new manager's entry differs: the configuration added nothing that was not there.
      const changed = paths(union(added ?? {}, modified ?? {}));
      expect(changed.filter((path) => path !== '.metadata.managedFields')).toEqual([]);
      const owned = ownership(object)['m1/Apply'] as FieldSet | undefined;
      const wanted = difference(fieldSetOf(type, config), fieldSetOf(type, nothing));
      for (const path of paths(wanted)) expect(paths(owned ?? {})).toContain(path);
    }),
    bounds,
  );
});

test('dropping everything again leaves the others exactly as they were', () => {
  fc.assert(
    fc.property(configs, configs, (theirs, mine) => {
      const before = apply(undefined, theirs, 'other').object;
      const both = apply(before, mine, 'm1', { force: true }).object;
      const after = apply(both, nothing, 'm1').object;
      expect(ownership(after)['m1/Apply']).toBeUndefined();
      // What the other applier still owns is still there; what m1 alone owned is gone.
      const kept = (ownership(after)['other/Apply'] ?? {}) as FieldSet;
      const left = withDeclaredParents(type, fieldSetOf(type, after));
      for (const path of paths(kept)) expect(paths(left)).toContain(path);
      const orphans = paths(difference(difference(fieldSetOf(type, after), kept), fieldSetOf(type, before)));
      expect(orphans.filter((path) => path.startsWith('.spec'))).toEqual([]);
    }),
    bounds,
  );
});

test('the algebra of sets agrees with sets of paths', () => {
  const sets = configs.map((config) => fieldSetOf(type, config));
  fc.assert(
    fc.property(sets, sets, (a, b) => {
      const [left, right] = [new Set(paths(a)), new Set(paths(b))];
      expect(paths(union(a, b))).toEqual([...new Set([...left, ...right])].sort());
      expect(paths(intersection(a, b))).toEqual([...left].filter((path) => right.has(path)));
      expect(paths(difference(a, b))).toEqual([...left].filter((path) => !right.has(path)));
      expect(equalSets(parseFieldSet(JSON.parse(JSON.stringify(a)))!, a)).toBe(true);
    }),
    bounds,
  );
});
