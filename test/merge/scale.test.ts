import { expect, test } from 'vitest';
import type { JsonObject } from '../../daemon/base/object.ts';
import { managersAfterScale, managersOfScale } from '../../daemon/merge/scale.ts';
import { apply, deployment, managersOf, ownership, update } from './helpers.ts';

const mapping = { apiVersion: 'apps/v1', replicasPath: ['spec', 'replicas'] };
const REPLICAS = { 'f:spec': { 'f:replicas': {} } };
const scaleObject = (replicas: number, managedFields: unknown): JsonObject => ({
  apiVersion: 'autoscaling/v1',
  kind: 'Scale',
  metadata: { name: 'd', namespace: 'default', uid: 'u', managedFields },
  spec: { replicas },
});

const parent = update(undefined, deployment({ replicas: 1, paused: true }), 'kubectl');

test('a Scale shows who owns the replicas, as its own field', () => {
  const shown = managersOfScale(mapping, managersOf(parent));
  expect(shown).toEqual([
    {
      manager: 'kubectl',
      operation: 'Update',
      apiVersion: 'autoscaling/v1',
      time: '2026-01-01T00:00:00Z',
      fieldsType: 'FieldsV1',
      fieldsV1: REPLICAS,
    },
  ]);
});

test('a write to /scale takes the replicas and nothing else', () => {
  const before = scaleObject(1, managersOfScale(mapping, managersOf(parent)));
  const after = update(before, scaleObject(5, undefined), 'autoscaler', { subresource: 'scale' });
  const managedFields = managersAfterScale(mapping, managersOf(parent), managersOf(after));
  expect(ownership({ metadata: { managedFields } })).toEqual({
    'kubectl/Update': { 'f:spec': { 'f:paused': {} } },
    'autoscaler/Update/scale': REPLICAS,
  });
  const shown = managersOfScale(mapping, managedFields);
  expect(shown?.map(({ manager, subresource }) => [manager, subresource])).toEqual([['autoscaler', 'scale']]);
  expect(managedFields?.find(({ manager }) => manager === 'autoscaler')).not.toHaveProperty('time');
});

test('who applies past the writer of a /scale is told of it', () => {
  const before = scaleObject(1, managersOfScale(mapping, managersOf(parent)));
  const scaled = update(before, scaleObject(5, undefined), 'autoscaler', { subresource: 'scale' });
  const managedFields = managersAfterScale(mapping, managersOf(parent), managersOf(scaled));
  const live = scaleObject(5, managersOfScale(mapping, managedFields));
  expect(() => apply(live, scaleObject(7, undefined), 'm', { subresource: 'scale' })).toThrow(
    'Apply failed with 1 conflict: conflict with "autoscaler" with subresource "scale" using autoscaling/v1: .spec.replicas',
  );
});

test('a write that changes nothing leaves the entries as they are', () => {
  const before = scaleObject(1, managersOfScale(mapping, managersOf(parent)));
  const after = update(before, scaleObject(1, undefined), 'autoscaler', { subresource: 'scale' });
  expect(managersAfterScale(mapping, managersOf(parent), managersOf(after))).toEqual(managersOf(parent));
});
