import { describe, expect, test } from 'vitest';
import type { JsonObject, ManagedFieldsEntry } from '../../daemon/base/object.ts';
import { setOf } from '../../daemon/merge/field-set.ts';
import { recordUpdate } from '../../daemon/merge/managed-fields.ts';
import { apply, configMap, deployment, managersOf, ownership, schemas, T0, update } from './helpers.ts';

describe('a create', () => {
  test("owns all it sets, by leaves; structs that Go holds by value are nobody's", () => {
    const object = update(
      undefined,
      deployment({
        replicas: 1,
        selector: { matchLabels: { app: 'x' } },
        strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: '25%' } },
        template: {
          metadata: { labels: { app: 'x' } },
          spec: {
            containers: [{ name: 'c', image: 'i', resources: {}, env: [{ name: 'A', value: '1' }] }],
            securityContext: {},
          },
        },
      }),
    );
    expect(ownership(object)).toEqual({
      'editor/Update': {
        'f:spec': {
          'f:replicas': {},
          'f:selector': {},
          'f:strategy': { 'f:rollingUpdate': { '.': {}, 'f:maxSurge': {} }, 'f:type': {} },
          'f:template': {
            'f:metadata': { 'f:labels': { '.': {}, 'f:app': {} } },
            'f:spec': {
              'f:containers': {
                'k:{"name":"c"}': {
                  '.': {},
                  'f:env': { '.': {}, 'k:{"name":"A"}': { '.': {}, 'f:name': {}, 'f:value': {} } },
                  'f:image': {},
                  'f:name': {},
                  'f:resources': {},
                },
              },
              'f:securityContext': {},
            },
          },
        },
      },
    });
  });

  test('owns no scalar that Go writes anyway, as long as it is zero', () => {
    const event = (more: object) => ({
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { name: 'e', namespace: 'default' },
      involvedObject: { name: 'p' },
      reportingComponent: '',
      reportingInstance: '',
      ...more,
    });
    const made = update(undefined, event({}));
    expect(ownership(made)).toEqual({ 'editor/Update': { 'f:involvedObject': {} } });
    expect(ownership(update(made, event({ reportingComponent: 'c' }), 'other'))).toEqual({
      'editor/Update': { 'f:involvedObject': {} },
      'other/Update': { 'f:reportingComponent': {} },
    });
    const priorityClass = { apiVersion: 'scheduling.k8s.io/v1', kind: 'PriorityClass', metadata: { name: 'p' } };
    expect(ownership(update(undefined, { ...priorityClass, value: 0, description: 'd' }))).toEqual({
      'editor/Update': { 'f:description': {} },
    });
  });

  test('of what nobody owns leaves no entry, and an unnamed manager is called unknown', () => {
    expect(
      recordUpdate({ live: undefined, next: configMap(undefined, { uid: 'u' }), manager: 'x', now: T0, schemas }),
    ).toBeUndefined();
    expect(managersOf(update(undefined, configMap({ a: '1' }), ''))[0]?.manager).toBe('unknown');
  });
});

describe('an update', () => {
  const created = update(undefined, configMap({ a: '1', b: '2' }, { labels: { x: 'y' } }), 'creator');

  test('that changes nothing changes no entry, not even its identity', () => {
    const after = update(created, structuredClone(created), 'creator', { now: T0 + 5000 });
    expect(managersOf(after)).toEqual(managersOf(created));
    expect(managersOf(after)[0]).toBe(managersOf(created)[0]);
  });

  test('moves the time of the writer only when its fields grow', () => {
    const same = update(created, { ...created, data: { a: '9', b: '2' } }, 'creator', { now: T0 + 5000 });
    expect(managersOf(same)[0]?.time).toBe('2026-01-01T00:00:00Z');
    const more = update(created, { ...created, data: { a: '1', b: '2', c: '3' } }, 'creator', { now: T0 + 5000 });
    expect(managersOf(more)[0]?.time).toBe('2026-01-01T00:00:05Z');
  });

  test('releases what it removes, for everybody', () => {
    const after = update(created, { ...created, data: { b: '2' } }, 'other');
    expect(ownership(after)).toEqual({
      'creator/Update': {
        'f:data': { '.': {}, 'f:b': {} },
        'f:metadata': { 'f:labels': { '.': {}, 'f:x': {} } },
      },
    });
  });

  test('knows names that JavaScript has too', () => {
    const live = update(undefined, configMap(undefined, { labels: { constructor: 'x', a: '1' } }));
    const labels = (names: object) => ({ 'editor/Update': { 'f:metadata': { 'f:labels': { '.': {}, ...names } } } });
    expect(ownership(live)).toEqual(labels({ 'f:constructor': {}, 'f:a': {} }));
    const next = configMap(undefined, { uid: 'u', labels: { a: '1' } });
    expect(ownership(update(live, next, 'other'))).toEqual(labels({ 'f:a': {} }));
  });

  test('by the status endpoint has an owner of its own and owns nothing of the rest', () => {
    const resetFields = setOf(['f:spec'], ['f:metadata']);
    const live = update(undefined, deployment({ replicas: 1 }), 'kubectl');
    const next = { ...live, spec: { replicas: 5 }, status: { readyReplicas: 1 } };
    const managedFields = recordUpdate({
      live,
      next,
      manager: 'controller',
      now: T0,
      schemas,
      subresource: 'status',
      resetFields,
    })!;
    expect(ownership({ metadata: { managedFields } })).toEqual({
      'controller/Update/status': { 'f:status': { 'f:readyReplicas': {} } },
      'kubectl/Update': { 'f:spec': { 'f:replicas': {} } },
    });
  });

  test('may carry duplicate list items, which count as one field', () => {
    const live = update(undefined, configMap(undefined, { finalizers: ['a/b'] }));
    const next = configMap(undefined, { uid: 'u', finalizers: ['a/b', 'a/b'] });
    expect(ownership(update(live, next, 'other'))).toEqual({
      'editor/Update': { 'f:metadata': { 'f:finalizers': {} } },
      'other/Update': { 'f:metadata': { 'f:finalizers': { 'v:"a/b"': {} } } },
    });
  });

  test('of a kind without schema tracks maps by member and lists whole', () => {
    const custom = (spec: JsonObject) => ({
      apiVersion: 'example.com/v1',
      kind: 'Thing',
      metadata: { name: 't' },
      spec,
    });
    expect(ownership(update(undefined, custom({ a: { b: 1 }, l: [{ name: 'x' }] })))).toEqual({
      'editor/Update': { 'f:spec': { '.': {}, 'f:a': { '.': {}, 'f:b': {} }, 'f:l': {} } },
    });
  });
});

describe('managedFields from the client', () => {
  const live = apply(undefined, configMap({ a: '1' }, { uid: 'u' })).object;
  const sending = (managedFields: unknown) => configMap({ a: '1' }, { uid: 'u', managedFields });

  test.each([[[]], [[{}]]])('%j clears them, and they stay cleared on later updates', (cleared) => {
    const after = update(live, sending(cleared));
    expect(managersOf(after)).toEqual([]);
    expect(managersOf(update(after, { ...after, data: { a: '2' } }))).toEqual([]);
  });

  test('left out, null or unreadable keeps the stored ones', () => {
    for (const sent of [undefined, null, [{ manager: 'x', operation: 'Update', fieldsType: 'FieldsV9' }]])
      expect(managersOf(update(live, sending(sent)))).toEqual(managersOf(live));
  });

  test('are taken over in their one form', () => {
    const entry = {
      manager: 'me',
      operation: 'Apply',
      apiVersion: 'v1',
      fieldsType: 'FieldsV1',
      fieldsV1: { 'f:data': { 'f:a': {} }, 'f:metadata': { 'f:x': { 'k:{"b":1,  "a":2}': {} } }, 'future:thing': {} },
    } as unknown as ManagedFieldsEntry;
    expect(ownership(update(live, sending([entry])))).toEqual({
      'me/Apply': { 'f:data': { 'f:a': {} }, 'f:metadata': { 'f:x': { 'k:{"a":2,"b":1}': {} } } },
    });
  });

  test('through a subresource are ignored', () => {
    expect(managersOf(update(live, sending([]), 'x', { subresource: 'status' }))).toEqual(managersOf(live));
  });
});

test('more than ten updaters share ancient-changes', () => {
  let object = configMap(undefined);
  for (let index = 0; index < 14; index++) {
    const data = { ...(object['data'] as JsonObject | undefined), [`k${index}`]: '1' };
    object = update(index === 0 ? undefined : object, { ...object, data }, `m${index}`, { now: T0 + index * 1000 });
  }
  const entries = managersOf(object);
  expect(entries).toHaveLength(10);
  expect(entries[0]).toMatchObject({ manager: 'ancient-changes', time: '2026-01-01T00:00:04Z' });
  expect(Object.keys((entries[0]!.fieldsV1 as { 'f:data': object })['f:data']).sort()).toEqual([
    '.',
    'f:k0',
    'f:k1',
    'f:k2',
    'f:k3',
    'f:k4',
  ]);
});
