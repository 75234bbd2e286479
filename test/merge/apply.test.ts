import { describe, expect, test } from 'vitest';
import { deepFreeze } from '../../daemon/base/json.ts';
import type { JsonObject } from '../../daemon/base/object.ts';
import type { StatusError } from '../../daemon/base/status.ts';
import { applyPatch } from '../../daemon/merge/apply.ts';
import { equalButTimes } from '../../daemon/merge/managers.ts';
import { apply, configMap, deployment, managersOf, ownership, schemas, T0, update } from './helpers.ts';

function refusal(run: () => unknown): StatusError {
  try {
    run();
  } catch (error) {
    return error as StatusError;
  }
  throw new Error('nothing was refused');
}

const container = (name: string, more: JsonObject = {}): JsonObject => ({
  name,
  image: 'registry.example/app:1',
  ...more,
});
const withContainers = (...containers: JsonObject[]): JsonObject =>
  deployment({
    selector: { matchLabels: { app: 'x' } },
    template: { metadata: { labels: { app: 'x' } }, spec: { containers } },
  });

describe('ownership moves', () => {
  test('an update takes what it changed, an apply is refused until forced, a PUT drops what it left out', () => {
    const created = apply(undefined, configMap({ x: '1', y: '1' })).object;
    expect(ownership(created)).toEqual({ 'm1/Apply': { 'f:data': { 'f:x': {}, 'f:y': {} } } });
    expect(managersOf(created)[0]).toEqual({
      manager: 'm1',
      operation: 'Apply',
      apiVersion: 'v1',
      time: '2026-01-01T00:00:00Z',
      fieldsType: 'FieldsV1',
      fieldsV1: { 'f:data': { 'f:x': {}, 'f:y': {} } },
    });

    const stored: JsonObject = { ...created, metadata: { ...(created['metadata'] as JsonObject), uid: 'u' } };
    const edited = update(stored, { ...stored, data: { x: '2', y: '1' } });
    expect(ownership(edited)).toEqual({
      'editor/Update': { 'f:data': { 'f:x': {} } },
      'm1/Apply': { 'f:data': { 'f:y': {} } },
    });

    const conflict = refusal(() => apply(edited, configMap({ x: '1', y: '1' })));
    expect(conflict.code).toBe(409);
    expect(conflict.message).toBe('Apply failed with 1 conflict: conflict with "editor" using v1: .data.x');
    expect(conflict.status.details).toEqual({
      causes: [{ reason: 'FieldManagerConflict', message: 'conflict with "editor" using v1', field: '.data.x' }],
    });

    const forced = apply(edited, configMap({ x: '1', y: '1' }), 'm1', { force: true }).object;
    expect(ownership(forced)).toEqual({ 'm1/Apply': { 'f:data': { 'f:x': {}, 'f:y': {} } } });
    expect(ownership(update(forced, configMap({ x: '9' }), 'putter'))).toEqual({
      'putter/Update': { 'f:data': { 'f:x': {} } },
    });
  });

  test('the same value may have several owners and survives until the last lets go', () => {
    const one = apply(undefined, configMap({ a: '1' }), 'm1').object;
    const two = apply(one, configMap({ a: '1', b: '2' }), 'm2').object;
    expect(ownership(two)).toEqual({
      'm1/Apply': { 'f:data': { 'f:a': {} } },
      'm2/Apply': { 'f:data': { 'f:a': {}, 'f:b': {} } },
    });
    const released = apply(two, configMap({ b: '2' }), 'm2').object;
    expect(released['data']).toEqual({ a: '1', b: '2' });
    expect(apply(released, configMap({}), 'm1').object['data']).toEqual({ b: '2' });
  });

  test('what existed before the first apply belongs to before-first-apply', () => {
    const untracked = configMap({ a: '1' }, { uid: 'u' });
    expect(ownership(apply(untracked, configMap({ b: '1' })).object)).toEqual({
      'before-first-apply/Update': { 'f:data': { '.': {}, 'f:a': {} } },
      'm1/Apply': { 'f:data': { 'f:b': {} } },
    });
  });

  test('and is written down by the first apply, be it of nothing', () => {
    const live = configMap({ a: '1' }, { uid: 'u' });
    const result = apply(live, configMap(undefined));
    expect(result.changed).toBe(true);
    expect(ownership(result.object)).toEqual({ 'before-first-apply/Update': { 'f:data': { '.': {}, 'f:a': {} } } });
    expect(apply(result.object, configMap(undefined)).changed).toBe(false);
  });

  test('what of a custom object loses all that one manager applied, and another owns, is null, for its rules to judge', () => {
    const object = (nested: unknown, metadata: JsonObject = {}): JsonObject => ({
      apiVersion: 'example.com/v1',
      kind: 'Free',
      metadata: { name: 'f', namespace: 'default', ...metadata },
      ...(nested === undefined ? {} : { nested }),
    });
    const request = { apiVersion: 'example.com/v1', kind: 'Free', manager: 'm', now: T0, schemas };
    const created = update(undefined, object({ a: '1' }));
    const taken = applyPatch({ ...request, live: created, patch: object({ a: '2' }), force: true });
    const left = applyPatch({ ...request, live: taken.object, patch: object(undefined), force: false });
    expect(left.object['nested']).toBeNull();
  });

  test('a list that is shown as null where there is none is nobody’s', () => {
    const role = (rest: JsonObject, metadata: JsonObject = {}): JsonObject => ({
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'Role',
      metadata: { name: 'r', namespace: 'default', ...metadata },
      ...rest,
    });
    const rules = [{ apiGroups: [''], resources: ['pods'], verbs: ['get'] }];
    const applied = apply(role({ rules: null }, { uid: 'u', labels: { a: 'b' } }), role({ rules }), 'm');
    expect(ownership(applied.object)).toEqual({
      'before-first-apply/Update': { 'f:metadata': { 'f:labels': { '.': {}, 'f:a': {} } } },
      'm/Apply': { 'f:rules': {} },
    });
  });

  test('several conflicts are listed by manager, with subresources', () => {
    let object = update(undefined, deployment({ replicas: 1, paused: true }), 'a');
    object = update(object, { ...object, spec: { replicas: 2, paused: true } }, 'b', { subresource: 'scale' });
    const error = refusal(() => apply(object, deployment({ replicas: 3, paused: false })));
    expect(error.message).toBe(
      'Apply failed with 2 conflicts: conflicts with "a" using apps/v1:\n- .spec.paused\n' +
        'conflicts with "b" with subresource "scale" using apps/v1:\n- .spec.replicas',
    );
  });

  test('a node’s own fields come before what is below them, both sorted', () => {
    const created = update(
      undefined,
      deployment({
        template: {
          spec: { containers: [container('c', { ports: [{ containerPort: 443 }, { containerPort: 80 }] })] },
        },
        replicas: 1,
        paused: true,
      }),
      'a',
    );
    const ports = [
      { containerPort: 443, name: 'x' },
      { containerPort: 80, name: 'y' },
    ];
    const wanted = deployment({
      template: { spec: { containers: [container('c', { image: 'other', ports })] } },
      replicas: 2,
      paused: false,
    });
    const named = update(
      created,
      deployment({
        template: {
          spec: {
            containers: [
              container('c', {
                ports: [
                  { containerPort: 443, name: 'a' },
                  { containerPort: 80, name: 'b' },
                ],
              }),
            ],
          },
        },
        replicas: 1,
        paused: true,
      }),
      'a',
    );
    const fields = refusal(() => apply(named, wanted)).status.details?.causes?.map(({ field }) => field);
    const at = '.spec.template.spec.containers[name="c"]';
    expect(fields).toEqual([
      '.spec.paused',
      '.spec.replicas',
      `${at}.image`,
      `${at}.ports[containerPort=80,protocol="TCP"].name`,
      `${at}.ports[containerPort=443,protocol="TCP"].name`,
    ]);
  });

  test('another applier conflicts by its bare name', () => {
    const one = apply(undefined, configMap({ a: '1' }), 'm1').object;
    expect(refusal(() => apply(one, configMap({ a: '2' }), 'm2')).message).toBe(
      'Apply failed with 1 conflict: conflict with "m1": .data.a',
    );
  });
});

describe('time', () => {
  test('stays when nothing changed and moves when something did', () => {
    const one = apply(undefined, configMap({ a: '1' })).object;
    const again = apply(one, configMap({ a: '1' }), 'm1', { now: T0 + 60_000 });
    expect(again.changed).toBe(false);
    expect(again.object).toEqual(one);
    const other = apply(one, configMap({ a: '2' }), 'm1', { now: T0 + 60_000 });
    expect(other.changed).toBe(true);
    expect(managersOf(other.object)[0]?.time).toBe('2026-01-01T00:01:00Z');
  });

  test('a new owner of an unchanged value is a change', () => {
    const one = apply(undefined, configMap({ a: '1' })).object;
    const shared = apply(one, configMap({ a: '1' }), 'm2', { now: T0 + 60_000 });
    expect(shared.changed).toBe(true);
    expect(managersOf(shared.object).map((entry) => [entry.manager, entry.time])).toEqual([
      ['m1', '2026-01-01T00:00:00Z'],
      ['m2', '2026-01-01T00:01:00Z'],
    ]);
  });
});

describe('lists', () => {
  test('items merge by key, keep the others, and go when dropped', () => {
    const one = apply(undefined, withContainers(container('web', { ports: [{ containerPort: 80 }] }))).object;
    const two = apply(one, withContainers(container('log')), 'm2').object;
    const names = (object: JsonObject) =>
      ((object['spec'] as JsonObject)['template'] as { spec: { containers: { name: string }[] } }).spec.containers.map(
        ({ name }) => name,
      );
    expect(names(two)).toEqual(['web', 'log']);
    expect(names(apply(two, withContainers(container('log'), container('web')), 'm2').object)).toEqual(['log', 'web']);
    const dropped = deployment({
      selector: { matchLabels: { app: 'x' } },
      template: { metadata: { labels: { app: 'x' } } },
    });
    expect(names(apply(two, dropped, 'm1').object)).toEqual(['log']);
  });

  test('a port is known by number and protocol, the protocol by its default', () => {
    const ports = [{ containerPort: 53 }, { containerPort: 53, protocol: 'UDP' }];
    const object = apply(undefined, withContainers(container('dns', { ports }))).object;
    expect(JSON.stringify(managersOf(object))).toContain('k:{\\"containerPort\\":53,\\"protocol\\":\\"TCP\\"}');
    expect(JSON.stringify(managersOf(object))).toContain('k:{\\"containerPort\\":53,\\"protocol\\":\\"UDP\\"}');
  });

  test('sets take values, atomic lists and maps change as one', () => {
    const metadata = { finalizers: ['a.example/x', 'b.example/y'] };
    const object = apply(undefined, configMap(undefined, metadata)).object;
    expect(ownership(object)).toEqual({
      'm1/Apply': { 'f:metadata': { 'f:finalizers': { 'v:"a.example/x"': {}, 'v:"b.example/y"': {} } } },
    });
    const more = apply(object, configMap(undefined, { finalizers: ['c.example/z'] }), 'm2').object;
    expect((more['metadata'] as JsonObject)['finalizers']).toEqual(['a.example/x', 'b.example/y', 'c.example/z']);

    const command = apply(undefined, withContainers(container('c', { command: ['a', 'b'] }))).object;
    const error = refusal(() => apply(command, withContainers(container('c', { command: ['a', 'c'] })), 'm2'));
    expect(error.message).toBe(
      'Apply failed with 1 conflict: conflict with "m1": .spec.template.spec.containers[name="c"].command',
    );
  });

  test('dropping a list item of one owner takes the fields that nobody owns with it', () => {
    const one = apply(undefined, withContainers(container('web'), container('log'))).object;
    const spec = structuredClone(one['spec']) as { template: { spec: { containers: JsonObject[] } } };
    for (const item of spec.template.spec.containers) item['imagePullPolicy'] = 'IfNotPresent'; // as defaulting would
    const defaulted = { ...one, spec: spec as unknown as JsonObject };
    const after = apply(defaulted, withContainers(container('web'))).object;
    expect(JSON.stringify(after['spec'])).not.toContain('log');
    expect(JSON.stringify(after['spec'])).toContain('"imagePullPolicy":"IfNotPresent"');
  });
});

describe('refusals', () => {
  test.each([
    [
      { kind: 'ConfigMap', metadata: { name: 'a' } },
      400,
      'Incorrect version specified in apply patch. Specified patch version: , expected: v1',
    ],
    [configMap({}, { managedFields: [] }), 400, 'metadata.managedFields must be nil'],
    [
      { ...configMap({}), bogus: 1 },
      500,
      'failed to create typed patch object (default/a; /v1, Kind=ConfigMap): .bogus: field not declared in schema',
    ],
    [
      configMap({ a: 1 }),
      500,
      'failed to create typed patch object (default/a; /v1, Kind=ConfigMap): .data.a: expected string, got &value.valueUnstructured{Value:1}',
    ],
  ])('%j', (patch, code, message) => {
    const live = configMap({ a: '1' }, { uid: 'u' });
    const error = refusal(() => apply(live, patch as JsonObject));
    expect([error.code, error.message]).toEqual([code, message]);
    if (code === 500) expect(error.status).not.toHaveProperty('reason');
  });

  test('duplicate items and several errors', () => {
    const error = refusal(() => apply(undefined, withContainers(container('c'), container('c', { bogus: 1 }))));
    expect(error.message).toBe(
      'failed to create typed patch object (default/d; apps/v1, Kind=Deployment): errors:\n' +
        '  .spec.template.spec.containers: duplicate entries for key [name="c"]\n' +
        '  .spec.template.spec.containers[name="c"].bogus: field not declared in schema',
    );
  });
});

describe('kubectl moves from client-side to server-side apply', () => {
  const applied = (data: Record<string, string>) =>
    configMap(data, {
      uid: 'u',
      annotations: {
        'kubectl.kubernetes.io/last-applied-configuration': `${JSON.stringify(configMap({ a: '1' }))}\n`,
      },
    });

  test('fields it applied and nobody changed are taken without force, and the annotation follows', () => {
    const live = update(undefined, applied({ a: '1' }), 'kubectl-client-side-apply');
    const { object } = apply(live, configMap({ a: '2' }), 'kubectl');
    expect(object['data']).toEqual({ a: '2' });
    const { annotations } = object['metadata'] as { annotations: Record<string, string> };
    expect(JSON.parse(annotations['kubectl.kubernetes.io/last-applied-configuration']!)).toEqual(configMap({ a: '2' }));
  });

  test('fields that somebody changed since still conflict, and other managers get no such favour', () => {
    const live = update(undefined, applied({ a: '1' }), 'kubectl-client-side-apply');
    const edited = update(live, { ...live, data: { a: '5' } }, 'kubectl-edit');
    expect(refusal(() => apply(edited, configMap({ a: '2' }), 'kubectl')).code).toBe(409);
    expect(refusal(() => apply(live, configMap({ a: '2' }), 'other')).code).toBe(409);
  });
});

test('neither the live object nor the patch is changed', () => {
  const live = deepFreeze(apply(undefined, withContainers(container('a'), container('b'))).object);
  const patch = deepFreeze(withContainers(container('b', { image: 'registry.example/app:2' }), container('c')));
  expect(() => apply(live, patch)).not.toThrow();
});

describe('what tools write without meaning it', () => {
  test('keeps what the kubectl that applied left of its annotations, be it none', () => {
    const annotations = { 'kubectl.kubernetes.io/last-applied-configuration': '{}' };
    const { object } = apply(undefined, configMap({ a: '1' }, { annotations }), 'kubectl');
    const said = (object['metadata'] as { annotations: Record<string, string> }).annotations;
    expect(JSON.parse(said['kubectl.kubernetes.io/last-applied-configuration']!)).toEqual(
      configMap({ a: '1' }, { annotations: {} }),
    );
  });

  test('creationTimestamp: null and an empty status change nothing', () => {
    const stored = { ...configMap({ a: '1' }, { uid: 'u', creationTimestamp: '2025-01-01T00:00:00Z' }) };
    const one = apply(stored, configMap({ a: '1' })).object;
    const again = apply(one, configMap({ a: '1' }, { creationTimestamp: null }));
    expect(again.changed).toBe(false);
    expect(again.object).toEqual(one);
    const live = { ...apply(undefined, deployment({ replicas: 1 })).object, status: { replicas: 1 } };
    expect(apply(live, { ...deployment({ replicas: 1, strategy: {} }), status: {} }).object['status']).toEqual({
      replicas: 1,
    });
  });

  test('a list or struct emptied by its owner does not take along its parent that another owns', () => {
    const spec = (securityContext: JsonObject) => withContainers(container('c', { securityContext }));
    const theirs = apply(undefined, spec({ runAsUser: 1 }), 'other').object;
    const both = apply(theirs, spec({ capabilities: { add: ['X'] } }), 'm1').object;
    const after = apply(both, withContainers(container('c')), 'm1').object;
    expect(JSON.stringify(after['spec'])).toContain('"securityContext":{"runAsUser":1}');
  });
});

test('times alone are no difference between managed fields', () => {
  const one = managersOf(apply(undefined, configMap({ a: '1' })).object);
  const later = managersOf(apply(undefined, configMap({ a: '1' }), 'm1', { now: T0 + 5000 }).object);
  const other = managersOf(apply(undefined, configMap({ b: '1' })).object);
  expect(equalButTimes(one, later)).toBe(true);
  expect(equalButTimes(one, other)).toBe(false);
  expect(equalButTimes(one, undefined)).toBe(false);
  expect(equalButTimes(undefined, undefined)).toBe(true);
});
